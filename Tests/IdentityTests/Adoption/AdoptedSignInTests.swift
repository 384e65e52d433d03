import Kernel
import NIOCore
import NIOHTTP1
import Store
import Synchronization
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Tries at the app's own login", .serialized)
struct AdoptedSignInTests {
    private func isAllowed(_ attempt: AdoptedAttempt) -> Bool { !attempt.isOverLimit }

    @Test("32 at the same time get five, not one more", arguments: DatabaseEngine.allCases)
    func concurrent(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, signIn: .adopt) { fixture in
            let attempts = try await withThrowingTaskGroup(of: AdoptedAttempt.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        try await fixture.flows.adoptedAttempt(
                            number.isMultiple(of: 2) ? "alice" : "ALICE", from: IdentityFixture.client(UInt32(number)))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(attempts.count(where: isAllowed) == 5 && attempts.count { $0.locks } == 1)
            for attempt in attempts { fixture.flows.adoptedFailed(attempt) }
            await fixture.service.settled()
            #expect(
                try await fixture.flows.adoptedAttempt("bob", from: IdentityFixture.client(99)).isOverLimit == false)
        }
    }

    @Test(
        "32 successes of one person at the same time are one account with 32 sessions",
        arguments: DatabaseEngine.allCases)
    func beginning(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .off, signIn: .adopt) { fixture in
            var keys: Set<String> = []
            for number in 0..<32 {
                let attempt = try await fixture.flows.adoptedAttempt(
                    "alice", from: IdentityFixture.client(UInt32(number)))
                let start = try #require(fixture.flows.beginAdopted(attempt, replacing: nil))
                keys.insert(start.key)
            }
            await fixture.service.settled()
            let rows = try await fixture.database.read("test") { db in try SessionStore().all(in: db) }
            #expect(Set(rows.map(\.secretHash)) == keys && Set(rows.map(\.account)).count == 1)
            let events = try await fixture.events()
            #expect(events.count { $0 == "sign-in.succeeded" } == 32)
            #expect(try await !fixture.everything().contains("alice"))
        }
    }

    @Test("a known device has a counter of its own, and a success makes both new")
    func devices() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let first = try await fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(1))
            let start = try #require(fixture.flows.beginAdopted(first, replacing: nil))
            await fixture.service.settled()
            for number in 2..<8 {
                let attempt = try await fixture.flows.adoptedAttempt(
                    "alice", from: IdentityFixture.client(UInt32(number)))
                #expect(attempt.isOverLimit == (number > 6))
                fixture.flows.adoptedFailed(attempt)
            }
            await fixture.service.settled()
            let home = IdentityFixture.client(1, device: start.device)
            let own = try await fixture.flows.adoptedAttempt("alice", from: home)
            #expect(!own.isOverLimit && own.isKnownDevice)
            _ = fixture.flows.beginAdopted(own, replacing: start.key)
            await fixture.service.settled()
            guard case .nobody = fixture.service.whoIs(key: start.key, idle: .seconds(1800)) else {
                Issue.record("the browser's old session goes on")
                return
            }
            // It doesn't unlock the rest of the world.
            #expect(try await fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(50)).isOverLimit)
            // Nor is a device known to one person known to another.
            for _ in 0..<5 { _ = try await fixture.flows.adoptedAttempt("bob", from: home) }
            #expect(try await fixture.flows.adoptedAttempt("bob", from: home).isOverLimit)
            let kinds = try await fixture.events()
            #expect(
                kinds.contains("account.locked") && kinds.contains("sign-in.throttled")
                    && kinds.contains("session.ended"))
        }
    }

    @Test("what the app never judged is given back", arguments: DatabaseEngine.allCases)
    func givingBack(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, signIn: .adopt) { fixture in
            for _ in 0..<12 {
                let attempt = try await fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(1))
                #expect(!attempt.isOverLimit)
                fixture.flows.giveBack(attempt)
                await fixture.service.settled()
            }
            let attempts = try await withThrowingTaskGroup(of: AdoptedAttempt.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(1)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(attempts.count(where: isAllowed) == 5)
            for attempt in attempts { fixture.flows.giveBack(attempt) }
            await fixture.service.settled()
            #expect(try await !fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(1)).isOverLimit)
        }
    }

    @Test("a disabled account gets what a locked one gets")
    func disabled() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let client = IdentityFixture.client(1)
            let attempt = try await fixture.flows.adoptedAttempt("alice", from: client)
            let start = try #require(fixture.flows.beginAdopted(attempt, replacing: nil))
            await fixture.service.settled()
            _ = try await fixture.administration.disable(attempt.person.address, reason: "test")
            #expect(try await fixture.flows.adoptedAttempt("alice", from: client).isOverLimit)
            try await eventually { fixture.service.whoIs(key: start.key, idle: .seconds(1800)) == .nobody }
        }
    }

    @Test("an administrator unlocks whom they see in the list")
    func unlocking() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let client = IdentityFixture.client(1)
            let attempt = try await fixture.flows.adoptedAttempt("alice", from: client)
            _ = fixture.flows.beginAdopted(attempt, replacing: nil)
            await fixture.service.settled()
            for number in 0..<6 {
                _ = try await fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(UInt32(number) + 10))
            }
            let account = try #require(try await fixture.administration.list(matching: "app-").first)
            try await fixture.administration.unlock(account.email.description)
            #expect(try await !fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(77)).isOverLimit)
        }
    }

    // MARK: Over an exchange

    private struct Told: Sendable {
        var status: Int
        var events: [String]
        var cookies: [String]
        /// The request as the app got it; nil where it didn't.
        var body: String?
        var forwarded: [String] = []
    }

    private static let wrong = "username=alice&password=wrong"

    /// One request through both stages, and what came of it.
    private func exchange(
        _ fixture: IdentityFixture, mode: ControlMode = .enforce, body: String = wrong,
        type: String = "application/x-www-form-urlencoded", cookie: String? = nil, answer: HTTPResponseStatus? = .ok,
        headers: [(String, String)] = [("Content-Type", "text/html")],
        change: (inout AdoptionSettings) -> Void = { _ in }
    ) async throws -> Told {
        var settings = fixture.flows.settings
        settings.adoption.mode = mode
        settings.adoption.loginPaths = ["/login"]
        settings.adoption.sessionCookies = ["sid"]
        settings.lockout.addressFailures = 1000
        change(&settings.adoption)
        let flows = IdentityFlows(fixture.service, settings: settings, ownPrefix: "/seaworthy", site: [])
        let log = FinishLog()
        let seen = SeenCookies()
        let stages: [any GatewayStage] = [
            ScriptedStage("first", log: log) { exchange in
                exchange.target = TargetReadings(path: "/Login/", others: ["/login"])
                return .proceed
            }, AdoptedSessionStage(flows, personalPages: []), AdoptedSignInStage(flows),
            ScriptedStage("last") { exchange in
                seen.set(exchange.request.values(.cookie))
                return .proceed
            },
        ]
        var fields = HTTPHeaders([("Host", "app.example"), ("Content-Type", type)])
        if let cookie { fields.add(name: "Cookie", value: cookie) }
        let request = RequestHead(
            method: .POST, target: "/Login/", version: .http1_1, scheme: .http, headers: fields)
        let bench = try await EngineBench.on { EngineBench(stages, request: request, finishes: log, on: $0) }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends(body)
            bench.driver.receiveEnd(nil)
        }
        let isDecided = try await bench.holds(within: .seconds(20)) {
            $0.upstream.opened > 0 || $0.transport.sent != nil
        }
        #expect(isDecided)
        return try await bench.run { bench in
            let got = bench.upstream.opened > 0 ? bench.upstream.text : nil
            if got != nil {
                if let answer {
                    bench.answers(answer, "<p>an answer</p>", HTTPHeaders(headers))
                } else {
                    bench.upstream.sink?.failed(
                        Problem("upstream.broke", status: 502, title: "The app broke off.", source: .upstream))
                }
            }
            return Told(
                status: bench.transport.status, events: log.eventTexts,
                cookies: bench.transport.sent?.headers["set-cookie"] ?? [], body: got, forwarded: seen.get())
        }
    }

    @Test("counts by the app's answer; an app that dies in mid-login gives the try back")
    func outcomes() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            for _ in 0..<8 {
                let dead = try await exchange(fixture, answer: nil)
                #expect(dead.status == 502 && dead.body == Self.wrong)
                await fixture.service.settled()
            }
            for _ in 0..<8 {
                let unclear = try await exchange(fixture, answer: .internalServerError)
                #expect(unclear.events.contains("noted adopt.unclear-answer"))
                await fixture.service.settled()
            }
            for number in 1...5 {
                let failed = try await exchange(fixture)
                #expect(failed.status == 200 && failed.events.contains("noted adopt.failed"))
                #expect(failed.events.contains("noted adopt.locks") == (number == 5))
            }
            let locked = try await exchange(fixture)
            #expect(locked.status == 429 && locked.body == nil && locked.events == ["enforced adopt.locked"])
            let other = try await exchange(fixture, body: "username=bob&password=x")
            #expect(other.status == 200 && other.body == "username=bob&password=x")
        }
    }

    @Test("passes bodies on byte for byte, whatever their form")
    func bytes() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let bodies = [
                ("application/json", "{ \"username\":\"a\\u0062\" , \"password\":\"x\"}\n"),
                ("application/x-www-form-urlencoded", "&&password=%zz&username=b+&=&"),
                (
                    "multipart/form-data; boundary=q",
                    "--q\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nc\r\n--q\r\n"
                        + "Content-Disposition: form-data; name=\"password\"\r\n\r\n\0\r\n--q--"
                ),
                ("application/x-www-form-urlencoded", "resend=1"),
            ]
            for (type, body) in bodies {
                let told = try await exchange(fixture, body: body, type: type)
                #expect(told.body == body && told.status == 200, "\(type)")
            }
        }
    }

    @Test("refuses what names nobody, several people, or is too long to be a form; observe lets it pass")
    func unreadable() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let cases = [
                ("password=x", 400, "adopt.unreadable"), ("username=a&username=b&password=x", 400, "adopt.unreadable"),
                ("username=\(String(repeating: "a", count: 1 << 20))&password=x", 413, "body.too-large-to-inspect"),
            ]
            for (body, status, reason) in cases {
                let refused = try await exchange(fixture, body: body)
                #expect(refused.status == status && refused.events == ["enforced \(reason)"] && refused.body == nil)
                let passed = try await exchange(fixture, mode: .observe, body: body)
                #expect(passed.status == 200 && passed.events.contains("would-have \(reason)"), "\(passed.events)")
            }
        }
    }

    @Test("binds the app's cookies to the session, and forwards them as the app set them")
    func sealing() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let headers = [
                ("Location", "/home"), ("Set-Cookie", "sid=v=1.2; Path=/app; HttpOnly"), ("Set-Cookie", "theme=dark"),
            ]
            let told = try await exchange(fixture, cookie: "sid=before; theme=light", answer: .found, headers: headers)
            #expect(told.events == ["noted adopt.succeeded"] && told.forwarded == ["sid=before; theme=light"])
            let sealed = try #require(told.cookies.first { $0.hasPrefix("sid=") })
            #expect(sealed.hasPrefix("sid=swa1.") && sealed.hasSuffix("; Path=/app; HttpOnly"))
            #expect(told.cookies.contains("theme=dark"))
            let ours = told.cookies.filter { $0.hasPrefix("seaworthy-") }
            #expect(ours.count == 2 && ours.allSatisfy { $0.contains("HttpOnly") })
            let shown = try #require(sealed.split(separator: ";").first)
            let again = try await exchange(
                fixture, body: "resend=1", cookie: "theme=dark; \(shown); seaworthy-device=x", answer: .ok)
            #expect(again.forwarded == ["theme=dark; sid=v=1.2"])
            // Over, it goes nowhere, and the browser drops it where it has it.
            fixture.clock.advance(by: .seconds(1801))
            let over = try await exchange(fixture, body: "resend=1", cookie: "theme=dark; \(shown)")
            #expect(over.forwarded == ["theme=dark"] && over.events.contains("noted adopt.session-over"))
            #expect(over.cookies.contains { $0.hasPrefix("sid=; Path=/app; Max-Age=0") })
            let forged = try await exchange(fixture, body: "resend=1", cookie: "sid=swa1.0011223344556677.AAAA")
            #expect(forged.forwarded == [])
            // `off` guards nothing, and still gives the app its own cookie.
            let off = try await exchange(fixture, mode: .off, body: "resend=1", cookie: String(shown))
            #expect(off.forwarded == ["sid=v=1.2"])
        }
    }

    @Test("tells when the app keeps the session from before the sign-in, and ends that session where asked to")
    func fixation() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let home = [("Location", "/home")]
            let noted = try await exchange(fixture, cookie: "sid=planted", answer: .found, headers: home)
            #expect(noted.status == 302 && noted.events.contains("noted adopt.session-fixed"))
            #expect(noted.cookies.contains { $0.hasPrefix("sid=swa1.") })
            // Whoever planted it has the same session, and loses it with its owner.
            let same = try await exchange(fixture, body: "resend=1", cookie: "sid=planted")
            #expect(same.forwarded == ["sid=planted"])
            await fixture.service.settled()
            let refused = try await exchange(
                fixture, cookie: "sid=another", answer: .found, headers: home + [("Set-Cookie", "x=1")]
            ) { $0.fixation = .refuse }
            #expect(refused.status == 403 && !refused.cookies.contains("x=1"))
            #expect(refused.cookies.contains { $0.hasPrefix("sid=; ") })
            await fixture.service.settled()
            let dead = try await exchange(fixture, body: "resend=1", cookie: "sid=another")
            #expect(dead.forwarded == [])
        }
    }

    @Test("reads the page where nothing else tells how it ended")
    func bodySignal() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let failed = try await exchange(fixture) { $0.failure.body = "an answer" }
            #expect(failed.events.contains("noted adopt.failed"))
            let succeeded = try await exchange(fixture) {
                $0.success.body = "<p>an answer"
                $0.failure.body = "never"
            }
            #expect(succeeded.events.contains("noted adopt.succeeded") && succeeded.cookies.count == 2)
        }
    }
}

/// What went on to the app, from the event loop to the test.
private final class SeenCookies: Sendable {
    private let lines = Mutex<[String]>([])
    func set(_ new: [String]) { lines.withLock { $0 = new } }
    func get() -> [String] { lines.withLock { $0 } }
}
