import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A load run: sign-ins first, then the repeats or the ramp, then the summary.
public struct LoadRun: Sendable {
    public enum Refusal: Error, Sendable, CustomStringConvertible {
        case notLoopback(String)
        case unreachable(String)
        case signIn(String)
        case unknownIdentity(String, nearest: String?)

        public var description: String {
            switch self {
            case .notLoopback(let host):
                "\(visible(host, limit: 80)) is not this machine. Load is an attack on whoever didn't ask for it: give "
                    + "--i-am-authorised if it is yours or its owner agreed."
            case .unreachable(let why): "the target doesn't answer: \(visible(why, limit: 200))"
            case .signIn(let why): visible(why, limit: 200)
            case .unknownIdentity(let name, let nearest):
                "`as: \(visible(name, limit: 60))` is no identity of the readiness.yaml given with --config"
                    + (nearest.map { " (did you mean `\($0)`?)" } ?? "")
            }
        }

        public var exitCode: Int32 {
            switch self {
            case .notLoopback: 2
            case .unreachable, .signIn: 69
            case .unknownIdentity: 78
            }
        }
    }

    public enum Progress: Sendable, Equatable {
        case signingIn(String)
        case phase(String)
    }

    public var target: SiteURL
    public var plan: LoadPlan
    /// Sign-in and identities.
    public var configuration = ReadinessConfiguration()
    public var startedAt: String
    public var nonce: String
    public var seed: UInt64
    public var isAuthorised = false

    public init(target: SiteURL, plan: LoadPlan, startedAt: String, nonce: String, seed: UInt64) {
        self.target = target
        self.plan = plan
        self.startedAt = startedAt
        self.nonce = nonce
        self.seed = seed
    }

    /// Runs it; cancelling the task ends it early, and the summary of what was measured says so.
    public func run(progress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> LoadSummary {
        guard isAuthorised || target.isLoopback else { throw Refusal.notLoopback(target.host) }
        let credentials = try await signIns(progress)
        let rate = min(plan.rate, LoadPlan.Bound.rate)
        let clock = ContinuousClock()
        let start = clock.now
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(rate, plan.ramp?.to ?? 0) > 4_000 ? 2 : 1)
        var recorders: [LoadRecorder] = []
        var stages: [LoadSummary.Stage] = []
        do {
            if let ramp = plan.ramp {
                stages = try await climb(ramp, credentials, group, progress)
            } else {
                for number in 1...max(1, plan.repeats) where !Task.isCancelled {
                    if number > 1 { try? await Task.sleep(for: .seconds(plan.pause), clock: .continuous) }
                    if Task.isCancelled { break }
                    progress(
                        .phase(
                            "repeat \(number) of \(plan.repeats): \(Int(rate.rounded()))/s for \(Int(plan.duration)) s")
                    )
                    recorders.append(
                        try await measure(
                            rate, warmUp: plan.warmUp, duration: plan.duration, credentials, group,
                            seed: seed &+ UInt64(number)))
                }
            }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
        var summary = LoadSummary(
            target: target.description, name: plan.name, startedAt: startedAt,
            seconds: (clock.now - start) / .seconds(1), seed: seed, rate: rate, duration: plan.duration,
            recorders: recorders, stages: stages, plan: plan)
        if Task.isCancelled {
            summary.isInterrupted = true
            summary.notes.append("Interrupted: what was measured until then is kept.")
        }
        return summary
    }

    /// Signs every identity in once, before anything is measured.
    private func signIns(_ progress: @Sendable (Progress) -> Void) async throws -> [String: [HeaderField]] {
        let client = try ProbeClient()
        do {
            _ = try await client.send(.get(target.path), to: target)
        } catch {
            throw Refusal.unreachable("\(error)")
        }
        var credentials: [String: [HeaderField]] = [:]
        let reconnaissance = Reconnaissance(site: target, configuration: configuration, nonce: nonce, client: client)
        for name in Set(plan.identities).sorted() {
            let names = configuration.identities.map(\.name)
            guard names.contains(name) else {
                throw Refusal.unknownIdentity(name, nearest: nearest(to: name, among: names))
            }
            progress(.signingIn(name))
            do {
                credentials[name] = try await reconnaissance.session(of: name).fields.map {
                    HeaderField(name: $0.0, value: $0.1)
                }
            } catch let obstacle as Obstacle {
                guard case .notAvailable(let why) = obstacle else { throw Refusal.signIn("`\(name)` can't sign in") }
                throw Refusal.signIn(why)
            }
        }
        return credentials
    }

    private func measure(
        _ rate: Double, warmUp: Double, duration: Double, _ credentials: [String: [HeaderField]],
        _ group: MultiThreadedEventLoopGroup, seed: UInt64
    ) async throws -> LoadRecorder {
        let loops = Array(group.makeIterator())
        let context =
            target.scheme == .https
            ? try NIOSSLContext(configuration: TLSProbe.configuration(from: .tlsv12, to: nil)) : nil
        let stop = StopSwitch()
        let (plan, target) = (plan, target)
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: LoadRecorder.self) { tasks in
                for (index, loop) in loops.enumerated() {
                    tasks.addTask {
                        let done = loop.makePromise(of: LoadRecorder.self)
                        loop.execute {
                            let generator = LoadGenerator(
                                loop: loop, plan: plan, site: target, credentials: credentials, context: context,
                                phase: .init(rate: rate / Double(loops.count), warmUp: warmUp, duration: duration),
                                seed: seed &* 31 &+ UInt64(index), done: done)
                            let bound = NIOLoopBound(generator, eventLoop: loop)
                            stop.add { loop.execute { bound.value.stop() } }
                            generator.begin()
                        }
                        return try await done.futureResult.get()
                    }
                }
                var total = LoadRecorder()
                while let one = try await tasks.next() { total.merge(one) }
                return total
            }
        } onCancel: {
            stop.stop()
        }
    }

    /// Steps of growing rate until two in a row miss their targets: beyond the knee more load says nothing new. Then some
    /// between the last that held and the first that didn't.
    private func climb(
        _ ramp: LoadPlan.Ramp, _ credentials: [String: [HeaderField]], _ group: MultiThreadedEventLoopGroup,
        _ progress: @Sendable (Progress) -> Void
    ) async throws -> [LoadSummary.Stage] {
        let factor = pow(ramp.to / ramp.from, 1 / Double(max(1, ramp.steps - 1)))
        var stages: [LoadSummary.Stage] = []
        func take(_ rate: Double, _ words: String) async throws {
            progress(.phase("\(words): \(Int(rate.rounded()))/s for \(Int(ramp.each)) s"))
            let seen = try await measure(
                rate, warmUp: min(1, ramp.each / 5), duration: ramp.each, credentials, group,
                seed: seed &+ UInt64(stages.count + 1))
            let stage = stage(rate, seen)
            stages.append(stage)
            // What an overload left behind must not be charged to the next step.
            let rest = stage.holds ? 0 : stage.errorRate > 0 ? plan.timeout / 2 : plan.pause
            if rest > 0 { try? await Task.sleep(for: .seconds(min(rest, 5)), clock: .continuous) }
        }
        for number in 1...max(1, ramp.steps) where !Task.isCancelled {
            try await take(ramp.from * pow(factor, Double(number - 1)), "step \(number) of \(ramp.steps)")
            if stages.suffix(2).count == 2, stages.suffix(2).allSatisfy({ !$0.holds }) { break }
        }
        for number in 1...3 where number <= ramp.narrowing && !Task.isCancelled {
            guard let held = stages.filter(\.holds).map(\.offered).max(),
                let missed = stages.filter({ !$0.holds && $0.offered > held }).map(\.offered).min(),
                missed > held * 1.02
            else { break }
            try await take((held + missed) / 2, "between \(Int(held.rounded())) and \(Int(missed.rounded()))")
        }
        return stages.sorted { $0.offered < $1.offered }
    }

    private func stage(_ rate: Double, _ seen: LoadRecorder) -> LoadSummary.Stage {
        var isGood = seen.all.requests > 0 && keeps(plan.target, seen.all, errors: plan.target.errors ?? 0.001)
        for step in plan.scenarios.flatMap(\.steps) where !step.target.isEmpty {
            guard let route = seen.routes[step.route] else { continue }
            if !keeps(step.target, route, errors: step.target.errors ?? 1) { isGood = false }
        }
        return LoadSummary.Stage(
            offered: rate, served: seen.seconds > 0 ? Double(seen.served) / seen.seconds : 0,
            p50: seen.all.milliseconds(50), p95: seen.all.milliseconds(95), p99: seen.all.milliseconds(99),
            errorRate: seen.all.errorRate, peopleAtOnce: seen.peak, holds: isGood)
    }

    private func keeps(_ target: LoadTarget, _ seen: LoadTally, errors: Double) -> Bool {
        for (limit, percentile) in [(target.p50, 50.0), (target.p95, 95), (target.p99, 99)] {
            if let limit, seen.milliseconds(percentile) > limit { return false }
        }
        return seen.errorRate <= errors
    }
}
