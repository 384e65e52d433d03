/// Reads the metrics, asks the app once, and reads them again: a number that doesn't move counts nothing.
struct RequestsAreCounted: Check {
    let sheet = CheckSheet(
        "metrics.counted", "Requests are counted where operators look", area: .delivery, side: .edge,
        severity: .minor, asvs: nil, flaw: "frozen-metrics", needs: [.operatorURL],
        rationale: "Without rate, errors and duration nobody notices that the app fails before its people write.",
        remediation: "Serve Prometheus text with a counter of requests on a listener that only operators reach.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let door = target.configuration.operatorURL else {
            throw Obstacle.notAvailable("no --operator-url was given")
        }
        let request = ProbeRequest.get(door.path == "/" ? "/metrics" : door.path)
        let before = try await target.send(request, elsewhere: door)
        let subject = "\(door.origin)\(request.targetText)"
        guard before.answer.isSuccess, let first = Self.count(in: before.answer.bodyText) else {
            return [.fails(subject, "\(before.status), without a counter of requests", before)]
        }
        let page = try await target.send(.get(target.startPath, Reconnaissance.browser))
        var after = before
        // An answer can be here before its end is counted.
        for pause in [Duration.milliseconds(20), .milliseconds(400)] {
            try await target.pause(pause)
            after = try await target.send(request, elsewhere: door)
            if let last = Self.count(in: after.answer.bodyText), last > first {
                return [
                    .holds(subject, "\(first) requests before, \(last) after another (\(page.status))", before, after)
                ]
            }
        }
        return [.fails(subject, "\(first) requests before, and no more after another (\(page.status))", before, after)]
    }

    /// The sum of the samples that count requests; nil where there is none such. What a gateway asks of others is left
    /// out: it moves also where nobody counts what was asked of the gateway.
    static func count(in text: String) -> Int? {
        var sum: Int?
        for line in text.split(separator: "\n").prefix(20_000) where !line.hasPrefix("#") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            guard name.contains("request"), name.hasSuffix("_total") || name.hasSuffix("_count"),
                !name.contains("bytes"), !name.contains("upstream"),
                let value = line.split(separator: " ").last.flatMap({ Double($0) }),
                value >= 0, value < 1e15
            else { continue }
            sum = (sum ?? 0) &+ Int(value)
        }
        return sum
    }
}
