import ArgumentParser
import Foundation
import Gateway
import Kernel

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find events of the audit trail, and whatever else is indexed.",
        usage: "seaworthy search <words> ... [--as <permission>] [<options>]",
        discussion: """
            All words must be there, in any form of case and accents: word, begin*, "a phrase", -without. A word that \
            begins with - stands behind `--`: seaworthy search -- locked -failures. Exit 1 when nothing is found.
            """)

    @Argument(help: ArgumentHelp("What to look for.", valueName: "words"))
    var words: [String]

    @Option(name: .customLong("kind"), help: "Only documents of this kind, such as event; may be repeated.")
    var kinds: [String] = []

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "Only what somebody with this permission may see, such as public; may be repeated.",
            valueName: "permission"))
    var audiences: [String] = []

    @Option(help: ArgumentHelp("At most so many, 1 to 100.", valueName: "number"))
    var count = 20

    @Option(help: "How to print them.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (1...100).contains(count) else { throw ValidationError("--count is 1 to 100") }
    }

    func run() async throws {
        let hits: [AuditTool.Hit]
        do {
            hits = try await options.withAuditTool { tool in
                try await tool.search(
                    words.joined(separator: " "), audiences: audiences.isEmpty ? nil : Set(audiences),
                    kinds: kinds.isEmpty ? nil : Set(kinds), count: count)
            }
        } catch let refusal as AuditTool.SearchRefusal {
            throw ExitStatus.failure(ExitCode(64), refusal.description)
        }
        switch format {
        case .json: StandardStreams.out(try SearchCommand.json(hits))
        case .text:
            for hit in hits { StandardStreams.out(SearchCommand.text(hit, StandardStreams.outTakesColour)) }
            if hits.isEmpty { StandardStreams.err("seaworthy: nothing found\n") }
        }
        if hits.isEmpty { throw ExitCode(1) }
    }

    /// Two lines or three; what was found is bold on a terminal.
    private static func text(_ hit: AuditTool.Hit, _ colour: Bool) -> String {
        func line(_ parts: [(text: String, isMatch: Bool)]) -> String {
            parts.map { part in
                let text = safe(part.text)
                return part.isMatch && colour ? "\u{1B}[1m\(text)\u{1B}[0m" : text
            }.joined()
        }
        let head = "\(safe(hit.kind)) \(safe(hit.key))  "
        // Words are cut where they are plain; with marks between them a terminal breaks the line itself.
        let body = colour ? line(hit.excerpt) : line(hit.excerpt).wrapped(width: 76, indent: 4)
        return head + line(hit.title) + "\n    " + body + "\n"
    }

    /// Nothing that a terminal would act on.
    private static func safe(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            let isHarmless = ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                scalar.properties.generalCategory)
            shown.unicodeScalars.append(isHarmless ? scalar : "\u{FFFD}")
        }
        return shown
    }

    private static func json(_ hits: [AuditTool.Hit]) throws -> String {
        struct Part: Encodable {
            let text: String
            let isMatch: Bool
        }
        struct Row: Encodable {
            let kind, key: String
            let title, excerpt: [Part]
        }
        let rows = hits.map { hit in
            Row(
                kind: hit.kind, key: hit.key, title: hit.title.map { Part(text: $0.text, isMatch: $0.isMatch) },
                excerpt: hit.excerpt.map { Part(text: $0.text, isMatch: $0.isMatch) })
        }
        return try ResultFormat.json(rows)
    }
}
