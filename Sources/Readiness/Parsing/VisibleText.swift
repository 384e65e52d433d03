/// Makes what a stranger sent safe to show: nothing in it can move a cursor, colour a line or turn the direction.
///
/// Control characters (C0, DEL, C1), bidirectional overrides, zero-width characters and line separators are written
/// out as `\u{1B}`. A line feed becomes `\n` unless `keepingLines` is set.
func visible(_ text: some StringProtocol, limit: Int = 400, keepingLines: Bool = false) -> String {
    var out = ""
    var count = 0
    for scalar in text.unicodeScalars {
        if count >= limit {
            out.append("…")
            break
        }
        count &+= 1
        switch scalar.value {
        case 0x0A where keepingLines: out.unicodeScalars.append(scalar)
        case 0x0A: out.append("\\n")
        case 0x0D: out.append("\\r")
        case 0x09: out.append(" ")
        case 0..<0x20, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
            0xE0000...0xE007F:
            out.append("\\u{\(String(scalar.value, radix: 16, uppercase: true))}")
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out
}

/// Bytes as text: UTF-8 where they are, else each byte as Latin-1, never altered into U+FFFD.
func text(of bytes: some Collection<UInt8>) -> String {
    // Most is ASCII, and needs no validation: a scan of a source makes a million words.
    let plain = bytes.withContiguousStorageIfAvailable { buffer -> String? in
        buffer.allSatisfy { $0 < 0x80 } ? String(decoding: buffer, as: UTF8.self) : nil
    }
    if let plain, let plain { return plain }
    if let whole = String(validating: bytes, as: UTF8.self) { return whole }
    var out = ""
    for byte in bytes { out.unicodeScalars.append(Unicode.Scalar(byte)) }
    return out
}
