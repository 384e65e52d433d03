import ArgumentParser
import Foundation
import Readiness

/// `seaworthy race URL`: the declared races alone, several times over; the replay of what `check` found.
struct RaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "race",
        abstract: "Send concurrent writes to a running app: is one lost, or a thing used twice?",
        usage: "seaworthy race <url> --config <file> [<options>]",
        discussion: """
            Runs what `races:` in readiness.yaml declares (docs/capabilities/race.md) and prints for each broken promise \
            the smallest witness: the requests and how they interleaved. It writes to the app. Exit code 0: every \
            promise held, 1: one was broken, 2: one could not be judged, 78: the configuration is wrong.
            """)

    @Argument(help: "Address of the app, such as http://127.0.0.1:5000.")
    var url: String

    @Option(help: "readiness.yaml with the sign-in, the identities and the races.")
    var config: String

    @Option(help: "Only the rule with this name; may be repeated.")
    var rule: [String] = []

    @Option(help: "Writes of the same kind that are sent at once, 2 to 50.")
    var atOnce = 3

    @Option(help: "Milliseconds between the first write and the others; tried in turn when not given.")
    var delay: Int?

    @Option(help: "How often each rule is examined, 1 to 1000.")
    var runs = 1

    @Flag(name: .customLong("i-am-authorised"), help: "The target is another machine, and you may attack it.")
    var isAuthorised = false

    func validate() throws {
        guard SiteURL(url) != nil else { throw ValidationError("`\(url)` is no http or https address.") }
        guard (2...50).contains(atOnce) else { throw ValidationError("--at-once: from 2 to 50.") }
        guard (1...1_000).contains(runs) else { throw ValidationError("--runs: from 1 to 1000.") }
        if let delay, !(0...60_000).contains(delay) { throw ValidationError("--delay: from 0 to 60000 milliseconds.") }
    }

    func run() async throws {
        guard let target = SiteURL(url) else { throw ExitCode(64) }
        var session = RaceSession(
            target: target, configuration: try ReadinessFile.read(config),
            circumstances: try CheckCommand.circumstances())
        session.only = rule
        session.atOnce = atOnce
        session.delay = delay.map { .milliseconds($0) }
        session.runs = runs
        session.isAuthorised = isAuthorised
        let results: [RaceSession.Row]
        do {
            results = try await session.run { name, number in
                if isatty(STDERR_FILENO) != 0 { StandardStreams.err("\r\u{1B}[K\(name), run \(number)") }
            }
        } catch let refusal as RaceSession.Refusal {
            StandardStreams.err("seaworthy race: \(refusal)\n")
            throw ExitCode(refusal.exitCode)
        }
        if isatty(STDERR_FILENO) != 0 { StandardStreams.err("\r\u{1B}[K") }
        StandardStreams.out(RaceSession.text(results))
        if results.contains(where: { $0.lost > 0 }) { throw ExitCode(1) }
        if results.contains(where: { $0.kept == 0 }) { throw ExitCode(2) }
    }
}
