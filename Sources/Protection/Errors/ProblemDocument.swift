internal import Kernel

/// A problem as the client sees it: RFC 9457 JSON, or a plain page for people.
struct ProblemDocument {
    let problem: Problem
    let requestID: String
    let time: Timestamp
    /// Where each reason is explained; the reason is put at its end.
    let documentation: String
    /// The address of the sheet that our own pages have; nil on the app's, whose policy may forbid it.
    var style: String?

    /// `application/problem+json`. The private cause is not in it.
    func json() -> [UInt8] {
        var text = JSONText(reserving: 512)
        text.beginObject()
        text.name("type")
        text.string(documentation + problem.reason.rawValue)
        text.name("title")
        text.string(problem.title)
        text.name("status")
        text.number(problem.status)
        if let detail = problem.detail {
            text.name("detail")
            text.string(detail)
        }
        text.name("instance")
        text.string("urn:request:\(requestID)")
        text.name("requestID")
        text.string(requestID)
        text.name("timestamp")
        text.string(time.iso8601)
        text.name("reason")
        text.string(problem.reason.rawValue)
        text.endObject()
        text.newline()
        return text.bytes
    }

    /// A page without script or style of its own, so that the strictest content policy holds for it; among our own pages it
    /// looks like them.
    func html() -> String {
        let title = problem.title.escapedForHTML
        let detail = problem.detail.map { "\n<p>\($0.escapedForHTML)</p>" } ?? ""
        let again = problem.retryAfter.map { "\n<p>Please try again in \($0) seconds.</p>" } ?? ""
        let sheet = style.map { "\n<link rel=\"stylesheet\" href=\"\($0.escapedForHTML)\">" } ?? ""
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>\(problem.status) \(title)</title>\(sheet)
            </head>
            <body>
            <main>
            <h1>\(title)</h1>\(detail)\(again)
            <hr>
            <dl>
            <dt>Status</dt><dd>\(problem.status)</dd>
            <dt>Reason</dt><dd><a href="\((documentation + problem.reason.rawValue).escapedForHTML)"><code>\
            \(problem.reason.rawValue.escapedForHTML)</code></a></dd>
            <dt>Request</dt><dd><code>\(requestID.escapedForHTML)</code></dd>
            <dt>Time</dt><dd><time>\(time.iso8601)</time></dd>
            </dl>
            <p>When you ask for help, please give the request's number.</p>
            </main>
            </body>
            </html>

            """
    }
}

/// Whether a client would rather have a page than JSON (RFC 9110 §12.5.1).
public enum AcceptPreference {
    /// True when `text/html` is named and weighs more than any JSON type that is named or matched by a range.
    public static func prefersHTML(_ lines: [String]) -> Bool {
        var html = 0
        var json = 0
        for member in lines.flatMap(\.listMembers).prefix(64) {
            let parts = member.split(separator: ";", maxSplits: 1)
            guard let type = parts.first?.trimming(while: { $0 == " " }).lowercased() else { continue }
            let quality = parts.count > 1 ? Quality.thousandths(parts.last ?? "") : 1000
            switch type {
            case "text/html", "application/xhtml+xml": html = max(html, quality)
            case "application/json", "application/problem+json", "application/*": json = max(json, quality)
            default: if type.hasSuffix("+json") { json = max(json, quality) }
            }
        }
        return html > 0 && html >= json
    }
}
