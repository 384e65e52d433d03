import ArgumentParser
import Foundation
import Gateway
import LaunchDesk
import Readiness

/// `seaworthy uat`: acceptance plans on the command line; they are worked through in the console.
struct UATCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uat", abstract: "Take acceptance plans in, see how far they are, write them out.",
        discussion: """
            A plan is a Markdown file with a heading for each component and a list or table of items below it, or \
            comma-separated values with the columns component, item and, if wanted, id, steps, expected, url, expect, \
            profiles. It is worked through in the console, under Acceptance.

              seaworthy uat import PLAN.md
              seaworthy uat status
              seaworthy uat run http://127.0.0.1:8080       # items with a url, in a browser
              seaworthy uat export --for-check launch.json  # rates and sign-offs, for check
            """,
        subcommands: [UATImportCommand.self, UATStatusCommand.self, UATRunCommand.self, UATExportCommand.self])
}

struct UATImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take a plan in, or in again: what is unchanged keeps its results.",
        discussion: """
            Exit status 65 with the line of each fault where the file isn't a plan; nothing is taken in then.
            """)

    @Argument(help: ArgumentHelp("A Markdown file, or one of comma-separated values.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("What the plan is called, if not by its title or its file.", valueName: "name"))
    var name: String?

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        if let name, !(1...120).contains(name.utf8.count) { throw ValidationError("--name wants 1 to 120 bytes") }
    }

    func run() async throws {
        var plan = try PlanFile.read(file)
        if let name { plan.title = name }
        let read = plan
        try await desk.show { desk in
            try await desk.launch.importPlan(read)
        } as: { done in
            let encoding = read.encoding == "UTF-8" ? "" : "Read as \(read.encoding).\n"
            return """
                \(encoding)\(done.plan): \(done.items) item\(done.items == 1 ? "" : "s") in \(read.components.count) \
                component\(read.components.count == 1 ? "" : "s")
                  \(done.added) added, \(done.changed) changed (their results count no more), \(done.unchanged) unchanged, \
                \(done.removed) removed

                """
        }
    }
}

/// A plan's file, as a command reads it.
enum PlanFile {
    static func read(_ path: String) throws -> AcceptancePlan {
        let bytes = try ReadinessFile.bytes(path, limit: PlanReader.mostBytes)
        let url = URL(filePath: path)
        let isTable = ["csv", "tsv"].contains(url.pathExtension.lowercased())
        do {
            return try PlanReader.read(
                bytes, as: isTable ? .csv : .markdown,
                name: String(url.deletingPathExtension().lastPathComponent.prefix(100)))
        } catch {
            let count = error.problems.count
            StandardStreams.err(
                "\(path) is no plan: \(count >= PlanProblems.most ? "the first \(count) faults" : "\(count) fault\(count == 1 ? "" : "s")")\n"
            )
            for problem in error.problems {
                StandardStreams.err("  \(path):\(problem.line == 0 ? " " : "")\(problem)\n".plainForTerminal)
            }
            throw ExitStatus.corruptData
        }
    }
}

extension String {
    /// Without what would steer a terminal.
    var plainForTerminal: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map {
                    $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0
                }))
    }
}

struct UATStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how far plans are: components, browsers and devices.",
        discussion: "Exit status 0: 90 % passed, and 95 % of all tries; 1: not yet; 2: there is no plan.")

    @Option(help: ArgumentHelp("One plan; else all of them.", valueName: "name"))
    var plan: String?

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        let progress = try await desk.options.withDesk { desk in
            if let plan, !(try await desk.launch.plans()).contains(where: { $0.name == plan }) {
                throw ExitStatus.failure(ExitCode(1), "\(LaunchDesk.Failure.noPlan(plan))")
            }
            return LaunchDesk.progress(of: try await desk.launch.lines(of: plan))
        }
        try desk.format.show(UATStatus(progress), UATStatus(progress).text)
        if progress.items == 0 { throw ExitCode(2) }
        throw ExitCode(UATStatus(progress).isReached ? 0 : 1)
    }
}

/// How far plans are, for people and programs.
struct UATStatus: Encodable {
    let items: Int
    let worked: Int
    let passRate: Double
    let compatibility: Double
    let isReached: Bool
    let components: [PlanProgress.Part]
    let profiles: [PlanProgress.Part]

    init(_ progress: PlanProgress) {
        items = progress.items
        worked = progress.worked
        passRate = (progress.passRate * 10).rounded(.down) / 10
        compatibility = (progress.compatibility * 10).rounded(.down) / 10
        isReached =
            progress.items > 0 && progress.passRate >= Double(PlanProgress.passRateWanted)
            && progress.compatibility >= Double(PlanProgress.compatibilityWanted)
        components = progress.components
        profiles = progress.profiles
    }

    var text: String {
        guard items > 0 else { return "No acceptance plan was taken in yet: seaworthy uat import PLAN.md\n" }
        func table(_ head: String, _ parts: [PlanProgress.Part]) -> String {
            var table = TextTable([head, "passed", "failed", "blocked", "open", "rate"])
            for part in parts {
                let name = part.name.plainForTerminal
                table.add([
                    name.count > 36 ? "\(name.prefix(35))…" : name, "\(part.passed)/\(part.all)", "\(part.failed)",
                    "\(part.blocked)", "\(part.open)", "\(part.rate) %",
                ])
            }
            return table.text
        }
        return """
            Passed         \(passRate) % of \(items) items (90 % are wanted)
            Compatibility  \(compatibility) % of all tries (95 % are wanted)
            Worked through \(worked) of \(items) items

            \(table("COMPONENT", components))
            \(table("BROWSER OR DEVICE", profiles))
            """
    }
}

struct UATExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write plans out with their results, or what check reads.")

    enum Form: String, ExpressibleByArgument, CaseIterable { case csv, json }

    @Option(help: "csv, for a spreadsheet and for `uat import`, or json.")
    var form = Form.csv

    @Option(help: ArgumentHelp("One plan; else all of them.", valueName: "name"))
    var plan: String?

    @Option(help: ArgumentHelp("Into this file instead of the terminal.", valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Rates and sign-offs for `seaworthy check --launch`, into this file.", valueName: "file"))
    var forCheck: String?

    @Option(
        help: ArgumentHelp(
            "With --for-check: the app whose sign-offs are meant, as it was checked; else the one checked last.",
            valueName: "url"))
    var target: String?

    @Option(help: "With --for-check: Ed25519 private key (PEM) that signs it, as attestations are signed.")
    var signKey: String?

    @Option(help: "With --sign-key: how long it counts, such as 12h or 30d.")
    var validFor = "30d"

    @Option(help: ArgumentHelp("With --for-check: where runs are remembered.", valueName: "folder"))
    var historyFolder = HistoryOptions.standard

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        if target != nil, forCheck == nil { throw ValidationError("--target goes with --for-check") }
        if signKey != nil, forCheck == nil { throw ValidationError("--sign-key goes with --for-check") }
        if ReportOptions.seconds(validFor) == nil { throw ValidationError("--valid-for: a time such as 12h or 30d.") }
    }

    func run() async throws {
        if let forCheck {
            let chosen = target ?? RunShelf(folder: historyFolder).targets().first
            let key = try signKey.map { try KeyFile.signing($0) }
            let file = try await options.withDesk { desk in
                try await desk.launch.launchFile(of: chosen, names: try await desk.accountNames())
            }
            let text =
                try key.map {
                    try SignedLaunch.sealed(
                        file, by: $0, issuedAt: Int64(Date.now.timeIntervalSince1970),
                        validFor: ReportOptions.seconds(validFor) ?? 0)
                } ?? file.json()
            try ResultFile.write(text, to: forCheck)
            StandardStreams.err(
                "\(file.figures.count) figures and \(file.signatures.count) sign-offs"
                    + "\(chosen.map { " of \($0)" } ?? "") are in \(forCheck)\(key == nil ? "" : ", signed")\n")
            return
        }
        let export = try await options.withDesk { desk in
            try await desk.launch.export(plan, names: try await desk.accountNames())
        }
        let text = form == .csv ? export.csv : try ResultFormat.json(export)
        if let output { try ResultFile.write(text, to: output) } else { StandardStreams.out(text) }
    }
}
