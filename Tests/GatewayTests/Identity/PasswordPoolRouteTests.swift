import Foundation
import Kernel
import TestKit
import Testing

@testable import Gateway
@testable import Identity

@Suite("Sign-ins and everybody else", .serialized)
struct PasswordPoolRouteTests {
    @Test(
        "with every hashing thread stuck and the queue full, sign-ins get 503 with Retry-After and other requests go on"
    )
    func stuck() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            let identity = try #require(running.gateway.services.identity)
            let cores = ProcessInfo.processInfo.activeProcessorCount
            #expect(identity.pool.current.workers == max(1, cores - 1), "one core is left to requests")
            let gate = DispatchSemaphore(value: 0)
            let places = identity.pool.current.workers * (1 + PasswordSettings().queue)
            let stuck = (0..<places).map { _ in
                Task {
                    try await identity.pool.run {
                        // Passed on from one to the next once it is open.
                        gate.wait()
                        gate.signal()
                    }
                }
            }
            try await eventually { identity.pool.current.running == places }
            // 50 people sign in; none of them waits, known or not.
            let answers = await withTaskGroup(of: RawResponse?.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try? await running.post(
                            "/sign-in",
                            [
                                "email": number.isMultiple(of: 2) ? "root@example.com" : "p\(number)@example.com",
                                "password": GatewayWithAccounts.password,
                            ])
                    }
                }
                return await group.reduce(into: [RawResponse]()) { if let answer = $1 { $0.append(answer) } }
            }
            #expect(answers.count == 50)
            #expect(answers.allSatisfy { $0.status == 503 && $0.value("retry-after") == "3" })
            #expect(answers.allSatisfy { $0.text.contains("\"reason\":\"identity.busy\"") })
            #expect(identity.pool.current.running == places && identity.pool.current.refused >= 50, "it doesn't grow")
            // There is one event loop, and it is free: the app, a session's page and the database answer.
            for path in ["/open/page", "/members/x", "/seaworthy/sessions"] {
                let answer = try await running.ask(
                    "GET", path, [("Accept", "application/json"), ("Cookie", "seaworthy-session=\(session)")])
                #expect(answer.status == 200, "\(path)")
            }
            gate.signal()
            for task in stuck { try await task.value }
            let entered = try await running.post(
                "/sign-in", ["email": "root@example.com", "password": GatewayWithAccounts.password])
            #expect(entered.status == 200, "what was refused cost nobody an attempt: \(entered.text)")
        }
    }
}
