import ArgumentParser
import Foundation
import Readiness

/// `seaworthy check URL`: looks at a running app from outside and says whether it is fit for production.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at a running app from outside: is it fit for production?",
        discussion: """
            Sends at most 80 requests, or 800 where a readiness.yaml lets it look behind the sign-in, then one burst to \
            try the limit, and never to another machine unless told that it may. Exit code 0: go, 1: no-go, or worse than \
            the run of --against, 2: could not judge, 78: the configuration is wrong.

              seaworthy check diff <before> <after>   # what turned red or green between two runs
              seaworthy check history <url>           # the runs that are remembered
            """)

    @Argument(help: "Address of the app, such as http://127.0.0.1:5000.")
    var url: String?

    @Option(help: "What the app looks like inside: sign-in, identities, objects (readiness.yaml).")
    var config: String?

    @Option(help: "The checklist to hold it to: data-platform, content-api, reconciliation, portfolio or trading.")
    var profile: String?

    @Option(
        help: "The level that decides the exit code: edge, mvp, or one of the profile's or the configuration's.")
    var level: String?

    @Option(
        help: "terminal, json, html, markdown, sarif, junit, csv or badge.", transform: { try ReportOptions.format($0) }
    )
    var format = ReportFormat.terminal

    @Option(help: "Write the report to this file.")
    var output: String?

    @Option(help: "Run only the check with this id; several with commas, or repeated.")
    var only: [String] = []
    var chosen: [String] {
        only.flatMap { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
    }

    @Option(help: "The plain http address of an https target.")
    var plainURL: String?

    @Option(help: "Try to reach the app here, around the layer in front of it.")
    var origin: String?

    @Option(help: "Where operators read metrics: look whether they move.")
    var operatorURL: String?

    @Option(help: "Who vouches for the target's certificate (PEM), instead of this machine's authorities.")
    var ca: String?

    @OptionGroup(title: "Evidence")
    var evidence: EvidenceOptions

    @Option(help: ArgumentHelp("The app's source, to look at too.", valueName: "FOLDER"))
    var source: String?

    @Flag(
        help:
            "With --source: build its `artefacts` of readiness.yaml twice and compare. This runs the project's own commands, with your rights."
    )
    var rebuild = false

    @Option(
        help: ArgumentHelp(
            "Rates and sign-offs of `seaworthy uat export --for-check`.", valueName: "FILE"))
    var launch: String?

    @Option(help: "Public key (PEM) that must have signed the launch file.")
    var launchKey: String?

    @OptionGroup(title: "History")
    var history: HistoryOptions

    @OptionGroup(title: "More reports")
    var reports: ReportOptions

    @Flag(help: "Try writes on other people's things, destructive ones last, and read back what they did.")
    var allowWrites = false

    @Flag(help: "Open pages in Chromium, and in Firefox where it is: time, memory, errors, names, 390 pixels.")
    var browser = false

    @Option(help: "Operations of an app without a description: a file with `METHOD /path/{id}` on each line.")
    var routes: String?

    // An app that is limited to 100 requests a minute makes 800 of them last.
    @Option(help: "Seconds that the whole run may take.")
    var timeout = 900

    @Flag(name: .customLong("i-am-authorised"), help: "The target is another machine, and you may attack it.")
    var isAuthorised = false

    @Flag(help: "Name all checks and leave.")
    var list = false

    @Flag(help: "Prove the checks against the example app, sound and flawed.")
    var selfTest = false

    @Flag(help: "With --self-test: every check against every flaw alone, all and none; a table for docs/accuracy.md.")
    var accuracy = false

    @Option(
        help: ArgumentHelp(
            "With --accuracy: keep what was measured here, and measure only what it lacks.", valueName: "FILE"))
    var journal: String?

    @Option(help: "With --accuracy: start each app so many times, with other data each time; 1 to 20.")
    var seeds = 2

    @Option(help: "The example app's executable, for --self-test.")
    var tradingdesk: String?

    func validate() throws {
        if list {
            guard [.terminal, .markdown].contains(format) else {
                throw ValidationError("--list has the formats terminal and markdown.")
            }
        }
        guard (1...20).contains(seeds) else { throw ValidationError("--seeds: from 1 to 20.") }
        if journal != nil, !accuracy { throw ValidationError("--journal belongs to --self-test --accuracy.") }
        if accuracy, !selfTest { throw ValidationError("--accuracy belongs to --self-test.") }
        if rebuild, source == nil { throw ValidationError("--rebuild belongs to --source: which folder is built?") }
        if list || selfTest { return }
        guard let url else { throw ValidationError("Which app? `seaworthy check http://127.0.0.1:5000`") }
        guard SiteURL(url) != nil else { throw ValidationError("`\(url)` is no http or https address.") }
        try reports.validate()
        for (name, value) in [("--plain-url", plainURL), ("--origin", origin), ("--operator-url", operatorURL)] {
            if let value, SiteURL(value) == nil {
                throw ValidationError("\(name): `\(value)` is no http or https address.")
            }
        }
        guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout: from 1 to 86400 seconds.") }
    }

    func run() async throws {
        if list {
            try deliver(format == .markdown ? CatalogueDocument.markdown() : CatalogueDocument.text())
            return
        }
        if selfTest { try await runSelfTest() }
        guard let target = url.flatMap({ SiteURL($0) }) else { throw ExitCode(64) }
        var configuration = try readConfiguration()
        var supply = try EvidenceSupply.load(
            evidence.files, rules: configuration.evidence, folder: folder, commit: evidence.commit, now: Date.now)
        if let source {
            var scan = try SourceSupply.scan(
                source, exclude: [], artifacts: configuration.artefacts, advisories: nil)
            if rebuild { try SourceSupply.rebuild(&scan, configuration.artefacts) }
            supply.results += scan.results()
            supply.figures += scan.figures()
            let today = try Self.circumstances().today
            let claims = Claims(
                RepositoryTree(folder: source), figures: configuration.figures + supply.figures, today: today)
            if let result = claims.result() {
                supply.results.append(result)
                supply.figures.append(claims.figure(on: today))
            }
        }
        // What was measured outweighs what somebody wrote down.
        let measured = Set(supply.figures.map(\.id))
        configuration.figures = supply.figures + configuration.figures.filter { !measured.contains($0.id) }
        var run = ReadinessRun(
            target: target, configuration: configuration, circumstances: try Self.circumstances())
        run.supplied = supply.results
        run.evidence = supply.references
        run.level = level
        run.profile = profile
        run.only = chosen
        run.isAuthorised = isAuthorised
        run.totalLimit = .seconds(timeout)
        let delivery = try reports.delivery(config: config, commit: supply.commit ?? evidence.commit)
        let before = try history.before(target: target.description)
        var report = try await interruptible(run)
        history.finish(&report, before, word: run.circumstances.nonce)
        try deliver(format.render(report, colour: output == nil && Terminal.hasColour(STDOUT_FILENO)))
        try delivery.write(report, now: Date.now)
        if output != nil {
            Terminal.note(
                "\(report.verdict.decision.title) at level \(report.level), score \(report.score.map { String($0) } ?? "none")"
            )
        }
        guard let difference = history.difference(before, report) else { throw ExitCode(report.exitCode) }
        // Beside a report that a program reads, it is for people.
        let text = "\n" + difference.report(colour: output == nil && Terminal.hasColour(STDOUT_FILENO))
        if format == .terminal, output == nil { StandardStreams.out(text) } else { StandardStreams.err(text) }
        throw ExitCode(report.exitCode == 0 && difference.isRegression ? 1 : report.exitCode)
    }

    /// Ctrl-C ends the run early, keeps what was seen, and the report says so; a second one ends the process.
    private func interruptible(_ run: ReadinessRun) async throws -> Report {
        let progress = CheckProgressLine(isOn: isatty(STDERR_FILENO) != 0)
        defer { progress.clear() }
        do {
            return try await Interruptible.run { try await run.run { progress.show($0) } }
        } catch let refusal as ReadinessRun.Refusal {
            progress.clear()
            Terminal.note("seaworthy check: \(refusal)")
            throw ExitCode(2)
        }
    }

    /// Where the configuration lies: paths in it begin here.
    private var folder: String {
        config.map { URL(fileURLWithPath: $0).deletingLastPathComponent().relativePath } ?? "."
    }

    private func readConfiguration() throws -> ReadinessConfiguration {
        var configuration = try config.map { try ReadinessFile.read($0) } ?? ReadinessConfiguration()
        if let plainURL { configuration.plainURL = SiteURL(plainURL) }
        if let origin { configuration.origin = SiteURL(origin) }
        if let operatorURL { configuration.operatorURL = SiteURL(operatorURL) }
        configuration.allowsWrites = allowWrites
        if let named = launch
            ?? configuration.launch.map({ $0.hasPrefix("/") || folder == "." ? $0 : "\(folder)/\($0)" })
        {
            let bytes = try ReadinessFile.bytes(named)
            let keyFile =
                launchKey
                ?? configuration.launchKey.map { $0.hasPrefix("/") || folder == "." ? $0 : "\(folder)/\($0)" }
            let key = try keyFile.map { try KeyFile.verifying($0) }
            do throws(LaunchFile.Refusal) {
                let file = try LaunchFile(json: bytes, signedBy: key, now: Int64(Date.now.timeIntervalSince1970))
                configuration.take(file, named: named)
            } catch {
                throw ExitStatus.failure(ExitStatus.corruptData, "`\(named)` \(error)")
            }
        }
        if browser { configuration.browser = Self.browserSetup }
        configuration.authorities = try ca.map { try ReadinessFile.text($0) }
        if let routes {
            for (index, line) in try ReadinessFile.text(routes).split(separator: "\n").enumerated() {
                let text = line.drop { $0 == " " }
                if text.isEmpty || text.hasPrefix("#") { continue }
                guard let operation = Operation(String(text)) else {
                    throw ExitStatus.failure(
                        ExitStatus.configuration,
                        "\(routes), line \(index + 1): must be a method and a path, such as `GET /things/{id}`")
                }
                configuration.routes.append(operation)
            }
        }
        return configuration
    }

    static var browserSetup: BrowserSetup {
        BrowserSetup(environment: ProcessInfo.processInfo.environment)
    }

    static func circumstances() throws -> ReadinessRun.Circumstances {
        let now = Date.now.formatted(.iso8601)
        guard let today = CalendarDay(String(now.prefix(10))) else { throw ExitCode(70) }
        let nonce = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        return ReadinessRun.Circumstances(today: today, startedAt: now, nonce: nonce)
    }

    func deliver(_ text: String) throws {
        guard let output else { return StandardStreams.out(text) }
        try ResultFile.write(text, to: output)
    }
}

/// What this command needs to know of the terminal it runs in.
enum Terminal {
    static func hasColour(_ descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(descriptor) != 0 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    static func note(_ text: String) { StandardStreams.err(text + "\n") }
}

/// One line on a terminal's standard error that is written over again and again.
struct CheckProgressLine: Sendable {
    let isOn: Bool

    func show(_ progress: ReadinessRun.Progress) {
        switch progress {
        case .started(_, let title, let number, let count): show("[\(number)/\(count)] \(title)")
        case .waiting(let why): show("waiting: \(why)")
        case .finished: break
        }
    }

    func show(_ text: String) {
        if isOn { StandardStreams.err("\r\u{1B}[K\(text.prefix(78))") }
    }

    func clear() {
        if isOn { StandardStreams.err("\r\u{1B}[K") }
    }
}
