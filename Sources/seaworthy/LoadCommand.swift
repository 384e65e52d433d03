import ArgumentParser
import Foundation
import Readiness

/// `seaworthy load URL`: people at a site in an open model, against targets.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send people at a running app: does it answer in time, and up to how many of them?",
        discussion: """
            People arrive whether or not those before them were served, and a latency counts from when a request was due. \
            Without a scenario file one page is asked for. docs/capabilities/load.md has the form of a scenario. Exit \
            code 0: every target held, 1: one was missed, 2: could not judge, 65: no summary to read, 69: the app isn't \
            there, 78: the scenario is wrong.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    /// `500ms`, `20s`, `10m`, `1h`; a bare number is seconds.
    struct LoadTime: ExpressibleByArgument {
        var seconds: Double

        init?(argument: String) {
            guard let seconds = LoadPlan.seconds(argument) else { return nil }
            self.seconds = seconds
        }
    }

    @Argument(help: "Address of the app, such as http://127.0.0.1:5000/.")
    var url: String?

    @Option(help: "A scenario file: visits with steps, weights and pauses.")
    var scenario: String?

    @Option(help: "readiness.yaml, for a scenario whose people sign in.")
    var config: String?

    @Option(help: "People who arrive per second, instead of the scenario's.")
    var rate: Double?

    @Option(help: "About so many people at the same time, instead of a rate.")
    var people: Int?

    @Option(help: ArgumentHelp("How long each repeat measures, such as 20s (a step of a ramp: 5s).", valueName: "TIME"))
    var duration: LoadTime?

    @Option(help: "How often it is measured; the intervals come from this.")
    var repeats: Int?

    @Option(help: ArgumentHelp("One long run, such as 1h, instead of repeats; says what drifts.", valueName: "TIME"))
    var soak: LoadTime?

    @Option(help: "Raise the rate from 10 people per second up to this, and find the knee.")
    var ramp: Double?

    @Option(help: "Target: 95 of 100 requests in so many milliseconds (200 unless the scenario has targets).")
    var p95: Double?

    @Option(help: "Target: the share of failed requests in percent (0.1 unless the scenario has targets).")
    var errors: Double?

    @Option(help: "The number that arrivals and pauses are drawn from; the report names it.")
    var seed: UInt64?

    @Option(help: "terminal or json.")
    var format = Format.terminal

    @Option(help: "Write the summary to this file.")
    var output: String?

    @Option(help: "Show a summary that was written as JSON, and send nothing.")
    var read: String?

    @Flag(name: .customLong("i-am-authorised"), help: "The target is another machine, and you may load it.")
    var isAuthorised = false

    func validate() throws {
        if read != nil { return }
        guard let url else { throw ValidationError("Which app? `seaworthy load http://127.0.0.1:5000/`") }
        guard SiteURL(url) != nil else { throw ValidationError("`\(url)` is no http or https address.") }
        if rate != nil, people != nil { throw ValidationError("--rate or --people: one follows from the other.") }
        if let rate, !(0.01...LoadPlan.Bound.rate).contains(rate) {
            throw ValidationError("--rate: from 0.01 to \(Int(LoadPlan.Bound.rate)) per second.")
        }
        if let people, !(1...LoadPlan.Bound.people).contains(people) {
            throw ValidationError("--people: from 1 to \(LoadPlan.Bound.people).")
        }
        for (name, value) in [("--duration", duration), ("--soak", soak)] {
            if let value, !(0.1...LoadPlan.Bound.seconds).contains(value.seconds) {
                throw ValidationError("\(name): from 100ms to 24h.")
            }
        }
        if let repeats, !(1...20).contains(repeats) { throw ValidationError("--repeats: from 1 to 20.") }
        if let ramp, !(11...LoadPlan.Bound.rate).contains(ramp) {
            throw ValidationError("--ramp: from 11 to \(Int(LoadPlan.Bound.rate)) per second.")
        }
        if let errors, !(0...100).contains(errors) { throw ValidationError("--errors: from 0 to 100 percent.") }
        if let p95, p95 <= 0 { throw ValidationError("--p95: milliseconds above zero.") }
    }

    func run() async throws {
        if let read {
            let summary = try self.summary(at: read)
            try deliver(summary)
            throw ExitCode(summary.exitCode)
        }
        guard let target = url.flatMap({ SiteURL($0) }) else { throw ExitCode(64) }
        let circumstances = try CheckCommand.circumstances()
        var run = LoadRun(
            target: target, plan: try plan(target), startedAt: circumstances.startedAt, nonce: circumstances.nonce,
            seed: seed ?? UInt64.random(in: 1...999_999))
        if let config { run.configuration = try ReadinessFile.read(config) }
        run.isAuthorised = isAuthorised
        let summary = try await interruptible(run)
        try deliver(summary)
        throw ExitCode(summary.exitCode)
    }

    private func plan(_ target: SiteURL) throws -> LoadPlan {
        var plan = LoadPlan(path: target.path)
        if let scenario {
            do {
                plan = try LoadPlan(yaml: try ReadinessFile.text(scenario))
            } catch let problems as ConfigurationProblems {
                StandardStreams.err("\(scenario) is wrong:\n")
                for problem in problems.problems { StandardStreams.err("  \(problem)\n") }
                throw ExitStatus.configuration
            }
        }
        if let rate { plan.arrival = .rate(rate) }
        if let people { plan.arrival = .people(people) }
        if let duration { plan.duration = duration.seconds }
        if let repeats { plan.repeats = repeats }
        if let soak {
            plan.duration = soak.seconds
            plan.repeats = 1
        }
        if let ramp { plan.ramp = .init(from: 10, to: ramp, steps: 8, each: duration?.seconds ?? 5) }
        if let p95 { plan.target.p95 = p95 }
        if let errors { plan.target.errors = errors / 100 }
        let hasTargets =
            plan.target != LoadTarget()
            || plan.scenarios.contains { $0.steps.contains { $0.target != LoadTarget() } }
        if !hasTargets { plan.target = LoadTarget(p95: 200, errors: 0.001) }
        return plan
    }

    /// Ctrl-C ends the run early and keeps what was measured; a second one ends the process.
    private func interruptible(_ run: LoadRun) async throws -> LoadSummary {
        defer { if StandardStreams.errIsTerminal { StandardStreams.err("\r\u{1B}[K") } }
        do {
            return try await Interruptible.run {
                try await run.run { progress in
                    guard StandardStreams.errIsTerminal else { return }
                    let text =
                        switch progress {
                        case .signingIn(let name): "signing in \(name)"
                        case .phase(let text): text
                        }
                    StandardStreams.err("\r\u{1B}[K\(text.prefix(78))")
                }
            }
        } catch let refusal as LoadRun.Refusal {
            StandardStreams.err("seaworthy load: \(refusal)\n")
            throw ExitCode(refusal.exitCode)
        }
    }

    private func summary(at path: String) throws -> LoadSummary {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ExitStatus.failure(ExitStatus.configuration, "\(path) can't be read")
        }
        do {
            return try LoadSummary(json: data)
        } catch {
            throw ExitStatus.failure(ExitStatus.corruptData, "\(path) is no load summary: \(error)")
        }
    }

    private func deliver(_ summary: LoadSummary) throws {
        let text =
            format == .json
            ? try summary.json()
            : LoadReport.render(summary, colour: output == nil && StandardStreams.outTakesColour)
        guard let output else { return StandardStreams.out(text) }
        try ResultFile.write(text, to: output)
    }
}
