import Kernel

extension Anchor {
    /// Reads a line that `line` wrote; nil for anything else. The time is for people and isn't read back.
    public init?(line: Substring) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = parts.first, let sequence = Int64(first), sequence > 0,
            let text = parts.dropFirst().first, text.utf8.count == 64
        else { return nil }
        var hash: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            guard let digit = byte.hexDigitValue else { return nil }
            if let first = high {
                // can't trap: a shift by a literal, less than the width.
                hash.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        self.init(sequence: sequence, hash: hash, at: Timestamp(nanosecondsSinceEpoch: 0))
    }
}
