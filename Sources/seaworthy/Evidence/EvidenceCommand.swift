import ArgumentParser
import Foundation
import Readiness

/// `seaworthy evidence FILE…`: what files of other tools say, and what the gates make of it.
struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Read reports of other tools, and say what the gates make of them.",
        usage: "seaworthy evidence [<file> ...] [<options>]",
        discussion: """
            JUnit, Cobertura, LCOV, SARIF, k6, Locust, mypy, pyright, tsc, clippy and \
            type-coverage; which one is seen in the file, or said by FORMAT=FILE.

              seaworthy evidence junit.xml coverage.xml scan.sarif

            `seaworthy check URL --evidence FILE` judges them together with the app.
            Exit code 0: every gate holds, 1: one fails, 2: could not judge, 65: damaged.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Argument(
        help: ArgumentHelp("Reports to read; none: those that the configuration names.", valueName: "[FORMAT=]FILE"))
    var files: [String] = []

    @Option(help: "What is asked of evidence, and more files (readiness.yaml).")
    var config: String?

    @Option(help: ArgumentHelp("The commit that is judged; else what .git here says.", valueName: "SHA"))
    var commit: String?

    @Option(help: "terminal or json.")
    var format = Format.terminal

    func run() throws {
        let configuration = try config.map { try ReadinessFile.read($0) } ?? ReadinessConfiguration()
        let folder = config.map { URL(fileURLWithPath: $0).deletingLastPathComponent().relativePath } ?? "."
        if files.isEmpty, !configuration.evidence.isDeclared {
            throw ValidationError("Which files? `seaworthy evidence junit.xml`, or --config with `evidence:` in it.")
        }
        let now = Date.now
        let supply = try EvidenceSupply.load(
            files, rules: configuration.evidence, folder: folder, commit: commit, now: now)
        let report = EvidenceReport(
            results: supply.results, evidence: supply.references, commit: supply.commit,
            now: Int64(now.timeIntervalSince1970))
        StandardStreams.out(
            format == .json ? try report.json() : report.text(colour: StandardStreams.outTakesColour))
        throw ExitCode(report.exitCode)
    }
}
