import Foundation
import Kernel
import TestKit
import Testing
import Web

@testable import Gateway

/// What of the lists needs a whole gateway to be missed: who signs in, and the operator door.
@Suite("The pipeline's lists, over whole gateways", .serialized)
struct PipelineDoorTests {
    /// What a stage does, seen from outside.
    struct Row: Sendable, CustomTestStringConvertible {
        let stage: String
        /// What `observe` records; nil where the stage has no mode.
        var reason: String?
        /// - Parameter mode: of everything; `without`: the stage that is left out, or none.
        let effect: @Sendable (_ mode: String, _ without: String) async throws -> Seen
        var testDescription: String { stage }
    }

    struct Seen: Sendable {
        /// Whether it showed.
        let isThere: Bool
        /// What was told of `reason`, such as `would-have 1`.
        var told: [String] = []
        var text = ""
    }

    private static let flask = ForeignAppTests.flask

    static let rows: [Row] = [
        Row(stage: "SignIn") { mode, without in
            try await GatewayWithAccounts.run(mode: mode, without: without) { running in
                // Its session is made in any case: own pages don't depend on the stage.
                let session = try await running.administrator()
                let answer = try await running.ask(
                    "GET", "/members/x", [("Accept", "application/json"), ("Cookie", "seaworthy-session=\(session)")])
                return Seen(isThere: answer.status == 200, text: answer.text)
            }
        },
        Row(stage: "AdoptedSession", reason: "adopt.session-over") { mode, without in
            try await guarded(mode, without) { app in
                let browser = app.browser()
                _ = try await flask.signIn(browser, "alice", ForeignAppTests.right)
                await app.settled()
                app.clock.advance(by: .seconds(1801))
                let isIn = try await flask.isIn(browser)
                return Seen(isThere: !isIn, told: try await told(app, "adopt.session-over", mode))
            }
        },
        Row(stage: "AdoptedSignIn", reason: "adopt.locked") { mode, without in
            try await guarded(mode, without) { app in
                let stranger = app.browser()
                for number in 1...5 {
                    _ = try await flask.signIn(stranger, "alice", "guess \(number)")
                    // What was wrong is counted after the answer.
                    await app.settled()
                }
                let sixth = try await flask.signIn(stranger, "alice", "guess 6")
                return Seen(isThere: sixth.status == 429, told: try await told(app, "adopt.locked", mode))
            }
        },
        Row(stage: "ConsoleGuard") { mode, without in
            try await GatewayWithAccounts.run(mode: mode, without: without) { running in
                let answer = try await operatorDoor(running, "/console/sign-in", "Sec-Fetch-Site: cross-site\r\n")
                return Seen(isThere: answer.text.contains("console.cross-site"), text: answer.text)
            }
        },
        Row(stage: "OwnDoor") { mode, without in
            try await GatewayWithAccounts.run(mode: mode, without: without) { running in
                let answer = try await operatorDoor(running, "/metrics")
                // An exchange is written down once its answer has gone out.
                try await eventually {
                    running.gateway.flushLog()
                    return running.log.text.contains("\"target\":\"/metrics\"")
                }
                let text = running.log.text
                return Seen(isThere: answer.status == 200 && text.contains("\"route\":\"operator\""), text: text)
            }
        },
    ]

    /// What was told by the time that the answer is counted; only of `observe` something is expected.
    private static func told(_ app: GuardedApp, _ reason: String, _ mode: String) async throws -> [String] {
        if mode == "observe" { try? await eventually(within: .seconds(10)) { !app.told(reason).isEmpty } }
        return app.told(reason)
    }

    private static func guarded(
        _ mode: String, _ without: String, _ work: (GuardedApp) async throws -> Seen
    ) async throws -> Seen {
        let app = try await ForeignApp(.flaskLogin)
        defer { app.stop() }
        return try await GuardedApp.run(app: app.port, flask.settings, mode: mode, without: without, work)
    }

    private static func operatorDoor(
        _ running: GatewayWithAccounts, _ target: String, _ more: String = ""
    ) async throws -> RawResponse {
        let door = try #require(running.gateway.doors.first { !$0.isPublic })
        guard case .tcp(_, let port) = door.address else { throw CancellationError() }
        let connection = try await RawConnection.open(port: port)
        try await connection.send(
            Array("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: application/json\r\n\(more)\r\n".utf8))
        let response = await connection.response(to: "GET", within: .seconds(20))
        await connection.close()
        return try #require(response)
    }

    @Test("a stage does its work while its line is there, and not when it is taken out", arguments: rows)
    func removal(row: Row) async throws {
        let whole = try await row.effect("enforce", "")
        #expect(whole.isThere, "with its line: \(whole.text)")
        let cut = try await row.effect("enforce", row.stage)
        #expect(!cut.isThere, "without its line: \(cut.text)")
    }

    @Test(
        "what observes passes what would be refused or changed, and says so",
        arguments: rows.filter { $0.reason != nil })
    func observing(row: Row) async throws {
        let seen = try await row.effect("observe", "")
        #expect(!seen.isThere && seen.told == ["would-have 1"], "\(seen.told)")
    }

    @Test("every stage of every door has a row, here or among those that need no gateway", arguments: ["own", "adopt"])
    func complete(signIn: String) async throws {
        let known = Set(Self.rows.map(\.stage) + PipelineListTests.rows.map(\.stage))
        let sets =
            signIn == "own"
            ? [] : ["identity.sign-in=adopt", "identity.adopt.login-path=/login", "identity.adopt.session-cookie=s"]
        try await GatewayWithAccounts.run(sets) { running in
            let (configuration, services) = (running.gateway.configuration, running.gateway.services)
            let all =
                Pipeline.publicDoor(configuration, services) + Pipeline.operatorDoor(configuration, services)
            #expect(Set(all.map(\.name)).subtracting(known).isEmpty)
            let expected = signIn == "own" ? ["SignIn"] : ["AdoptedSession", "AdoptedSignIn"]
            let own = Pipeline.publicDoor(configuration, services).map(\.name)
            #expect(expected.allSatisfy(own.contains))
        }
    }

    @Test("the printed list shows who signs in, and the mode that it has", arguments: ["off", "observe", "enforce"])
    func printed(mode: String) throws {
        func lines(_ sets: [String]) throws -> [String] {
            PipelineListing.lines(
                of: try GatewayConfiguration.load(
                    ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "environment=development"] + sets)
                ).configuration)
        }
        let adopted = try lines([
            "identity.sign-in=adopt", "identity.adopt.login-path=/login", "identity.adopt.session-cookie=s",
            "identity.adopt.mode=\(mode)",
        ])
        for stage in ["AdoptedSession", "AdoptedSignIn"] {
            let line = try #require(adopted.first { $0.contains("  \(stage) ") })
            #expect(line.split(separator: " ").dropFirst().map(String.init) == [stage, mode, "identity.adopt"])
        }
        let own = try lines(["identity.sign-in=own"])
        let line = try #require(own.first { $0.contains("  SignIn ") })
        #expect(line.split(separator: " ").dropFirst().map(String.init) == ["SignIn", "always", "identity.session"])
        #expect(try lines([]).allSatisfy { !$0.contains("SignIn") && !$0.contains("Adopted") })
    }
}
