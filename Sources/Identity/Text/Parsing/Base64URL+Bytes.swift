extension Base64URL {
    /// The bytes of a text without padding; nil for any other character and for bits left over, so that a value has one
    /// spelling only (RFC 4648 §3.5).
    ///
    /// - Parameter most: characters; longer texts are refused unread.
    static func bytes(_ text: some StringProtocol, most: Int = .max) -> [UInt8]? {
        guard text.utf8.count <= most else { return nil }
        return text.utf8.withContiguousStorageIfAvailable { bytes(UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes { bytes($0) }
    }

    private static func bytes(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case 0x41...0x5A: value = byte &- 0x41
            case 0x61...0x7A: value = byte &- 0x61 &+ 26
            case 0x30...0x39: value = byte &- 0x30 &+ 52
            case 0x2D: value = 62
            case 0x5F: value = 63
            default: return nil
            }
            held = held &<< 6 | UInt32(truncatingIfNeeded: value)
            bits &+= 6
            if bits >= 8 {
                bits &-= 8
                result.append(UInt8(truncatingIfNeeded: held &>> bits))
                held &= (1 &<< bits) &- 1
            }
        }
        return bits < 6 && held == 0 ? result : nil
    }
}
