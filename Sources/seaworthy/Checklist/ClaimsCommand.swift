import ArgumentParser
import Foundation
import Readiness

/// `seaworthy claims [DIR]`: what a repository's documents say, held against the repository.
struct ClaimsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims",
        abstract: "Find statements in a repository's Markdown that its own source contradicts.",
        usage: "seaworthy claims [<folder>] [<options>]",
        discussion: """
            Technologies that nothing shows, endpoints that no route has or that answer other methods, commands, flags, \
            variables, imports and files that aren't there, licence, versions, numbers of tests and endpoints, coverage, \
            completion and dates. With --url, a running app is asked for the documented GET endpoints too. Exit code 0: \
            nothing contradicted, 1: something is, 2: there is no document to read.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Argument(help: "The repository's folder.")
    var folder = "."

    @Option(help: "Figures that were measured (readiness.yaml): tests and coverage are held against them.")
    var config: String?

    @Option(help: "A running app, http://host:port: which documented GET endpoints does it answer 404 to?")
    var url: String?

    @Option(help: ArgumentHelp("How to print it.", valueName: "terminal|json"))
    var format = Format.terminal

    func validate() throws {
        if let url, SiteURL(url) == nil { throw ValidationError("`\(url)` is no http or https address.") }
    }

    func run() async throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ExitStatus.failure(ExitCode(66), "`\(folder)` is no folder")
        }
        let figures = try config.map { try ReadinessFile.read($0).figures } ?? []
        let now = Date.now.formatted(.iso8601)
        guard let today = CalendarDay(String(now.prefix(10))) else { throw ExitStatus.software }
        let tree = RepositoryTree(folder: folder)
        var claims = Claims(tree, figures: figures, today: today)
        guard claims.documents > 0 else {
            throw ExitStatus.failure(
                ExitCode(2),
                claims.unread.isEmpty
                    ? "`\(folder)` has no Markdown to read"
                    : "`\(folder)` has no Markdown that can be read: what there is, is larger than \(RepositoryTree.largestDocument / 1_048_576) MiB or no text"
            )
        }
        if let site = url.flatMap({ SiteURL($0) }) {
            let live = try await LiveClaims(tree, at: site)
            guard live.isReached else {
                throw ExitStatus.failure(ExitCode(69), "`\(site)` doesn't answer")
            }
            claims = claims.adding(live)
        }
        StandardStreams.out(
            format == .json ? try claims.json() : claims.report(colour: StandardStreams.outTakesColour))
        if !claims.findings.isEmpty { throw ExitCode(1) }
    }
}
