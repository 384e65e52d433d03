/// What came of one round of a race.
struct RaceTrial: Sendable {
    enum Verdict: Sendable, Equatable {
        /// The promise was broken; in words.
        case lost(String)
        case kept(String)
        /// No two writes competed, or a limit stood between; worth another try.
        case noRace(String)
        /// It could not be judged at all.
        case unclear(String)
    }

    var verdict: Verdict
    var exchanges: [TimedExchange]
    /// Sightings for the evidence: the writes, and what was read back.
    var sightings: [Sighting] = []
    var acknowledged = 0

    var isLost: Bool { if case .lost = verdict { true } else { false } }

    /// `A POST /x sent +0.0 ms, 201 +103.2 ms; B …`: who overlapped whom.
    var interleaving: String {
        exchanges.sorted { $0.sent < $1.sent }.enumerated().map { index, exchange in
            let letter = String(UnicodeScalar(UInt8(65 + index % 26)))
            let status = (try? exchange.result.get()).map { String($0.status) } ?? "no answer"
            return "\(letter) sent +\(milliseconds(exchange.sent)), \(status) +\(milliseconds(exchange.answered))"
        }.joined(separator: "; ")
    }

    private func milliseconds(_ time: Duration) -> String {
        TerminalReport.tenths(max(0, time / .milliseconds(1))) + " ms"
    }
}

extension Answer {
    /// Taken, as far as the status says: a promise holds for what was acknowledged.
    var isAcknowledged: Bool { isSuccess || isRedirect }
}
