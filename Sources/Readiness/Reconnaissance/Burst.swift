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
    /// Sends up to `limits.burst` requests for the start page, eight at a time, until one is refused with 429.
    ///
    /// When the target announces what remains, that many and a tenth more (some of it comes back meanwhile), and never
    /// more than 1,000.
    func burst() async throws -> Burst {
        if let burstResult { return burstResult }
        let page = try await livePage()
        let count = min(lastRemaining.map { $0 + max(5, $0 / 10) } ?? configuration.burst, 1_000)
        say("trying the limit with up to \(count) requests")
        let request = ProbeRequest.get(page.request.targetText, Self.browser)
        let (client, site) = (client, site)
        var result = Burst()
        while result.sent < count, result.refusal == nil, result.failures < 8 {
            if Task.isCancelled { throw Obstacle.interrupted }
            let size = min(8, count - result.sent)
            let answers = await withTaskGroup(of: Answer?.self) { group in
                for _ in 0..<size { group.addTask { try? await client.send(request, to: site) } }
                var all: [Answer?] = []
                for await answer in group { all.append(answer) }
                return all
            }
            result.sent += size
            countBurst(size)
            for answer in answers {
                guard let answer, answer.ending != .cutByUs(Answer.timeWasUp) else {
                    result.failures += 1
                    continue
                }
                result.statuses[answer.status, default: 0] += 1
                if answer.status == 429, result.refusal == nil { result.refusal = evidence(request, answer) }
            }
        }
        burstResult = result
        return result
    }

    /// One more request of the burst, not paced.
    func afterBurst(_ fields: [(String, String)]) async throws -> Sighting {
        let request = ProbeRequest.get(try await livePage().request.targetText, Self.browser + fields)
        countBurst(1)
        return evidence(request, try await client.send(request, to: site))
    }
}
