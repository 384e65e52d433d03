import Crypto
import Kernel
import Web

/// Bytes as text that stands in cookies, links and headers: base64url without padding (RFC 4648 §5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.withContiguousStorageIfAvailable { text($0) } ?? Array(bytes).withUnsafeBufferPointer { text($0) }
    }

    /// Adds the text's bytes at the end.
    static func append(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
        func add(_ bytes: UnsafeBufferPointer<UInt8>) {
            text += [UInt8](unsafeUninitializedCapacity: length(bytes.count)) { $1 = write(bytes, to: $0) }
        }
        let isThere: Void? = bytes.withContiguousStorageIfAvailable { add($0) }
        if isThere == nil { Array(bytes).withUnsafeBufferPointer { add($0) } }
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: length(bytes.count)) { write(bytes, to: $0) }
    }

    private static func length(_ count: Int) -> Int {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 3)
        return whole * 4 + (rest == 0 ? 0 : rest + 1)
    }

    /// - Parameter text: has room for `length`.
    private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to text: UnsafeMutableBufferPointer<UInt8>) -> Int {
        alphabet.withUnsafeBufferPointer { alphabet in
            var count = 0
            func put(_ bits: UInt32) {
                text[count] = alphabet[Int(bits & 0x3F)]
                count &+= 1
            }
            var place = 0
            while place &+ 3 <= bytes.count {
                let group =
                    UInt32(bytes[place]) &<< 16 | UInt32(bytes[place &+ 1]) &<< 8 | UInt32(bytes[place &+ 2])
                put(group &>> 18)
                put(group &>> 12)
                put(group &>> 6)
                put(group)
                place &+= 3
            }
            switch bytes.count &- place {
            case 1:
                put(UInt32(bytes[place]) &>> 2)
                put(UInt32(bytes[place]) &<< 4)
            case 2:
                let group = UInt32(bytes[place]) &<< 8 | UInt32(bytes[place &+ 1])
                put(group &>> 10)
                put(group &>> 4)
                put(group &<< 2)
            default: break
            }
            return count
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
enum HexText {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.withContiguousStorageIfAvailable { text(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { text($0) }
    }

    static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x57 &+ value }
        return String(unsafeUninitializedCapacity: bytes.count * 2) { memory in
            var count = 0
            for byte in bytes {
                memory[count] = digit(byte &>> 4)
                memory[count &+ 1] = digit(byte & 0xF)
                count &+= 2
            }
            return count
        }
    }
}

extension RandomSource {
    /// `count` unpredictable bytes.
    func bytes(count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count + 8)
        while result.count < count {
            let word = next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                result.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return Array(result.prefix(count))
    }
}

/// A secret that we hand out once and keep only the SHA-256 of: 256 random bits, so that no slow hash is needed.
/// (ASVS 5.0 V7.2.3)
struct OneTimeSecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// What the person gets; 43 characters.
    let text: Secret
    /// What the database keeps.
    let hash: String

    init(random: any RandomSource) {
        let plain = Base64URL.text(random.bytes(count: 32))
        text = Secret(plain)
        hash = OneTimeSecret.hash(plain)
    }

    /// The hash under which a secret that somebody shows is looked up.
    static func hash(_ text: String) -> String { text.withBytes { hash($0) } }

    /// As above, of the bytes as they came.
    static func hash(_ text: UnsafeRawBufferPointer) -> String {
        var hasher = SHA256()
        hasher.update(bufferPointer: text)
        return hasher.finalize().withUnsafeBytes { HexText.text($0) }
    }

    /// Whether a text can be one of ours at all: what isn't is never looked up.
    static func isPlausible(_ text: some StringProtocol) -> Bool {
        guard text.utf8.count == 43 else { return false }
        return text.utf8.withContiguousStorageIfAvailable { isPlausible(UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes { isPlausible($0) }
    }

    static func isPlausible(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count == 43 else { return false }
        for byte in text where !(byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2D || byte == 0x5F) {
            return false
        }
        return true
    }

    var description: String { "one-time secret ‹redacted›" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whether two byte strings are the same, in a time that depends on their lengths only.
func isEqualInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return a.withUnsafeBytes { a in b.withUnsafeBytes { b in isEqualInConstantTime(a, b) } }
}

/// As above, eight bytes at a time.
func isEqualInConstantTime(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt64 = 0
    var offset = 0
    while offset &+ 8 <= a.count {
        difference |=
            a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            ^ b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        offset &+= 8
    }
    while offset < a.count {
        difference |= UInt64(a[offset] ^ b[offset])
        offset &+= 1
    }
    return difference == 0
}
