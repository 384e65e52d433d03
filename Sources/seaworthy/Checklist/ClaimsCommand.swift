import ArgumentParser
import Foundation
import Readiness

/// `seaworthy claims [DIR]`: what a repository's documents say, held against the repository.
struct ClaimsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims",
        abstract: "Find statements in a repository's Markdown that its own source contradicts.",
        usage: "seaworthy claims [<folder>] [<options>]",
        discussion: """
            Technologies that nothing shows, endpoints that no route has, commands and files that aren't there, numbers \
            of tests, coverage, completion and dates. Exit code 0: nothing contradicted, 1: something is, 2: there is \
            no document to read.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Argument(help: "The repository's folder.")
    var folder = "."

    @Option(help: "Figures that were measured (readiness.yaml): tests and coverage are held against them.")
    var config: String?

    @Option(help: ArgumentHelp("How to print it.", valueName: "terminal|json"))
    var format = Format.terminal

    func run() throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ExitStatus.failure(ExitCode(66), "`\(folder)` is no folder")
        }
        let figures = try config.map { try ReadinessFile.read($0).figures } ?? []
        let now = Date.now.formatted(.iso8601)
        guard let today = CalendarDay(String(now.prefix(10))) else { throw ExitStatus.software }
        let claims = Claims(RepositoryTree(folder: folder), figures: figures, today: today)
        guard claims.documents > 0 else {
            throw ExitStatus.failure(ExitCode(2), "`\(folder)` has no Markdown to read")
        }
        StandardStreams.out(
            format == .json ? try claims.json() : claims.report(colour: StandardStreams.outTakesColour))
        if !claims.findings.isEmpty { throw ExitCode(1) }
    }
}
