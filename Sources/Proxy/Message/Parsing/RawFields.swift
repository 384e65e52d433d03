import NIOCore

/// Finds field values in a response's own bytes, for the rare head whose text isn't all UTF-8.
///
/// The decoder has replaced what it couldn't read; older apps mean Latin-1 (RFC 9110 §5.5), such as in a file name.
enum RawFields {
    /// The values of exactly the fields named, in order: each as UTF-8 if it is, else as Latin-1.
    ///
    /// nil when no head in `bytes` has just these fields, one a line: then their meaning can't be told.
    static func values(in bytes: ByteBuffer, names: [String]) -> [String]? {
        var lines: [ByteBufferView] = []
        for line in bytes.readableBytesView.split(separator: 0x0A, maxSplits: 4096, omittingEmptySubsequences: false) {
            let text = line.last == 0x0D ? line.dropLast() : line
            guard text.isEmpty else {
                lines.append(text)
                continue
            }
            if let values = values(of: lines.dropFirst(), names) { return values }
            lines = []
        }
        return nil
    }

    private static func values(of lines: ArraySlice<ByteBufferView>, _ names: [String]) -> [String]? {
        guard lines.count == names.count else { return nil }
        var values: [String] = []
        values.reserveCapacity(names.count)
        for (line, name) in zip(lines, names) {
            let before = line.prefix { $0 != 0x3A }
            guard before.count < line.count, before.elementsEqual(name.utf8) else { return nil }
            values.append(text(line.dropFirst(before.count &+ 1)))
        }
        return values
    }

    private static func text(_ raw: ByteBufferView) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var bytes = raw.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes = bytes.dropLast() }
        if let utf8 = String(validating: bytes, as: UTF8.self) { return utf8 }
        var latin1 = String.UnicodeScalarView()
        for byte in bytes { latin1.append(Unicode.Scalar(byte)) }
        return String(latin1)
    }
}
