import Kernel
public import Store

/// The name of a key: 64 random bits, written as sixteen hexadecimal digits. No secret.
public struct KeyID: Sendable, Hashable, Comparable, CustomStringConvertible, RawRepresentable {
    public let rawValue: String

    /// nil unless it is sixteen digits of `0`…`9` and `a`…`f`.
    public init?(rawValue: String) {
        guard rawValue.utf8.count == 16,
            rawValue.utf8.allSatisfy({ $0.isASCIIDigit || $0 >= 0x61 && $0 <= 0x66 })
        else { return nil }
        self.rawValue = rawValue
    }

    init(random: any RandomSource) { rawValue = Hexadecimal.text(random.bytes(8)) }

    /// From the eight bytes that a sealed value carries.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        rawValue = Hexadecimal.text(bytes)
    }

    /// Eight bytes.
    var bytes: [UInt8] { Hexadecimal.bytes(rawValue) ?? [] }

    public var description: String { rawValue }
    public static func < (a: KeyID, b: KeyID) -> Bool { a.rawValue < b.rawValue }
}

extension KeyID: SQLEncodable, SQLDecodable {
    public var sqlValue: SQLValue { .text(rawValue) }
    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(rawValue: text)
    }
}

enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// nil unless it is pairs of lower-case digits.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text.utf8 {
            guard let digit = digits.firstIndex(of: character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        return high == nil ? bytes : nil
    }
}

extension RandomSource {
    /// Unpredictable bytes.
    func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            let word = next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return Array(bytes.prefix(count))
    }
}

/// Equality that takes as long for a near miss as for a far one.
public enum TimingSafe {
    /// Only the lengths may show in the time it takes.
    @inline(never)
    public static func equal(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for (x, y) in zip(a, b) { difference |= x ^ y }
        return difference == 0
    }
}
