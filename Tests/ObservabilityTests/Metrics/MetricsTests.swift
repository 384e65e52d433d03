import Foundation
import Kernel
import TestKit
import Testing
import Web

@testable import Observability

@Suite("Metrics")
struct MetricsTests {
    private func filled() -> MetricsRegistry {
        let registry = MetricsRegistry(shardCount: 2)
        let event = SecurityEvent(
            control: "protection.csrf", reason: "csrf.cross-site", disposition: .wouldHave, status: 403)
        for number in 0..<10 {
            registry.began(number)
            registry.ended(
                number, key: .init(method: "GET", status: number == 9 ? 500 : 200, route: "/a\"b\\c\nd"),
                nanoseconds: 3_000_000, requestBytes: 10, responseBytes: 20,
                ending: number == 0 ? .clientGone : .completed, events: number < 3 ? [event] : [])
        }
        return registry
    }

    @Test("add up over the shards")
    func sums() {
        let sum = filled().sum()
        #expect(sum.requests.values.reduce(0, +) == 10)
        #expect(sum.requestBytes == 100)
        #expect(sum.responseBytes == 200)
        #expect(sum.inFlight == 0)
        #expect(sum.endings == ["client-gone": 1])
        #expect(filled().events.first?.count == 3)
    }

    @Test("lose nothing when 32 tasks count at once")
    func concurrent() async {
        let registry = MetricsRegistry(shardCount: 3)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    for _ in 0..<500 {
                        registry.began(task)
                        registry.ended(
                            task, key: .init(method: "GET", status: 200, route: "r"), nanoseconds: 1, requestBytes: 1,
                            responseBytes: 1, ending: .completed, events: [])
                    }
                }
            }
        }
        #expect(registry.sum().requests.values.reduce(0, +) == 16_000)
        #expect(registry.sum().inFlight == 0)
    }

    @Test("keep a bounded number of series")
    func bounded() {
        let registry = MetricsRegistry(shardCount: 1)
        for route in 0..<5_000 {
            registry.ended(
                0, key: .init(method: "GET", status: 200, route: "/\(route)"), nanoseconds: 1, requestBytes: 0,
                responseBytes: 0, ending: .completed, events: [])
        }
        #expect(registry.sum().requests.count <= 2_001)
        #expect(registry.sum().requests.values.reduce(0, +) == 5_000)
    }

    @Test("pass promtool's check")
    func promtool() async throws {
        var text = MetricsText()
        filled().write(to: &text)
        ProcessFigures(startedAt: ManualClock().now(), version: "test").write(to: &text)
        let run = try await ForeignProgram.run("promtool", ["check", "metrics"], input: text.text)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.isEmpty && run.errors.isEmpty, "\(run.output)\(run.errors)")
    }
}
