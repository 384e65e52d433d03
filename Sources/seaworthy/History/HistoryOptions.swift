import ArgumentParser
import Foundation
import Readiness

/// Where runs are remembered, and which one this is held against.
struct HistoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Show what turned red or green since this run: last, or a JSON report; exit code 1 when something is worse.",
            valueName: "last|FILE"))
    var against: String?

    @Option(help: ArgumentHelp("Where runs are remembered.", valueName: "FOLDER"))
    var historyFolder = HistoryOptions.standard

    @Flag(help: "Don't remember this run.")
    var noHistory = false

    static let standard = ".seaworthy/checks"

    /// What was known before the run; everything that could go wrong goes wrong here.
    struct Before {
        var earlier: [RunRecord] = []
        var against: RunRecord?
        /// Whether `--against last` found nothing to compare with.
        var isFirst = false
    }

    private func history(_ target: String) -> RunHistory {
        RunHistory(folder: URL(fileURLWithPath: historyFolder), target: target)
    }

    func before(target: String) throws -> Before {
        var before = Before()
        before.earlier = history(target).records()
        switch against {
        case nil: break
        case "last":
            before.against = before.earlier.last { $0.isWhole }
            before.isFirst = before.against == nil
        case .some(let file): before.against = try RunFile.read(file, folder: historyFolder)
        }
        return before
    }

    /// Adds the trend to the report and remembers the run; a folder that can't be written loses only that.
    func finish(_ report: inout Report, _ before: Before, word: String) {
        report.trend = Trend(before.earlier, now: report)
        if before.isFirst {
            StandardStreams.err(
                "seaworthy check: no earlier run of \(report.target) is remembered in \(historyFolder)\n")
        }
        guard !noHistory else { return }
        do {
            try history(report.target).append(RunRecord(report), word: word)
        } catch {
            StandardStreams.err("seaworthy check: this run is not remembered: \(error) (--no-history doesn't try)\n")
        }
    }

    func difference(_ before: Before, _ report: Report) -> RunDifference? {
        before.against.map { RunDifference(from: $0, to: RunRecord(report)) }
    }
}

/// A run that somebody names: the file of a report or a record, or `last`, `last~1` of an address.
enum RunFile {
    static func read(_ name: String, folder: String) throws -> RunRecord {
        guard let data = FileManager.default.contents(atPath: name) else {
            throw ExitStatus.failure(ExitStatus.noInput, "`\(name)` can't be read")
        }
        guard data.count <= 67_108_864, let record = RunRecord(json: Array(data)) else {
            throw ExitStatus.failure(
                ExitStatus.corruptData,
                "`\(name)` is no run: give what `seaworthy check --format json` wrote, or a file of \(folder)")
        }
        return record
    }
}
