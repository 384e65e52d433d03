import ArgumentParser
import Foundation
import Readiness

/// `seaworthy compare`: reports of several runs side by side.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show the JSON reports of several checks side by side.",
        discussion: """
            seaworthy check http://127.0.0.1:5000 --format json --output before.json
              seaworthy check https://127.0.0.1:8443 --format json --output after.json
              seaworthy compare "as it is=before.json" "behind us=after.json"
            """)

    @Argument(help: ArgumentHelp("A report and the title of its column.", valueName: "TITLE=FILE"))
    var columns: [String]

    func validate() throws {
        for column in columns where !column.contains("=") {
            throw ValidationError("`\(column)` has no title: write TITLE=FILE.")
        }
    }

    func run() throws {
        let reports = try columns.map { column -> (title: String, report: Report) in
            let parts = column.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (title, file) = (String(parts.first ?? ""), String(parts.last ?? ""))
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ExitStatus.failure(ExitCode(66), "`\(file)` can't be read")
            }
            guard let report = try? Report(json: String(decoding: data, as: UTF8.self)) else {
                throw ExitStatus.failure(ExitCode(65), "`\(file)` is no report of `seaworthy check --format json`")
            }
            return (title, report)
        }
        StandardStreams.out(ComparisonReport.render(columns: reports, colour: StandardStreams.outTakesColour) + "\n")
    }
}
