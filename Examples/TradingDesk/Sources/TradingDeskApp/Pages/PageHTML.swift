import Mustache

/// HTML's escaping, scalar by scalar. The library's own looks at whole characters, and a quotation mark that is followed by a
/// combining accent is another character than a quotation mark: it would pass, and end an attribute.
struct PageHTML: MustacheContentType {
    static let name = "PAGE-HTML"
    /// Stands at the beginning of every template.
    static let pragma = "{{% CONTENT_TYPE:PAGE-HTML}}"

    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
