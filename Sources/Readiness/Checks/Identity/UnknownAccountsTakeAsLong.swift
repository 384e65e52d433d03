/// The time of a refusal, sampled in turn for an account that exists and one that doesn't.
struct UnknownAccountsTakeAsLong: Check {
    let sheet = CheckSheet(
        "identity.enumeration-by-time", "Refusing an unknown account takes as long as a wrong password",
        area: .identity,
        side: .app, severity: .major, asvs: "V6.3.8", flaw: "timing-enumeration", needs: [.login, .signUp],
        rationale: "Where only existing accounts are hashed, a stopwatch tells who is a customer.",
        remediation: "Verify a password against a hash of nothing when there is no account.")

    private static let samples = 8
    /// Where those leave it open: neither apart in nearly all pairs nor alike.
    private static let moreSamples = 16

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let login = target.configuration.login else { return [] }
        try await target.requireTellingSignIn(login)
        let first = try await batch(target, login, 1)
        guard first.tells else {
            return [.holds("\(login.operation)", "\(first.words): no difference that stands out", first.known)]
        }
        // Chance does that once in hundreds of times: the same way twice is no chance.
        let second = try await batch(target, login, 2)
        guard second.tells, (first.difference > 0) == (second.difference > 0) else {
            return [.holds("\(login.operation)", "\(first.words); a second time \(second.words)", first.known)]
        }
        return [
            .fails(
                "\(login.operation)", "the time tells them apart, twice: \(first.words); \(second.words)", first.known,
                first.unknown)
        ]
    }

    private struct Batch {
        let known: Sighting
        let unknown: Sighting
        let difference: Double
        let tells: Bool
        let words: String
    }

    private func batch(_ target: Reconnaissance, _ login: Login, _ number: Int) async throws -> Batch {
        var (person, stranger) = try await pair(target, number, 0)
        var times: (known: [Double], unknown: [Double]) = ([], [])
        var last: (Sighting, Sighting)?
        var rounds = Self.samples
        var round = 0
        while round <= rounds {
            // Others are asked for before the failures lock the first: many apps do that at ten.
            if round > 0, round.isMultiple(of: Self.samples) {
                (person, stranger) = try await pair(target, number, round)
            }
            let known = try await attempt(target, login, person.user)
            let unknown = try await attempt(target, login, stranger)
            last = (known, unknown)
            // The first of each warms caches up.
            if round > 0 {
                times.known.append(known.answer.milliseconds)
                times.unknown.append(unknown.answer.milliseconds)
            }
            // A busy machine blurs eight; more of them show what is there.
            if round == Self.samples, isOpen(times) { rounds += Self.moreSamples }
            round += 1
        }
        guard let last else { throw Obstacle.notAvailable("nothing was sampled") }
        let difference = median(times.known) - median(times.unknown)
        let isOrdered = disorder(times) <= (times.known.count > Self.samples ? 0.25 : 0.125)
        return Batch(
            known: last.0, unknown: last.1, difference: difference, tells: isOrdered && differs(times),
            words: "\(TerminalReport.tenths(median(times.known))) ms for a wrong password, "
                + "\(TerminalReport.tenths(median(times.unknown))) ms for an unknown account (\(times.known.count) each, in turn)"
        )
    }

    /// Somebody new, since failed sign-ins must not lock anybody out whom others need, and a name that nobody has.
    private func pair(_ target: Reconnaissance, _ number: Int, _ round: Int) async throws -> (Identity, String) {
        let name = try await target.newcomer()
        guard let person = await target.identity(name) else { throw Obstacle.notAvailable("nobody signed up") }
        let host = person.user.split(separator: "@").dropFirst().first.map { "@\($0)" } ?? ""
        return (person, "nobody-\(target.nonce)-\(number)-\(round)\(host)")
    }

    /// Mann–Whitney: the share of pairs that are against the rest, from 0 (all one way) to 0.5 (no way).
    private func disorder(_ times: (known: [Double], unknown: [Double])) -> Double {
        let above = times.known.reduce(0) { sum, known in sum + times.unknown.count { $0 > known } }
        let pairs = times.known.count * times.unknown.count
        return Double(min(above, pairs - above)) / Double(max(1, pairs))
    }

    private func differs(_ times: (known: [Double], unknown: [Double])) -> Bool {
        let (known, unknown) = (median(times.known), median(times.unknown))
        return abs(known - unknown) >= max(1, min(known, unknown) * 0.2)
    }

    private func isOpen(_ times: (known: [Double], unknown: [Double])) -> Bool {
        differs(times) && disorder(times) > 0.125
    }

    private func attempt(_ target: Reconnaissance, _ login: Login, _ user: String) async throws -> Sighting {
        var cookies: [SetCookie] = []
        let request = try await target.signInRequest(
            login, user: user, password: "not the password \(target.nonce)", cookies: &cookies)
        let seen = try await target.sendOnce(request)
        if [429, 423].contains(seen.status) {
            throw Obstacle.notAvailable("sign-in is throttled before enough could be sampled (\(seen.status))")
        }
        if seen.answer.isSuccess, target.sameSignIn(login, seen) {
            throw Obstacle.notAvailable("a wrong password seems to sign in")
        }
        return seen
    }
}
