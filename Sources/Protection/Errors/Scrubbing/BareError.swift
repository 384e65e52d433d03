internal import Kernel

/// Whether an error answer is only what a framework says by itself: no document of the app's own.
enum BareError {
    /// - Parameters:
    ///   - type: the `Content-Type`, nil where there is none.
    ///   - body: its beginning.
    static func matches(type: String?, body: [UInt8], isWhole: Bool) -> Bool {
        if body.isEmpty { return isWhole }
        guard isWhole, body.count <= 2048 else { return false }
        let text = String(decoding: body, as: UTF8.self).trimming(while: { $0.isWhitespace }).lowercased()
        guard let type else { return isPhrase(text) }
        let bare = type.prefix(while: { $0 != ";" }).trimming(while: { $0 == " " }).lowercased()
        switch bare {
        case "text/plain": return isPhrase(text)
        case "text/html": return isPhrase(text) || isFrameworkPage(text)
        default: return false
        }
    }

    /// `Not Found`, `404 Not Found`, `404: Not Found`, `404 page not found`, `Cannot GET /x`, …
    private static func isPhrase(_ text: String) -> Bool {
        guard text.utf8.count <= 120 else { return false }
        if text.hasPrefix("cannot ") && text.contains(" /") { return true }
        let words = text.drop(while: { $0.isNumber || $0 == ":" || $0 == " " || $0 == "-" || $0 == "." })
            .trimming(while: { $0 == "." || $0 == "!" || $0.isWhitespace })
        return phrases.contains(String(words)) || (words.isEmpty && text.utf8.count <= 5)
    }

    private static let phrases: Set<String> = [
        "not found", "page not found", "404 page not found", "file not found", "no such route", "method not allowed",
        "bad request", "unauthorized", "forbidden", "not acceptable", "internal server error", "server error",
        "internal error", "error", "service unavailable", "bad gateway", "gateway timeout", "not implemented",
        "unsupported media type", "unprocessable entity", "unprocessable content", "conflict", "gone",
        "payload too large", "request entity too large", "content too large", "length required", "request timeout",
        "invalid request", "invalid json", "an error occurred", "something went wrong", "oops", "too many requests",
    ]

    /// Pages that servers and frameworks make by themselves: a title that is the status, and hardly anything else.
    private static func isFrameworkPage(_ text: String) -> Bool {
        guard let open = text.firstRange(of: "<title>"), let close = text.firstRange(of: "</title>"),
            open.upperBound <= close.lowerBound
        else {
            // Express: `<pre>Cannot GET /x</pre>` in a page whose title is Error; Django's `<h1>Not Found</h1>`.
            return text.hasPrefix("<h1>") && text.utf8.count <= 200
        }
        let title = text[open.upperBound..<close.lowerBound].trimming(while: { $0.isWhitespace })
        if title == "error" { return text.contains("<pre>cannot ") || text.contains("<pre>") }
        return isPhrase(String(title)) && !text.contains("<link") && !text.contains("<nav") && !text.contains("<script")
            && !text.contains("<img") && !text.contains("<style") && text.utf8.count <= 1200
    }
}
