import Foundation
import Kernel
import TestKit
import Testing

@testable import Identity

/// Hashes that the libraries themselves made, with their versions: Fixtures/foreign-hashes.tsv.
struct ForeignHashRow: Sendable, CustomTestStringConvertible {
    let library: String
    let scheme: String
    let password: String
    let hash: String
    var testDescription: String { "\(library) \(scheme), \(password.prefix(12))" }

    static let all: [ForeignHashRow] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/foreign-hashes.tsv")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count == 4 else { return nil }
            return ForeignHashRow(library: fields[0], scheme: fields[1], password: fields[2], hash: fields[3])
        }
    }()
}

@Suite("Hashes of other libraries")
struct ForeignHashTests {
    @Test("are there, of each library")
    func fixture() {
        let libraries = Set(ForeignHashRow.all.map { $0.library.prefix { $0 != " " } })
        #expect(libraries == ["werkzeug", "django", "passlib", "php"])
        #expect(ForeignHashRow.all.count >= 55)
    }

    @Test("match the password that they were made of, and no other", arguments: ForeignHashRow.all)
    func verify(row: ForeignHashRow) {
        #expect(ForeignHash.scheme(of: row.hash) != nil)
        #expect(ForeignHash.verify(Password(row.password), against: row.hash))
        #expect(!ForeignHash.verify(Password(row.password + "x"), against: row.hash))
        #expect(!ForeignHash.verify(Password(""), against: row.hash))
        // One character of the sum changed; not the last, whose low bits may be none of it.
        var damaged = Array(row.hash)
        damaged[damaged.count - 8] = damaged[damaged.count - 8] == "a" ? "b" : "a"
        #expect(!ForeignHash.verify(Password(row.password), against: String(damaged)))
    }

    @Test(
        "that are none, or would cost minutes or gigabytes, match nothing and are called none",
        arguments: [
            "", "plain text", "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "$1$abc$hash", "!", "*",
            "pbkdf2:sha256:0$s$00",
            "pbkdf2:sha256:99999999999999999999$salt$" + String(repeating: "ab", count: 32),
            "scrypt:1073741824:8:1$salt$" + String(repeating: "ab", count: 64), "scrypt:3:8:1$salt$abab",
            "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$argon2id$v=19$m=8,t=99,p=1$c2FsdA$aGFzaA",
            "$2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234", "$6$rounds=999999999$salt$hash",
            "$2b$05$short", "argon2", "argon2$", "bcrypt_sha256$", "bcrypt$$", "$", "$$$$",
            "$scrypt$ln=63,r=8,p=1$aa$bb",
            "$bcrypt-sha256$v=2,t=2b,r=99$abcdefghijklmnopqrstuu$x", "pbkdf2_sha256$20000$salt$not base64!",
            "v1:0011223344556677:", "\u{0}", "$2b$05$\u{0}", String(repeating: "$2b$05$", count: 500),
        ])
    func refused(text: String) {
        #expect(ForeignHash.scheme(of: text) == nil)
        #expect(!ForeignHash.verify(Password("password"), against: text))
    }

    @Test("random damage to a hash neither traps nor matches", arguments: Seeds.first(40))
    func damaged(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rows = ForeignHashRow.all.filter { $0.scheme.contains("pbkdf2") }
        guard let row = generator.pick(rows) else { return }
        var bytes = Array(row.hash.utf8)
        for _ in 0..<generator.number(1...4) {
            let place = generator.number(0...(bytes.count - 1))
            switch generator.number(0...2) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(UInt8(generator.number(0x21...0x7E)), at: place)
            default: bytes[place] = UInt8(generator.number(0...127))
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text != row.hash else { return }
        // Another salt, sum, digest or count: never the password's own. (A changed last bit of base64 can be padding.)
        if !text.hasPrefix(row.hash.dropLast(2)) { #expect(!ForeignHash.verify(Password(row.password), against: text)) }
    }
}
