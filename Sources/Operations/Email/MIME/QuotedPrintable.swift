/// RFC 2045 §6.7: text as ASCII lines of at most 76 bytes, readable where it was ASCII already.
enum QuotedPrintable {
    /// Writes `text`, whose lines end with LF, with CRLF line ends.
    static func encode(_ text: String, into output: inout [UInt8]) {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        if lines.last?.isEmpty == true { lines = lines.dropLast() }
        for line in lines {
            encode(line: line.last == 0x0D ? line.dropLast() : line, into: &output)
            output += [0x0D, 0x0A]
        }
    }

    private static func encode(line: Substring.UTF8View, into output: inout [UInt8]) {
        var column = 0
        let count = line.count
        // mbox writers prefix such lines with `>`, and a lone dot would need stuffing: encoded, nobody alters them.
        let escapesFirst = line.starts(with: "From ".utf8) || line.first == 0x2E
        for (index, byte) in line.enumerated() {
            let isLast = index == count - 1
            let isLiteral: Bool
            switch byte {
            case 0x3D: isLiteral = false
            case 0x20, 0x09: isLiteral = !isLast
            case 0x21...0x7E: isLiteral = !(index == 0 && escapesFirst)
            default: isLiteral = false
            }
            let width = isLiteral ? 1 : 3
            // 75, because the soft break's `=` needs a place too.
            if column + width > (isLast ? 76 : 75) {
                output += [0x3D, 0x0D, 0x0A]
                column = 0
            }
            if isLiteral {
                output.append(byte)
            } else {
                output += [0x3D, digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
            column += width
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
