/// A document's bytes as lines of text, whatever its encoding.
///
/// UTF-8 and UTF-16 with or without a mark, else Windows-1252 (of which Latin-1 is a part). Lines in which UTF-8 was once
/// read as Windows-1252 and written again (`âœ…` for ✅) are mended.
public struct DocumentText: Sendable {
    public var lines: [String]
    /// `UTF-8`, `UTF-16` or `Windows-1252`.
    public var encoding: String

    /// Longer lines are cut: nobody writes an item of more than this.
    static let longestLine = 8_000

    /// Lines that were read already.
    init(lines: [String]) {
        self.lines = lines
        encoding = "UTF-8"
    }

    public init(_ bytes: [UInt8]) {
        var body = bytes.dropFirst(0)
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { body = body.dropFirst(3) }
        if let units = Self.utf16(body) {
            encoding = "UTF-16"
            lines = Self.split(Array(String(decoding: units, as: UTF16.self).utf8).dropFirst(0))
                .map { String(decoding: $0, as: UTF8.self) }
            return
        }
        let isUTF8 = String(validating: body, as: UTF8.self) != nil
        encoding = isUTF8 ? "UTF-8" : "Windows-1252"
        lines = Self.split(body).map { line in
            guard isUTF8 else { return Self.windows(line) }
            let text = String(decoding: line, as: UTF8.self)
            return Self.mended(text) ?? text
        }
    }

    /// Whether bytes are text at all: those of a picture or a program have noughts in them that no encoding explains.
    static func isText(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(8_000)
        return !start.contains(0) || utf16(start) != nil
    }

    /// At the ends of lines of any system; what is longer than a line may be is cut between scalars.
    private static func split(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        let separator: UInt8 = bytes.contains(0x0A) ? 0x0A : 0x0D
        return bytes.split(separator: separator, omittingEmptySubsequences: false).map { line in
            var line = line
            while line.last == 0x0D { line = line.dropLast() }
            guard line.count > longestLine else { return line }
            line = line.prefix(longestLine)
            while let last = line.last, last & 0xC0 == 0x80 { line = line.dropLast() }
            return line.last.map { $0 >= 0xC0 } ?? false ? line.dropLast() : line
        }
    }

    /// The code units of UTF-16, told by its mark or by every other byte being nought; nil when it is something else.
    private static func utf16(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        let isLittle: Bool
        var body = bytes
        if body.starts(with: [0xFF, 0xFE]) {
            isLittle = true
            body = body.dropFirst(2)
        } else if body.starts(with: [0xFE, 0xFF]) {
            isLittle = false
            body = body.dropFirst(2)
        } else {
            let sample = Array(body.prefix(2_000))
            let noughts = sample.enumerated().reduce(into: (even: 0, odd: 0)) { counts, entry in
                guard entry.element == 0 else { return }
                if entry.offset.isMultiple(of: 2) { counts.even &+= 1 } else { counts.odd &+= 1 }
            }
            let many = max(2, sample.count / 3)
            guard noughts.odd >= many || noughts.even >= many else { return nil }
            isLittle = noughts.odd >= many
        }
        var units: [UInt16] = []
        units.reserveCapacity(body.count / 2)
        var first: UInt8?
        for byte in body {
            guard let held = first else {
                first = byte
                continue
            }
            first = nil
            let (high, low) = isLittle ? (byte, held) : (held, byte)
            units.append(UInt16(truncatingIfNeeded: high) &* 256 &+ UInt16(truncatingIfNeeded: low))
        }
        return units
    }

    private static func windows(_ bytes: ArraySlice<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(scalar(byte)) }
        return text
    }

    private static func scalar(_ byte: UInt8) -> Unicode.Scalar {
        guard byte >= 0x80, byte < 0xA0, let special = table.dropFirst(Int(byte &- 0x80)).first,
            let scalar = Unicode.Scalar(special)
        else { return Unicode.Scalar(byte) }
        return scalar
    }

    /// The line as it was meant, when it is UTF-8 that was read as Windows-1252; nil when it isn't.
    private static func mended(_ text: String) -> String? {
        guard text.unicodeScalars.contains(where: { (0xC2...0xF4).contains($0.value) }) else { return nil }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if let byte = UInt8(exactly: scalar.value) {
                bytes.append(byte)
            } else if let index = table.firstIndex(of: scalar.value) {
                bytes.append(0x80 &+ UInt8(truncatingIfNeeded: index))
            } else {
                return nil
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// What Windows-1252 has at 0x80 to 0x9F; where it has nothing, Latin-1.
    private static let table: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]
}
