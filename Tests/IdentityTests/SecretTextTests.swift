import Crypto
import Foundation
import Kernel
import TestKit
import Testing

@testable import Identity

@Suite("Secrets as text")
struct SecretTextTests {
    @Test("base64url is Foundation's without padding, whatever the length, and comes back", arguments: 0...70)
    func base64(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count) &+ 1)
        let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let expected = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
        #expect(Base64URL.text(bytes) == expected)
        #expect(Base64URL.text(AnySequence(bytes)) == expected)
        #expect(Base64URL.bytes(expected) == bytes)
        var text = Array("x.".utf8)
        Base64URL.append(Data(bytes), to: &text)
        Base64URL.append(AnySequence(bytes), to: &text)
        #expect(String(decoding: text, as: UTF8.self) == "x." + expected + expected)
    }

    @Test("a hash is SHA-256 in lower-case digits, of texts and of bytes alike (FIPS 180-4)")
    func hash() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(OneTimeSecret.hash("abc") == abc)
        #expect(Array("abc".utf8).withUnsafeBytes { OneTimeSecret.hash($0) } == abc)
        #expect(HexText.text(AnySequence([0x00, 0x0F, 0xF0, 0xFF] as [UInt8])) == "000ff0ff")
    }

    @Test("byte strings are the same only where every byte is", arguments: 0...40)
    func equality(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        #expect(isEqualInConstantTime(bytes, bytes))
        #expect(!isEqualInConstantTime(bytes, bytes + [0]))
        for place in bytes.indices {
            for bit in [1, 0x80] as [UInt8] {
                var other = bytes
                other[place] ^= bit
                #expect(!isEqualInConstantTime(bytes, other) && !isEqualInConstantTime(other, bytes))
            }
        }
    }

    @Test(
        "what is no key of ours isn't looked up",
        arguments: ["", "swk", "swk_", "swk_" + String(repeating: "é", count: 22)])
    func implausible(text: String) {
        #expect(APIKeyText.key(of: text[...]) == nil)
    }

    @Test("a key is one in either reading")
    func keys() throws {
        let (text, hash, _) = APIKeyText.make(random: SeededRandomSource(seed: 3))
        let plain = text.reveal()
        #expect(APIKeyText.key(of: plain[...]) == hash && APIKeyText.isOne(plain[...]))
        let found = Array(plain.utf8).withUnsafeBytes { (APIKeyText.key(of: $0), APIKeyText.isOne($0)) }
        #expect(found.0 == hash && found.1)
    }
}
