internal import Kernel

/// Whether an error answer is only what a framework says by itself: no document of the app's own.
enum BareError {
    /// - Parameters:
    ///   - type: the `Content-Type`, nil where there is none.
    ///   - body: its beginning, without content coding.
    static func matches(type: String?, body: [UInt8], isWhole: Bool) -> Bool {
        if body.isEmpty { return isWhole }
        guard isWhole, body.count <= 2048 else { return false }
        let text = String(decoding: body, as: UTF8.self).trimming(while: \.isWhitespace).lowercased()
        guard let type else { return isPhrase(Substring(text)) }
        switch MediaType.essence(type).lowercased() {
        case "text/plain", "application/octet-stream": return isPhrase(Substring(text))
        case "text/html": return isPhrase(Substring(text)) || isFrameworkPage(text)
        default: return false
        }
    }

    /// `Not Found`, `404 Not Found`, `404: Not Found`, `404 page not found`, `Cannot GET /x`, …
    private static func isPhrase(_ text: Substring) -> Bool {
        guard text.utf8.count <= 120 else { return false }
        if text.hasPrefix("cannot "), text.contains(" /"), !text.contains("\n") { return true }
        let code = text.prefix(while: \.isNumber)
        let words = text.dropFirst(code.utf8.count == 3 ? 3 : 0)
            .trimming(while: { $0 == ":" || $0 == " " || $0 == "-" || $0 == "." || $0 == "!" || $0 == "–" || $0 == "—" }
            )
        return words.isEmpty ? code.utf8.count == 3 : phrases.contains(String(words))
    }

    private static let phrases: Set<String> = [
        "not found", "page not found", "file not found", "resource not found", "no such route", "method not allowed",
        "bad request", "unauthorized", "forbidden", "access denied", "not acceptable", "internal server error",
        "server error", "internal error", "error", "service unavailable", "bad gateway", "gateway timeout",
        "gateway time-out", "not implemented", "unsupported media type", "unprocessable entity",
        "unprocessable content",
        "conflict", "gone", "payload too large", "request entity too large", "content too large", "length required",
        "request timeout", "invalid request", "invalid json", "an error occurred", "something went wrong",
        "too many requests", "precondition failed", "expectation failed", "uri too long", "upgrade required",
        "proxy authentication required", "payment required", "failed dependency", "locked", "too early",
    ]

    /// Pages that servers and frameworks make by themselves: a title that is the status, and no design.
    private static func isFrameworkPage(_ text: String) -> Bool {
        if ["<link", "<nav", "<script", "<img", "<form", "<svg", "<a "].contains(where: { text.contains($0) }) {
            return false
        }
        guard let open = text.firstRange(of: "<title>"), let close = text.firstRange(of: "</title>"),
            open.upperBound <= close.lowerBound
        else {
            // `<h1>Not Found</h1>` and nothing more.
            guard text.hasPrefix("<h1>"), let end = text.firstRange(of: "</h1>") else { return false }
            return isPhrase(text.dropFirst(4).prefix(upTo: end.lowerBound)) && text.utf8.count <= 200
        }
        let title = text.prefix(upTo: close.lowerBound).suffix(from: open.upperBound).trimming(while: \.isWhitespace)
        // Express says "Error", Tomcat "HTTP Status 404 – Not Found" (with a style of its own).
        if title == "error" { return text.contains("<pre>") }
        // http.server of Python.
        if title == "error response" { return text.contains("<p>error code: ") }
        if title.hasPrefix("http status ") { return isPhrase(title.dropFirst(12)) }
        return isPhrase(title) && !text.contains("<style")
    }
}
