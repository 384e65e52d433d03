import ArgumentParser
import Foundation
import Readiness

/// `seaworthy watch URL`: looks again and again, and tells when something is worse.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Look at a running app again and again; tell when something is worse.",
        usage: "seaworthy watch <url> [<options>]",
        discussion: """
            Asks the start page every few seconds and the checks that only read every few minutes, and holds each run \
            against the one before, which is remembered: run it before a deployment (--once) and after it (--for 10m). \
            Availability and error rate are held against 99.9 % and 0.1 %. Ctrl-C ends it and prints the sum.

            Exit status: 0 nothing turned red and the app kept its targets, 1 something is worse, 2 too little was seen.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Argument(help: "Address of the app, such as https://app.example.")
    var url: String

    @Option(help: ArgumentHelp("Time between runs of the checks, such as 5m.", valueName: "TIME"))
    var every = "5m"

    @Option(help: ArgumentHelp("Time between looks at the start page.", valueName: "TIME"))
    var look = "15s"

    @Option(name: .customLong("for"), help: ArgumentHelp("End after this time; else by Ctrl-C.", valueName: "TIME"))
    var length: String?

    @Flag(help: "One look and one run, and end.")
    var once = false

    @Flag(help: "End at the first check that turns red.")
    var stopAtRegression = false

    @Option(help: "Post alerts as JSON to this address.")
    var webhook: String?

    @Option(help: "What the app looks like inside (readiness.yaml): its start page.")
    var config: String?

    @Option(help: ArgumentHelp("Where runs and looks are remembered.", valueName: "FOLDER"))
    var folder = ".seaworthy/watch"

    @Option(help: "terminal, or json for one event a line.")
    var format = Format.terminal

    @Flag(name: .customLong("i-am-authorised"), help: "The target is another machine, and you may look at it.")
    var isAuthorised = false

    func validate() throws {
        guard let site = SiteURL(url) else { throw ValidationError("`\(url)` is no http or https address.") }
        guard isAuthorised || site.isLoopback else {
            throw ValidationError("\(site.host) is not this machine: --i-am-authorised says that you may look at it.")
        }
        for (name, value, least) in [("--every", every, 10.0), ("--look", look, 1), ("--for", length ?? "1m", 1)] {
            guard let seconds = WatchTime.seconds(value), seconds >= least, seconds <= 31_536_000 else {
                throw ValidationError("\(name): a time from \(Int(least))s, such as 30s, 5m or 1h.")
            }
        }
        if let webhook {
            guard let site = SiteURL(webhook), site.scheme == .https || site.isLoopback else {
                throw ValidationError("--webhook: an https address, or http on this machine.")
            }
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        guard var target = SiteURL(url), let every = WatchTime.seconds(every), let look = WatchTime.seconds(look) else {
            throw ExitStatus.software
        }
        let configuration = try config.map { try ReadinessFile.read($0) } ?? ReadinessConfiguration()
        if let start = configuration.start { target = target.withPath(start) }
        var watch = try AppWatch(
            target: target, configuration: configuration, store: WatchStore(folder: folder, target: target),
            every: every,
            look: once ? 0 : look, length: once ? 0 : length.flatMap(WatchTime.seconds), isAuthorised: isAuthorised)
        watch.stopsAtRegression = stopAtRegression
        if let webhook = webhook.flatMap({ SiteURL($0) }) {
            watch.post = AlertPost(
                say: { StandardStreams.err("seaworthy watch: \($0)\n") }, send: { try await $0.post(to: webhook) })
        }
        watch.tell = { [format] alert in
            StandardStreams.out(format == .json ? alert.line() : WatchText.line(alert))
        }
        let running = watch
        let end = try await Interruptible.run { try await running.run() }
        if format == .terminal { StandardStreams.out(WatchText.sum(end)) }
        throw ExitCode(end.exitCode)
    }
}

/// `30s`, `5m`, `2h`, `1d`, or seconds.
enum WatchTime {
    static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }) else {
            return Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
        return Double(text.dropLast()).flatMap { $0.isFinite && $0 >= 0 ? $0 * unit : nil }
    }
}
