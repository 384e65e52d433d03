import Synchronization
import Testing

@testable import Readiness

/// A watch goes on looking, whoever is slow or away.
@Suite("What a watch waits for, and what it doesn't", .timeLimit(.minutes(1)))
struct AlertPostTests {
    private struct Away: Error {}

    private func alert(_ number: Int) -> WatchAlert {
        WatchAlert(.regression, target: "t", at: "now", message: "\(number)")
    }

    @Test("alerts that nobody took are tried again, in their order, and said once each")
    func again() async {
        let seen = Mutex<(tries: Int, taken: [String], said: Int)>((0, [], 0))
        let (all, continuation) = AsyncStream<Void>.makeStream()
        let send: @Sendable (WatchAlert) async throws -> Void = { alert in
            let count = try seen.withLock {
                $0.tries += 1
                if $0.tries <= 5 { throw Away() }
                $0.taken.append(alert.message)
                return $0.taken.count
            }
            if count == 3 { continuation.finish() }
        }
        let post = AlertPost(pause: .milliseconds(1), say: { _ in seen.withLock { $0.said += 1 } }, send: send)
        for number in 1...3 { post.take(alert(number)) }
        for await _ in all {}
        #expect(await post.finish() == 0)
        #expect(seen.withLock { $0.taken } == ["1", "2", "3"] && seen.withLock { $0.said } == 1)
    }

    @Test("at the end what waits gets one more try, and what nobody took is counted")
    func ending() async {
        let post = AlertPost(pause: .seconds(3_600), say: { _ in }, send: { _ in throw Away() })
        for number in 1...3 { post.take(alert(number)) }
        #expect(await post.finish() == 3)
        let slow = AlertPost(
            say: { _ in }, send: { _ in try await Task.sleep(for: .seconds(3_600)) })
        slow.take(alert(1))
        #expect(await slow.finish(within: .milliseconds(20)) == 1)
    }

    @Test("a run of the checks holds nobody up, one goes on at a time, and what it saw is there once")
    func runBeside() async throws {
        let run = RunBeside()
        let (gate, opening) = AsyncStream<Void>.makeStream()
        let checks: @Sendable () async throws -> RunRecord? = {
            for await _ in gate {}
            return nil
        }
        #expect(run.begin(checks) && !run.begin(checks))
        #expect(try run.taken().isEmpty)
        opening.finish()
        #expect(try await run.last(isCancelled: false).isEmpty)
        #expect(run.begin { throw Away() })
        await #expect(throws: Away.self) { try await run.last(isCancelled: false) }
        #expect(try run.taken().isEmpty && run.begin(checks))
    }

    @Test("the end of a watch ends the run that goes on")
    func cancelled() async throws {
        let run = RunBeside()
        _ = run.begin {
            try? await Task.sleep(for: .seconds(3_600))
            return nil
        }
        #expect(try await run.last(isCancelled: true).isEmpty)
    }

    @Test("a line that was cut off by a full disk spoils none after it")
    func cutLine() {
        let sample = AvailabilitySample(at: 1_000_000, status: 200, milliseconds: 1)
        let line = AvailabilityLedger.line(sample)
        var ledger = AvailabilityLedger(every: 15)
        ledger.read(Array((line + "{\"at\":10" + "\n" + line).utf8), now: 1_000_010)
        #expect(ledger.samples == [sample, sample])
    }
}
