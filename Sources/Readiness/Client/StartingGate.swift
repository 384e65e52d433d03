import NIOCore

/// Holds the last byte of several requests back until all of them stand ready, so that a server gets them at the same
/// moment however long connecting and handshakes took.
struct StartingGate: Sendable {
    /// Fulfilled when everything but the last byte has left, or when there is nothing to wait for any more.
    let ready: EventLoopPromise<Void>
    let open: EventLoopFuture<Void>
    /// How long after the gate opens this one starts.
    let delay: TimeAmount
}

/// A request of a volley with what came of it; times count from the moment when the gate opened.
struct TimedExchange: Sendable {
    let request: ProbeRequest
    let result: Result<Answer, ClientFailure>
    let sent: Duration
    let answered: Duration

    /// Whether both were on their way at the same time.
    func overlaps(_ other: TimedExchange) -> Bool { sent < other.answered && other.sent < answered }
}

extension ProbeClient {
    /// Sends all requests at the same moment, each after its own delay, over connections that were made before.
    ///
    /// A request that fails is part of the result; it throws only when the task is cancelled.
    func sendTogether(
        _ requests: [(request: ProbeRequest, delay: Duration)], to site: SiteURL
    ) async throws -> [TimedExchange] {
        let loop = group.any()
        let opening = loop.makePromise(of: Void.self)
        let ready = requests.map { _ in loop.makePromise(of: Void.self) }
        return try await withThrowingTaskGroup(of: (Int, Result<Answer, ClientFailure>).self) { group in
            for (index, item) in requests.enumerated() {
                let gate = StartingGate(
                    ready: ready[index], open: opening.futureResult, delay: TimeAmount(item.delay))
                group.addTask {
                    do {
                        return (index, .success(try await send(item.request, to: site, gate: gate)))
                    } catch let failure as ClientFailure {
                        gate.ready.succeed()
                        return (index, .failure(failure))
                    } catch {
                        gate.ready.succeed()
                        return (index, .failure(.io(plainReason(error))))
                    }
                }
            }
            for promise in ready { try? await promise.futureResult.get() }
            let start = ContinuousClock.now
            opening.succeed()
            var results: [Int: Result<Answer, ClientFailure>] = [:]
            while let (index, result) = try await group.next() { results[index] = result }
            try Task.checkCancellation()
            return requests.enumerated().map { index, item in
                let result = results[index] ?? .failure(.closedWithoutAnswer)
                let answer = try? result.get()
                return TimedExchange(
                    request: item.request, result: result,
                    sent: answer?.releasedAt.map { start.duration(to: $0) } ?? item.delay,
                    answered: answer?.endedAt.map { start.duration(to: $0) } ?? .seconds(0))
            }
        }
    }
}
