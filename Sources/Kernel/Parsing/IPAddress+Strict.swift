extension IPAddress {
    /// Reads an address as RFC 3986 and RFC 4291 write it, strictly: no leading zeros in IPv4 (they are octal to some),
    /// no zone, no port, no brackets. nil for anything else.
    public init?(strict text: Substring) {
        if text.utf8.contains(0x3A) {
            guard let (high, low) = IPAddress.v6(text) else { return nil }
            self.init(v6High: high, low: low)
        } else {
            guard let bits = IPAddress.v4(text) else { return nil }
            self.init(v4: bits)
        }
    }

    /// In one pass and without allocation: every request's Host is tried.
    private static func v4(_ text: Substring) -> UInt32? {
        guard text.utf8.count <= 15 else { return nil }
        var bits: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text.utf8 {
            if byte == 0x2E {
                guard digits > 0, dots < 3 else { return nil }
                // can't trap: a shift by a literal, less than the width.
                bits = bits << 8 | octet
                octet = 0
                digits = 0
                dots &+= 1
                continue
            }
            // A second digit after 0 is a leading zero: octal to some.
            guard byte.isASCIIDigit, digits < 3, digits == 0 || octet != 0 else { return nil }
            octet = octet &* 10 &+ UInt32(truncatingIfNeeded: byte &- 0x30)
            guard octet <= 255 else { return nil }
            digits &+= 1
        }
        // can't trap: a shift by a literal, less than the width.
        return dots == 3 && digits > 0 ? bits << 8 | octet : nil
    }

    private static func v6(_ text: Substring) -> (UInt64, UInt64)? {
        guard text.utf8.count <= 45 else { return nil }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        // A leading or trailing `::` gives one empty part too many.
        if parts.first?.isEmpty == true {
            // can't trap: it is not empty here.
            parts.removeFirst()
            guard parts.first?.isEmpty == true else { return nil }
        }
        if parts.last?.isEmpty == true {
            // can't trap: it is not empty here.
            parts.removeLast()
            guard parts.last?.isEmpty == true else { return nil }
        }
        var before: [UInt16] = []
        var after: [UInt16] = []
        var sawGap = false
        for (position, part) in parts.enumerated() {
            if part.isEmpty {
                if sawGap { return nil }
                sawGap = true
                continue
            }
            var groups: [UInt16] = []
            if position == parts.count &- 1, part.utf8.contains(0x2E) {
                guard let bits = v4(part) else { return nil }
                groups = [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard let group = group(part) else { return nil }
                groups = [group]
            }
            // can't trap: arrays are joined, no numbers added.
            if sawGap { after += groups } else { before += groups }
        }
        let given = before.count &+ after.count
        guard sawGap ? given <= 7 : given == 8 else { return nil }
        // can't trap: arrays are joined, no numbers added.
        let all = before + Array(repeating: 0, count: max(0, 8 &- given)) + after
        var high: UInt64 = 0
        var low: UInt64 = 0
        // can't trap: a shift by a literal, less than the width.
        for group in all.prefix(4) { high = high << 16 | UInt64(group) }
        // can't trap: a shift by a literal, less than the width.
        for group in all.suffix(4) { low = low << 16 | UInt64(group) }
        return (high, low)
    }

    private static func group(_ text: Substring) -> UInt16? {
        guard text.utf8.count <= 4 else { return nil }
        var value: UInt16 = 0
        for byte in text.utf8 {
            guard let digit = byte.hexDigitValue else { return nil }
            // can't trap: a shift by a literal, less than the width.
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}

/// A network in CIDR form, such as `10.0.0.0/8` or `2001:db8::/32`; a lone address is a network of one.
public struct IPNetwork: Sendable, Hashable {
    public let base: IPAddress
    public let prefixLength: Int

    /// nil for anything that isn't an address with an optional `/length`. Bits beyond the prefix are ignored.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(strict: first) else { return nil }
        let most = address.family == .v4 ? 32 : 128
        var length = most
        if parts.count == 2, let last = parts.last {
            guard last.utf8.count <= 3, last.utf8.allSatisfy(\.isASCIIDigit), let given = Int(last), given <= most
            else { return nil }
            length = given
        }
        base = address
        prefixLength = length
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.family == base.family else { return false }
        if base.family == .v4 { return (address.low ^ base.low) >> UInt64(32 &- prefixLength) == 0 }
        if prefixLength <= 64 {
            return prefixLength == 0 || (address.high ^ base.high) >> UInt64(64 &- prefixLength) == 0
        }
        return address.high == base.high && (address.low ^ base.low) >> UInt64(128 &- prefixLength) == 0
    }
}
