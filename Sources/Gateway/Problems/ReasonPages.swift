import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kernel
import Protection

/// What `type` of a problem document leads to: a page for people, JSON for programs.
enum ReasonPages {
    /// Paths that are ours in every mode, so that what is refused in every mode is explained there, too.
    static func paths(under prefix: String) -> Set<String> {
        Set(
            ReasonCatalogue.all.map { "\(prefix)/problems/\($0.id)" }
                + ["\(prefix)/problems", "\(prefix)/problems/", "\(prefix)/style.css"])
    }

    static func one(_ id: String, _ request: Hummingbird.Request, prefix: String) throws -> Hummingbird.Response {
        guard let reason = ReasonCatalogue.reason(id) else {
            throw Problem(
                "own.not-found", status: 404, title: "There is no such page here.",
                detail: "No problem has this name. \(prefix)/problems lists all of them.")
        }
        guard wantsPage(request) else { return try json(reason) }
        return OwnPage(title: reason.title, content: content(of: reason, prefix: prefix), prefix: prefix).response
    }

    static func index(_ request: Hummingbird.Request, prefix: String) throws -> Hummingbird.Response {
        guard wantsPage(request) else { return try json(ReasonCatalogue.all) }
        return OwnPage(title: "Problems", content: list(prefix: prefix), prefix: prefix).response
    }

    private static func wantsPage(_ request: Hummingbird.Request) -> Bool {
        AcceptPreference.prefersHTML(request.headers[values: .accept])
    }

    private static func json(_ value: some Encodable) throws -> Hummingbird.Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return OwnPage.response(
            String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", type: "application/json")
    }

    static func content(of reason: Reason, prefix: String) -> String {
        var rows = [("Reason", "<code>\(reason.id.escapedForHTML)</code>"), ("Status", text(reason.statusText))]
        if let key = reason.key { rows.append(("Governed by", "<code>\(key.escapedForHTML)</code>")) }
        let owner = reason.owner.map { "\n<h2>If the app or this gateway is yours</h2>\n<p>\(text($0))</p>" } ?? ""
        return """
            <h1>\(text(reason.title))</h1>
            <p>\(text(reason.meaning))</p>
            <dl>
            \(rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined(separator: "\n"))
            </dl>
            <h2>If you sent the request</h2>
            <p>\(text(reason.client))</p>\(owner)
            <nav><a href="\(prefix.escapedForHTML)/problems">All problems</a></nav>
            """
    }

    private static func list(prefix: String) -> String {
        let areas = ReasonCatalogue.areas.map { area in
            let items = area.reasons.map { reason in
                """
                <li><a href="\(prefix.escapedForHTML)/problems/\(reason.id.escapedForHTML)"><code>\
                \(reason.id.escapedForHTML)</code></a><br>\(text(reason.title))</li>
                """
            }
            return "<h2>\(area.name.escapedForHTML)</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
        }
        return """
            <h1>Problems</h1>
            <p>Every reason for which a request is refused or noted here. The same id stands in the problem document, \
            in the log and in the metrics.</p>
            \(areas.joined(separator: "\n"))
            """
    }

    /// Escaped, with what stands between backticks as code.
    private static func text(_ plain: String) -> String {
        plain.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { number, part in
            number.isMultiple(of: 2) ? part.escapedForHTML : "<code>\(part.escapedForHTML)</code>"
        }.joined()
    }
}

extension ReasonCatalogue {
    /// docs/problems.md.
    public static var markdown: String {
        var text = """
            # Problems

            <!-- Written by `seaworthy problems --format markdown`; a test fails when it is stale. -->

            Every reason for which a request is refused, fails or is noted. The id stands in the problem document
            (`reason`, and at the end of `type`), in the log and in the metrics. A running gateway explains each at
            `/seaworthy/problems/ID`, as a page or, for programs, as JSON; `seaworthy problems ID` does in a terminal.

            """
        for area in areas {
            text += "\n## `\(area.name)`\n"
            for reason in area.reasons {
                text +=
                    "\n### `\(reason.id)`\n\n**\(reason.title)** Status: \(reason.statusText).\n\n\(reason.meaning)\n"
                text += "\n- The client: \(reason.client)\n"
                if let owner = reason.owner { text += "- The app's or gateway's owner: \(owner)\n" }
                if let key = reason.key { text += "- Key: `\(key)`\n" }
            }
        }
        return text
    }
}
