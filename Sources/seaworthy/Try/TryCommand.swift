import ArgumentParser
import Foundation
import Gateway
import Kernel
import Readiness

struct TryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try", abstract: "Show what would change for your running app, without changing it.",
        usage: "seaworthy try <url> [<options>]",
        discussion: """
            Checks the app as it is and behind an enforcing gateway, side by side. Then a gateway that only observes \
            stays up: click through your app there, and Ctrl-C lists what would have been refused and why. Needs no \
            file and no account; nothing of the app is touched.
            """)

    @Argument(help: "Where your app listens, such as http://127.0.0.1:5000.")
    var url: String

    @Option(
        help: "What the app looks like inside: sign-in, identities and so on (readiness.yaml).",
        completion: .file(extensions: ["yaml", "yml"]))
    var readiness: String?

    @Flag(help: "End after the comparison; so it does where there is no terminal.")
    var once = false

    @Flag(name: .customLong("no-check"), help: "Leave the comparison out; only observe.")
    var skipsCheck = false

    @Flag(name: .customLong("i-am-authorised"), help: "The app is on another machine, and you may attack it.")
    var isAuthorised = false

    func validate() throws {
        guard UpstreamAddress(configuration: url) != nil, let site = SiteURL(url), site.scheme == .http else {
            throw ValidationError("\(url) is not the address of an app: http://HOST:PORT, without a path")
        }
        guard isAuthorised || site.isLoopback else {
            throw ValidationError(
                "\(site.host) is not this machine: the checks attack what they check; --i-am-authorised says that you may"
            )
        }
        if skipsCheck && once { throw ValidationError("--no-check and --once together leave nothing to do") }
    }

    func run() async throws {
        guard let address = UpstreamAddress(configuration: url), let site = SiteURL(url) else { return }
        signal(SIGPIPE, SIG_IGN)
        // What is wrong with the file is said before anything is asked.
        if let readiness { _ = try ReadinessFile.read(readiness) }
        var needs = PageNeeds()
        var login: [String] = []
        do {
            let client = PlainClient(address: address, authority: site.authority)
            let start = try client.ask("GET", "/")
            if let start { needs.look(at: start, authority: site.authority) }
            login = AppInterview.loginLines(client, start: start)
        } catch let error as PlainClient.Unreachable {
            throw ExitStatus.failure(
                ExitStatus.unavailable, "\(url) can't be reached: \(error.reason). Is the app running?")
        }
        let watch = SignalWatch([SIGINT, SIGTERM])
        let signals = watch.signals
        let work = Task { [needs, login] in try await trial(site, upstream: address.description, needs, login) }
        let listening = Task {
            var isFirst = true
            for await number in signals {
                if !isFirst { Foundation.exit(128 + number) }
                isFirst = false
                work.cancel()
            }
        }
        defer { listening.cancel() }
        try await work.value
        withExtendedLifetime(watch) {}
    }

    /// Until it is cancelled, or to its end with `--once`.
    private func trial(
        _ site: SiteURL, upstream: String, _ needs: PageNeeds, _ login: [String]
    ) async throws {
        if !skipsCheck { try await compare(site, upstream: upstream, needs) }
        guard !once, StandardStreams.outIsTerminal || skipsCheck, !Task.isCancelled else {
            return StandardStreams.out(
                TrialSummary.next(upstream: upstream, login, compared: skipsCheck ? nil : needs))
        }
        let log = WouldHaveLog()
        let observing = try await TrialGateway.start(upstream: upstream, mode: .observe, tls: false) { log.take($0) }
        StandardStreams.out(
            """

            Now click through your app here:  \(observing.plain)
            Nothing is refused there; Ctrl-C lists what would have been.


            """)
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600), clock: .continuous) }
        // Cancelled: what comes now is the end that was asked for, so it runs on its own.
        await Task.detached { await observing.stop() }.value
        StandardStreams.out("\n" + TrialSummary(upstream: upstream, tally: log.tally, needs: needs, login: login).text)
    }

    private func compare(_ site: SiteURL, upstream: String, _ needs: PageNeeds) async throws {
        let policy = needs.fitsStrictPolicy ? ["\(PageNeeds.enforceKey)=enforce"] : []
        let enforcing = try await TrialGateway.start(
            upstream: upstream, mode: .enforce, tls: true,
            // Nothing else is in front of the checks: a larger limit than the default saves a minute of waiting.
            extra: ["protection.rate-limit.address=240/min", "health.public=true"] + policy, onLog: { _ in })
        do {
            let before = try await check(site, plain: nil, title: "your app as it is")
            guard !Task.isCancelled, let tls = enforcing.tls.flatMap({ SiteURL($0) }) else {
                await enforcing.stop()
                return
            }
            let after = try await check(tls, plain: SiteURL(enforcing.plain), title: "behind Seaworthy, enforcing")
            await Task.detached { await enforcing.stop() }.value
            StandardStreams.out(
                "\n"
                    + ComparisonReport.render(
                        columns: [("your app", before), ("Seaworthy", after)], width: 80,
                        colour: StandardStreams.outTakesColour) + "\n" + TrialSummary.policy(needs))
        } catch {
            await Task.detached { await enforcing.stop() }.value
            throw error
        }
    }

    private func check(_ site: SiteURL, plain: SiteURL?, title: String) async throws -> Report {
        var configuration = try readiness.map { try ReadinessFile.read($0) } ?? ReadinessConfiguration()
        configuration.plainURL = plain
        var run = ReadinessRun(
            target: site, configuration: configuration, circumstances: try CheckCommand.circumstances())
        run.level = "edge"
        run.isAuthorised = isAuthorised
        let isTerminal = StandardStreams.errIsTerminal
        StandardStreams.err("Checking \(title): \(site)\n")
        let report = try await run.run { progress in
            guard isTerminal, case .started(_, let title, let number, let count) = progress else { return }
            StandardStreams.err("\r\u{1B}[K[\(number)/\(count)] \(title.prefix(68))")
        }
        if isTerminal { StandardStreams.err("\r\u{1B}[K") }
        return report
    }
}

extension TrialSummary {
    /// Which Content-Security-Policy the app was compared with, and why.
    static func policy(_ needs: PageNeeds) -> String {
        let text: String
        if needs.fitsStrictPolicy {
            text =
                "The start page needs nothing that the strict content policy blocks, so it was enforced here; "
                + "`\(PageNeeds.enforceKey): enforce` does the same."
        } else if needs.findings.isEmpty {
            text = "The start page is no HTML: the strict content policy was sent as report-only."
        } else {
            text =
                "The start page has \(needs.findings.joined(separator: ", ")): the strict content policy would block "
                + "that, so it was sent as report-only, which doesn't count."
        }
        let health = "/health/live answered there because `health.public: true` was set, which it isn't by default."
        return [text, health].map { $0.wrapped(width: 78, indent: 0) + "\n" }.joined()
    }

    /// The gateway that the comparison was made with, as a command.
    private static func asCompared(_ upstream: String, _ needs: PageNeeds) -> String {
        let policy = needs.fitsStrictPolicy ? " \\\n    --set \(PageNeeds.enforceKey)=enforce" : ""
        return """
            Have what the last column shows, and check it:
              seaworthy serve --upstream \(upstream) --mode enforce \\
                --tls-listen 127.0.0.1:8443 --set health.public=true\(policy)
              seaworthy check https://127.0.0.1:8443

            """
    }

    /// How to go on when nobody stayed to click.
    /// - Parameter compared: what the comparison's gateway was set up by; nil where there was none.
    static func next(upstream: String, _ login: [String], compared: PageNeeds?) -> String {
        let guarded =
            login.isEmpty
            ? ""
            : "It has a login of its own; these lines of seaworthy.yaml guard it:\n  "
                + login.joined(separator: "\n  ") + "\n"
        return """

            Click through your app without anything being refused, and see what would be:
              seaworthy try \(upstream)        (in a terminal)
            Stand in front of it:
              seaworthy serve --upstream \(upstream)
            \(compared.map { asCompared(upstream, $0) } ?? "")Write a commented seaworthy.yaml for it:
              seaworthy init \(upstream)
            \(guarded)
            """
    }
}
