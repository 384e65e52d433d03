/// What came of asking faster than anybody should. It leaves the target limited, so it comes last.
struct Burst: Sendable {
    var sent = 0
    var statuses: [Int: Int] = [:]
    /// The first refusal with 429, if there was one.
    var refusal: Sighting?
    var failures = 0

    /// Served as far as it was asked: then there is no limit, and `limits.rate` says so.
    func nothingRefused(_ what: String) -> Obstacle {
        let served = statuses.filter { $0.key < 400 }.values.reduce(0, +)
        return failures == 0 && served == sent && sent > 0
            ? .notApplicable(
                "\(sent) requests in a row were served: there is no limit \(what) (limits.rate judges that)")
            : .notAvailable("no limit was met: \(served) of \(sent) requests in a row were served")
    }
}

extension Reconnaissance {
    /// Sends up to `limits.burst` requests for the start page until one is refused with 429: eight at a time, sixteen where a
    /// limit comes back nearly as fast as we ask.
    ///
    /// When the target announces what remains, at least that many and a tenth more. On a slow machine some of it comes back meanwhile:
    /// then as many more as the answers themselves still say to remain, or as two a second where they say nothing; never more
    /// than 1,000, nor for longer than a minute.
    func burst() async throws -> Burst {
        if let burstResult { return burstResult }
        let page = try await livePage()
        // What is announced may be the limit of something else at this address, such as a sign-in's: no few go as proof.
        let first = min(max(configuration.burst, lastRemaining.map { $0 + max(5, $0 / 10) } ?? 0), Self.mostOfBurst)
        say("trying the limit with up to \(first) requests")
        let request = ProbeRequest.get(page.request.targetText, Self.browser)
        let (client, site) = (client, site)
        let start = ContinuousClock.now
        var result = Burst()
        var remaining: Int?
        var announces = false
        while result.refusal == nil, result.failures < 8 {
            if Task.isCancelled { throw Obstacle.interrupted }
            let elapsed = ContinuousClock.now - start
            let count = Self.wanted(
                first, announces: announces, remaining: remaining, sent: result.sent, after: elapsed)
            guard result.sent < count else { break }
            // An app that is slow enough to limit itself is not kept busy for longer than that.
            if !announces, configuration.burst == ReadinessConfiguration().burst, result.sent >= Self.enough,
                elapsed > Self.patience
            {
                break
            }
            let size = min(result.sent < first ? 8 : 16, count - result.sent)
            let answers = await withTaskGroup(of: Answer?.self) { group in
                for _ in 0..<size { group.addTask { try? await client.send(request, to: site) } }
                var all: [Answer?] = []
                for await answer in group { all.append(answer) }
                return all
            }
            result.sent += size
            countBurst(size)
            remaining = nil
            for answer in answers {
                guard let answer, answer.ending != .cutByUs(Answer.timeWasUp) else {
                    result.failures += 1
                    continue
                }
                result.statuses[answer.status, default: 0] += 1
                if let left = answer.limits.remaining { (remaining, announces) = (min(remaining ?? left, left), true) }
                if answer.status == 429, result.refusal == nil { result.refusal = evidence(request, answer) }
            }
        }
        burstResult = result
        return result
    }

    static let mostOfBurst = 1_000
    private static let longestBurst = Duration.seconds(60)
    /// So many in a row, for so long, where nothing else is declared.
    private static let (enough, patience) = (100, Duration.seconds(8))

    /// How many requests a burst takes, as far as it can be told by now.
    ///
    /// - Parameters:
    ///   - announces: whether the burst's own answers say what remains.
    ///   - remaining: what the last of them said.
    static func wanted(_ first: Int, announces: Bool, remaining: Int?, sent: Int, after elapsed: Duration) -> Int {
        guard sent >= first else { return first }
        guard elapsed < longestBurst else { return sent }
        if announces {
            // As long as answers say that there is room, it hasn't been used up.
            return min(mostOfBurst, remaining.map { sent + max(16, $0) } ?? sent)
        }
        return min(mostOfBurst, first + Int(2 * (elapsed / .seconds(1))))
    }

    /// One more request of the burst, not paced.
    func afterBurst(_ fields: [(String, String)]) async throws -> Sighting {
        let request = ProbeRequest.get(try await livePage().request.targetText, Self.browser + fields)
        countBurst(1)
        return evidence(request, try await client.send(request, to: site))
    }

    /// Some more of the burst at the same moment, each with its fields; what got no answer is left out.
    func together(afterBurst fields: [[(String, String)]]) async throws -> [Sighting] {
        let target = try await livePage().request.targetText
        let requests = fields.map { ProbeRequest.get(target, Self.browser + $0) }
        countBurst(requests.count)
        let (client, site) = (client, site)
        let answers = await withTaskGroup(of: (ProbeRequest, Answer?).self) { group in
            for request in requests { group.addTask { (request, try? await client.send(request, to: site)) } }
            var all: [(ProbeRequest, Answer?)] = []
            for await item in group { all.append(item) }
            return all
        }
        return answers.compactMap { request, answer in answer.map { evidence(request, $0) } }
    }
}
