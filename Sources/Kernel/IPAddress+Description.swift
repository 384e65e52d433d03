extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or RFC 5952 text for IPv6.
    public var description: String {
        switch family {
        case .v4:
            return "\(low >> 24 & 0xFF).\(low >> 16 & 0xFF).\(low >> 8 & 0xFF).\(low & 0xFF)"
        case .v6:
            let groups = (0..<8).map { index -> UInt64 in
                let word = index < 4 ? high : low
                return word >> UInt64((3 - index % 4) * 16) & 0xFFFF
            }
            return IPAddress.text(of: groups)
        }
    }

    /// The longest run of at least two zero groups, the first of equals, becomes `::`.
    private static func text(of groups: [UInt64]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > best.count { best = start..<end }
            start = max(end, start + 1)
        }
        func hex(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.count < 2 { return hex(0..<8) }
        return hex(0..<best.lowerBound) + "::" + hex(best.upperBound..<8)
    }
}
