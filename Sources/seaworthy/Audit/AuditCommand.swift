import ArgumentParser
import Foundation
import Gateway
import Kernel

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Verify, export and anchor the audit trail.",
        discussion: """
            The trail is a chain of rows in the database: each holds the hash of the one before. These commands work \
            beside a running gateway.
            """,
        subcommands: [
            AuditVerifyCommand.self, AuditExportCommand.self, AuditHeadCommand.self, AuditAnchorCommand.self,
            AuditKindsCommand.self,
        ])
}

extension ConfigurationOptions {
    func withAuditTool<Value>(_ work: (AuditTool) async throws -> Value) async throws -> Value {
        let configuration = try databaseConfiguration(["audit"])
        return try await with({ try await AuditTool.open(configuration) }, work)
    }
}

/// Who sits at the command line, for the trail.
enum CommandUser {
    static var actor: String { "cli:\(ProcessOwner.name)" }
}

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove that the trail is what was written, or say which rows aren't.",
        discussion: """
            Names rows that were edited, removed, inserted, moved or cut off at the end. Who owns the database could \
            write the whole trail anew: only anchors, which are kept elsewhere, show that.

            Exit status: 0 intact, 1 damaged, 2 could not look.
            """)

    @Option(
        help: ArgumentHelp("A file of anchors (default: the one of audit.anchor-file).", valueName: "file"),
        completion: .file())
    var anchors: String?

    @Option(
        help: ArgumentHelp(
            "Begin behind this row: where an earlier verification ended.", valueName: "sequence hash"))
    var since: String?

    @Flag(help: "Append the result to the trail: audit.verified or audit.damaged.")
    var record = false

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        _ = try options.databaseConfiguration(["audit"])
        let report: AuditTool.Report
        do {
            report = try await options.withAuditTool { tool in
                let report = try await tool.verify(since: since, anchors: anchors)
                if record { await append(report, to: tool) }
                return report
            }
        } catch is ExitCode {
            // What kept us from looking was told.
            throw ExitCode(2)
        }
        StandardStreams.out(format == .json ? try AuditReport.json(report) : AuditReport.text(report))
        if !report.isIntact { throw ExitCode(1) }
    }

    /// A trail that is damaged at its end takes no row: the result counts all the same.
    private func append(_ report: AuditTool.Report, to tool: AuditTool) async {
        do throws(DatabaseFailure) {
            try await tool.recordVerification(report, actor: CommandUser.actor)
        } catch {
            StandardStreams.err("seaworthy: the result isn't in the trail: \(error)\n")
        }
    }
}

struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the trail as JSON Lines.",
        discussion: """
            One object a row and a trailer, so that a cut file shows; docs/audit/verify.py recomputes it without \
            Seaworthy. The export itself is recorded in the trail first.
            """)

    @Option(
        help: ArgumentHelp("Write to this new file, readable by its owner, instead of standard output."),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Only rows behind this one.", valueName: "sequence"))
    var after: Int64 = 0

    @Option(help: ArgumentHelp("Only rows up to this one.", valueName: "sequence"))
    var through: Int64?

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard after >= 0, (through ?? .max) > after else {
            throw ValidationError("--after is 0 or more, and --through more than that")
        }
    }

    func run() async throws {
        let rows = try await options.withAuditTool { tool in
            let target = try output.map { try ExportFile($0) }
            do {
                let rows = try await tool.export(after: after, through: through, actor: CommandUser.actor) { lines in
                    guard let target else { return StandardStreams.out(bytes: lines) }
                    try target.write(lines)
                }
                try target?.finish()
                return rows
            } catch {
                target?.remove()
                throw error
            }
        }
        StandardStreams.err("seaworthy: \(rows) \(rows == 1 ? "row" : "rows")\(output.map { " in \($0)" } ?? "")\n")
    }
}

struct AuditHeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Print the newest row as an anchor: SEQUENCE HASH TIME.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        guard let line = try await options.withAuditTool({ try await $0.head() }) else {
            throw ExitStatus.failure(.failure, "the audit trail is empty")
        }
        StandardStreams.out(line + "\n")
    }
}

struct AuditAnchorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor", abstract: "Publish the trail's head wherever it is kept, now.",
        discussion: """
            The worker does so by itself (audit.anchor-schedule): to the file of audit.anchor-file, to the address of \
            audit.anchor-mail, and to webhooks whose `events` name audit.anchored. Exit 1 when one of them failed.
            """)

    @Option(help: ArgumentHelp("To this file instead.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let results = try await options.withAuditTool { tool in
            guard try await tool.head() != nil else {
                throw ExitStatus.failure(.failure, "the audit trail is empty: there is nothing to anchor")
            }
            return try await tool.anchor(file: file)
        }
        for (name, failure) in results {
            StandardStreams.out(failure.map { "\(name): failed: \($0)\n" } ?? "\(name): anchored\n")
        }
        if results.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
    }
}

struct AuditKindsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kinds", abstract: "List the kinds of events that there are.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown }

    @Option(help: "How to print them.")
    var format = Format.text

    func run() async throws {
        guard format == .text else { return StandardStreams.out(EventReference.markdown()) }
        for kind in EventRegistry.all {
            let gap = String(repeating: " ", count: max(1, 26 - kind.id.count))
            let severity = kind.severity.rawValue
            let rest = "\(severity)\(String(repeating: " ", count: max(1, 9 - severity.count)))\(kind.title)"
            StandardStreams.out("\(kind.id)\(gap)\(rest.prefix(54))\n")
        }
    }
}
