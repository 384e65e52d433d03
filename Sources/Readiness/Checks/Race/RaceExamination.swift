/// Tries one rule for several rounds; what breaks is tried again with two requests and held against the same writes
/// one after the other, so that the witness is small and the fault is the race and not the rule.
struct RaceExamination: Sendable {
    enum Finding: Sendable {
        case lost(RaceTrial, count: Int, delay: Duration)
        case kept(acknowledged: Int, rounds: Int, RaceTrial)
        case unclear(String, RaceTrial?)
    }

    let rule: RaceRule
    /// Writes of the same kind at once.
    var atOnce = 3
    /// Where given, this delay in every round instead of the ones that are tried in turn.
    var delay: Duration?

    func run(_ target: Reconnaissance) async throws -> Finding {
        var kept: [RaceTrial] = []
        var last: RaceTrial?
        // Rounds in which nothing met are made up for, a few times.
        var spare = 5
        var delays = Delays(fixed: delay, isStaggered: rule.promise == .exclusive)
        while kept.count < rule.rounds {
            let wait = delays.next(after: last)
            let trial = try await target.race(rule, count: atOnce, delay: wait)
            last = trial
            switch trial.verdict {
            case .lost: return try await confirm(trial, wait, target)
            case .kept: kept.append(trial)
            case .unclear(let why): return .unclear(why, trial)
            case .noRace(let why):
                spare -= 1
                if spare < 0 { return .unclear(why, trial) }
            }
        }
        let acknowledged = kept.reduce(0) { $0 + $1.acknowledged }
        guard let one = kept.last else { return .unclear("nothing was tried", nil) }
        // Of what adds up or is shown, two must have been taken at the same time at least once.
        let needsTwo = rule.kind == .adds || rule.kind == .kept
        if needsTwo, !kept.contains(where: { $0.acknowledged > 1 }) {
            return .unclear("fewer than two writes at once were taken", one)
        }
        return .kept(acknowledged: acknowledged, rounds: kept.count, one)
    }

    /// The smallest witness, and the control without a race.
    private func confirm(_ trial: RaceTrial, _ delay: Duration, _ target: Reconnaissance) async throws -> Finding {
        let control = try await target.race(rule, count: 2, inTurn: true)
        switch control.verdict {
        case .lost(let how):
            return .unclear("it breaks one after the other as well, so this is no race: \(how)", control)
        case .unclear(let why), .noRace(let why):
            return .unclear("it broke at once, but one after the other could not be tried: \(why)", control)
        case .kept: break
        }
        var smallest = trial
        var count = trial.exchanges.count
        if rule.writes.count == 1, count > 2 {
            for _ in 0..<3 {
                let small = try await target.race(rule, count: 2, delay: delay)
                guard small.isLost else { continue }
                smallest = small
                count = 2
                break
            }
        }
        return .lost(smallest, count: count, delay: delay)
    }

    /// How long after the first the second write starts: at once, and for writes that exclude each other also around
    /// the time that the first one took, because the gap between its question and its deed lies there.
    private struct Delays {
        let fixed: Duration?
        let isStaggered: Bool
        private var round = 0

        init(fixed: Duration?, isStaggered: Bool) {
            self.fixed = fixed
            self.isStaggered = isStaggered
        }

        mutating func next(after last: RaceTrial?) -> Duration {
            if let fixed { return fixed }
            guard isStaggered else { return .zero }
            defer { round += 1 }
            let took = last?.exchanges.first.map { max(.zero, $0.answered - $0.sent) } ?? .zero
            return switch round % 4 {
            case 0: .zero
            case 1: took + .milliseconds(10)
            case 2: took / 2
            default: min(took + .milliseconds(40), .seconds(2))
            }
        }
    }
}

extension RaceExamination.Finding {
    /// As checks report it.
    func observation(_ rule: RaceRule, _ site: SiteURL) -> Observation {
        switch self {
        case .lost(let trial, let count, let delay):
            guard case .lost(let how) = trial.verdict else { return .notAvailable(rule.name, "no verdict") }
            let wait = delay > .zero ? " --delay \(Int64((delay / .milliseconds(1)).rounded()))" : ""
            let replay =
                "seaworthy race \(site.origin) --config readiness.yaml --rule '\(rule.name)' --at-once \(count)\(wait)"
            var seen = Observation(
                .fails, rule.name, "\(how). \(trial.interleaving). Replay: \(replay)",
                trial.sightings.prefix(4).map(\.evidence))
            seen.seen = visible("\(how). \(trial.interleaving). Replay: \(replay)", limit: 700)
            return seen
        case .kept(let acknowledged, let rounds, let trial):
            return Observation(
                .holds, rule.name, "\(acknowledged) acknowledged in \(rounds) rounds at once, as promised",
                trial.sightings.prefix(3).map(\.evidence))
        case .unclear(let why, let trial):
            return Observation(.notAvailable, rule.name, why, trial?.sightings.prefix(2).map(\.evidence) ?? [])
        }
    }
}

extension Reconnaissance {
    /// Examines the declared rules of some kinds.
    func raceObservations(_ kinds: Set<RaceRule.Kind>) async throws -> [Observation] {
        var all: [Observation] = []
        for rule in configuration.race.filter({ kinds.contains($0.kind) }).prefix(4) {
            all.append(try await RaceExamination(rule: rule).run(self).observation(rule, site))
        }
        return all
    }
}
