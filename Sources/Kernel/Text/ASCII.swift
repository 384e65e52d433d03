/// Comparisons of protocol text by bytes: no locale, no Unicode folding, no allocation.
extension String {
    /// Whether this is `lowercase` in any ASCII case. `lowercase` must be in lower case already.
    public func isEqualIgnoringCase(to lowercase: String) -> Bool {
        guard utf8.count == lowercase.utf8.count else { return false }
        var mine = utf8.makeIterator()
        for byte in lowercase.utf8 {
            guard let next = mine.next(), next.asciiLowercased == byte else { return false }
        }
        return mine.next() == nil
    }

    /// Whether this begins with `lowercase` in any ASCII case.
    public func hasPrefixIgnoringCase(_ lowercase: String) -> Bool {
        var mine = utf8.makeIterator()
        for byte in lowercase.utf8 {
            guard let next = mine.next(), next.asciiLowercased == byte else { return false }
        }
        return true
    }

    /// The members of a comma-separated field value, without blanks around them; empty members are left out.
    public var listMembers: [Substring] {
        split(separator: ",").map { $0.trimming(while: { $0 == " " || $0 == "\t" }) }.filter { !$0.isEmpty }
    }
}

extension Substring {
    /// Whether this is `lowercase` in any ASCII case. `lowercase` must be in lower case already.
    public func isEqualIgnoringCase(to lowercase: String) -> Bool {
        guard utf8.count == lowercase.utf8.count else { return false }
        var mine = utf8.makeIterator()
        for byte in lowercase.utf8 {
            guard let next = mine.next(), next.asciiLowercased == byte else { return false }
        }
        return mine.next() == nil
    }
}

extension UnsafeRawBufferPointer {
    public func hasPrefix(_ prefix: UnsafeRawBufferPointer) -> Bool {
        count >= prefix.count && UnsafeRawBufferPointer(rebasing: self[..<prefix.count]).isEqual(to: prefix)
    }

    /// Whether these are the same bytes.
    public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var offset = 0
        while offset &+ 8 <= count {
            let mine = loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if mine != other.loadUnaligned(fromByteOffset: offset, as: UInt64.self) { return false }
            offset &+= 8
            // What is left, with some of what has been compared already.
            if offset < count, offset &+ 8 > count { offset = count &- 8 }
        }
        while offset < count {
            if self[offset] != other[offset] { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether these bytes are `lowercase` in any ASCII case. `lowercase` must be in lower case already.
    public func isEqualIgnoringCase(to lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { text in
            var position = 0
            while position < count, self[position].asciiLowercased == text[position] { position &+= 1 }
            return position == count
        }
    }

    /// Whether these bytes begin with `lowercase` in any ASCII case.
    public func hasPrefixIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count >= lowercase.utf8CodeUnitCount else { return false }
        return UnsafeRawBufferPointer(rebasing: self[..<lowercase.utf8CodeUnitCount]).isEqualIgnoringCase(to: lowercase)
    }
}

extension UInt8 {
    /// `A`…`Z` as `a`…`z`, everything else as it is.
    @inlinable public var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
    @inlinable public var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    @inlinable public var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    /// The value of a hexadecimal digit, or nil.
    @inlinable public var hexDigitValue: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x37
        case 0x61...0x66: self &- 0x57
        default: nil
        }
    }
    /// RFC 9110 §5.6.2 `tchar`: what names of methods and fields are made of.
    @inlinable public var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}

/// Looks at bytes eight at a time.
public enum ASCIIText {
    /// The number that these bytes are, all of them decimal digits and at most 18; else nil.
    public static func decimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard (1...18).contains(bytes.count) else { return nil }
        var value = 0
        for byte in bytes {
            guard byte.isASCIIDigit else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
        }
        return value
    }

    /// Whether one is a control character (tab included) or DEL.
    public static func hasControl(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var found: UInt64 = 0
        var offset = 0
        while offset &+ 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let del = word ^ (ones &* 0x7F)
            found |= (word &- ones &* 0x20) & ~word | (del &- ones) & ~del
            offset &+= 8
        }
        if found & (ones &* 0x80) != 0 { return true }
        while offset < bytes.count {
            if bytes[offset] < 0x20 || bytes[offset] == 0x7F { return true }
            offset &+= 1
        }
        return false
    }

    /// How many of these bytes are no printable ASCII: controls, DEL and what lies beyond.
    public static func unprintable(_ bytes: UnsafeRawBufferPointer) -> Int {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let ones: UInt64 = 0x0101_0101_0101_0101
        var count = 0
        var offset = 0
        while offset &+ 8 <= bytes.count {
            // Each byte of `found` counts what stood in its place: at most 255, which is when they are added up.
            var found: UInt64 = 0
            let end = Swift.min(bytes.count &- 7, offset &+ 8 &* 255)
            while offset < end {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                // The top bit of each byte: set by the first sum from 0x20 on, by the second for 0x7F alone. Neither carries.
                let fromBlank = (word & low) &+ 0x6060_6060_6060_6060
                let isDEL = (word & low) &+ ones
                found &+= ((~fromBlank | isDEL | word) &>> 7) & ones
                offset &+= 8
            }
            // Even and odd places apart, so that the sum of eight fits.
            let pairs = (found & 0x00FF_00FF_00FF_00FF) &+ ((found &>> 8) & 0x00FF_00FF_00FF_00FF)
            count &+= Int(truncatingIfNeeded: (pairs &* 0x0001_0001_0001_0001) &>> 48)
        }
        while offset < bytes.count {
            if bytes[offset] < 0x20 || bytes[offset] >= 0x7F { count &+= 1 }
            offset &+= 1
        }
        return count
    }

    public static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var found: UInt64 = 0
        var offset = 0
        while offset &+ 8 <= bytes.count {
            found |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        var rest: UInt8 = 0
        while offset < bytes.count {
            rest |= bytes[offset]
            offset &+= 1
        }
        return found & 0x8080_8080_8080_8080 == 0 && rest < 0x80
    }
}
