/// Text that stands on one line: header values, fields of templates.
enum LineText {
    /// Whether nothing in it could end the line or turn around what is read: no control characters (CR, LF and NUL among
    /// them), no line or paragraph separators, no bidirectional overrides.
    static func isSafe(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(isSafe) }

    static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: false
        default: true
        }
    }
}
