import ArgumentParser
import Foundation
import Readiness

/// `seaworthy check diff A B`: what turned red or green between two runs.
struct CheckDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-diff", abstract: "Show what turned red or green between two runs.",
        usage: "seaworthy check diff <before> <after> [--format <format>]",
        discussion: """
            Each is a JSON report or a file of .seaworthy/checks. Exit code 0: nothing is worse, 1: a check turned red \
            or a GO was lost, 2: the two have nothing in common.
            """, shouldDisplay: false)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Argument(help: "The earlier run.")
    var before: String

    @Argument(help: "The later run.")
    var after: String

    @Option(help: "terminal or json.")
    var format = Format.terminal

    func run() throws {
        let difference = RunDifference(
            from: try RunFile.read(before, folder: HistoryOptions.standard),
            to: try RunFile.read(after, folder: HistoryOptions.standard))
        StandardStreams.out(
            format == .json ? try difference.json() : difference.report(colour: StandardStreams.outTakesColour))
        throw ExitCode(difference.exitCode)
    }
}

/// `seaworthy check history URL`: the runs that are remembered.
struct CheckHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-history", abstract: "List the runs of an app that are remembered.",
        usage: "seaworthy check history <url> [--history-folder <folder>]", shouldDisplay: false)

    @Argument(help: "Address of the app.")
    var url: String

    @Option(help: ArgumentHelp("Where runs are remembered.", valueName: "FOLDER"))
    var historyFolder = HistoryOptions.standard

    func run() throws {
        guard let site = SiteURL(url) else {
            throw ValidationError("`\(url)` is no http or https address.")
        }
        let records = RunHistory(folder: URL(fileURLWithPath: historyFolder), target: site.description).records()
        guard !records.isEmpty else {
            throw ExitStatus.failure(ExitCode(1), "no run of \(site) is remembered in \(historyFolder)")
        }
        var lines = ["started              level       decision       score  fail"]
        for record in records {
            let part = record.isInterrupted ? "  interrupted" : record.only.map { "  \($0.count) checks only" } ?? ""
            let failed = record.checks.count { $0.outcome == .fails }
            lines.append(
                filled(String(record.startedAt.prefix(20)), 21) + filled(String(record.level.prefix(11)), 12)
                    + filled(record.decision.title, 15) + filled(record.score.map { String($0) } ?? "–", 7)
                    + "\(failed)\(part)")
        }
        StandardStreams.out(lines.joined(separator: "\n") + "\n")
    }

    private func filled(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
