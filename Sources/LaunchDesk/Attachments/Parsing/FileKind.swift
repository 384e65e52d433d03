/// What a file is, by its first bytes; nil for what isn't taken.
enum FileKind: String, Sendable, CaseIterable {
    case png, jpeg, gif, webp, pdf, text

    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: Array("GIF87a".utf8)) || bytes.starts(with: Array("GIF89a".utf8)) {
            self = .gif
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = .webp
        } else if bytes.starts(with: Array("%PDF-".utf8)) {
            self = .pdf
        } else if FileKind.isText(bytes) {
            self = .text
        } else {
            return nil
        }
    }

    /// UTF-8 without control characters and without markup at its beginning.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) }
        return isPlain && text.first { !$0.isWhitespace && $0 != "\u{FEFF}" } != "<"
    }

    var type: String {
        switch self {
        case .png: "image/png"
        case .jpeg: "image/jpeg"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .pdf: "application/pdf"
        case .text: "text/plain; charset=utf-8"
        }
    }

    private var suffix: String {
        switch self {
        case .jpeg: "jpg"
        case .text: "txt"
        default: rawValue
        }
    }

    /// A name that is safe in any folder and any header: letters, digits, `-` and `_`, with the suffix of what the file is.
    func name(from text: String) -> String {
        let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let stem = last.contains(".") ? last.prefix(upTo: last.lastIndex(of: ".") ?? last.endIndex) : last
        let plain = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "-" }
        let words = String(plain).split(separator: "-").joined(separator: "-").prefix(60)
        return "\(words.isEmpty ? "file" : String(words)).\(suffix)"
    }
}
