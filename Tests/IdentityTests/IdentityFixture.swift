import Egress
import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing
import Web

@testable import Identity

/// Identity over a real database, with mails that are kept and a clock that a test moves.
struct IdentityFixture: Sendable {
    let database: Database
    let feed: ChangeFeed
    let service: IdentityService
    let flows: IdentityFlows
    let mailer: KeptMail
    let clock: ManualClock
    let keys: TestKeys
    let administration: Administration

    static let migrations = [
        ChangeFeed.migrations, Journal.migrations, IdentitySchema.migrations, ConsoleSchema.migrations,
    ].flatMap(\.self).sorted { $0.id < $1.id }

    static func with<Value>(
        _ engine: DatabaseEngine = .sqlite, signUp: IdentitySettings.SignUp = .open, lockout: ControlMode = .enforce,
        requiredFor: Set<String> = [], signIn: IdentitySettings.SignIn = .own, providers: [SignInProvider] = [],
        egress: (any EgressCalling)? = nil, clock: ManualClock = ManualClock(),
        _ work: (IdentityFixture) async throws -> Value
    ) async throws -> Value {
        var settings = IdentitySettings()
        settings.signIn = signIn
        settings.signUp = signUp
        settings.lockout.mode = lockout
        settings.secondFactor.requiredFor = requiredFor
        settings.providers = providers
        settings.password.cost = 4
        settings.password.queue = 100
        return try await TestDatabase.with(engine, migrations: migrations) { database in
            let (keys, mailer) = (TestKeys(), KeptMail())
            let monotonic = PatientClock()
            let feed = ChangeFeed(database: database, clock: monotonic, interval: .milliseconds(20))
            let random = SeededRandomSource(seed: 77)
            let journal = Journal(clock: clock, random: random, strictness: .throwing)
            let service = try IdentityService(
                .init(
                    database: database, feed: feed, keys: keys, mailer: mailer, audit: journal, wallClock: clock,
                    monotonicClock: monotonic, random: random, sealing: TestSealing(), workers: 2,
                    issuer: "https://app.example",
                    providers: egress.map { ProviderDirectory(egress: $0, base: "https://app.example", clock: clock) }),
                settings: settings)
            let flows = IdentityFlows(service, settings: settings, ownPrefix: "/seaworthy", site: ["app.example"])
            let following = Task { await feed.run() }
            try await eventually { feed.age != nil }
            let fixture = IdentityFixture(
                database: database, feed: feed, service: service, flows: flows, mailer: mailer, clock: clock,
                keys: keys,
                administration: Administration(
                    database: database, audit: journal, clock: clock, random: random, actor: "cli:test"))
            do {
                let value = try await work(fixture)
                following.cancel()
                await following.value
                await service.end()
                return value
            } catch {
                following.cancel()
                await following.value
                await service.end()
                throw error
            }
        }
    }

    static let password = "correct horse battery staple"

    static func client(
        _ address: UInt32 = 1, device: String? = nil, step: PendingSignIn? = nil
    ) -> IdentityFlows.Client {
        let cookies =
            (device.map { ["seaworthy-device=\($0)"] } ?? [])
            + (step.map { ["seaworthy-step=\($0.secret.text.reveal())"] } ?? [])
        return IdentityFlows.Client(
            address: IPAddress(v4: 0x0A00_0000 | address),
            userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", cookies: cookies,
            secure: SessionCookies(isSecure: false, ownPrefix: "/seaworthy"))
    }

    /// Somebody with an account, signed up by mail.
    @discardableResult
    func person(_ email: String, password: String = password) async throws -> IdentityFlows.Begun {
        try await flows.signUp(email: email)
        let token = try #require(mailer.token(to: email))
        return try begun(
            try await flows.choose(token: token, email: nil, password: password, from: Self.client(200)))
    }

    func signIn(
        _ email: String, _ password: String = password, from client: IdentityFlows.Client = client()
    ) async throws -> IdentityFlows.Begun {
        try begun(try await flows.signIn(email: email, password: password, from: client))
    }

    struct HalfDone: Error {}

    /// The session of a sign-in that one step ends.
    func begun(_ start: SignInStart) throws -> IdentityFlows.Begun {
        guard case .begun(let begun) = start else { throw HalfDone() }
        return begun
    }

    /// The refusal's reason; nil for a success.
    func refusal(_ work: () async throws -> Void) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? Problem)?.reason.rawValue ?? "\(error)"
        }
    }

    func caller(_ start: SignInStart) -> SignedIn? { (try? begun(start)).flatMap { caller($0) } }

    func caller(_ begun: IdentityFlows.Begun) -> SignedIn? {
        switch service.whoIs(Substring(begun.secret.text.reveal())) {
        case .signedIn(let caller): caller
        default: nil
        }
    }

    func events() async throws -> [String] {
        try await database.read("test.events") { db in
            try db.rows("SELECT kind FROM audit_entries ORDER BY sequence").map { try $0["kind"] }
        }
    }

    /// Everything that any table holds, as one text.
    func everything() async throws -> String {
        let tables = [
            "accounts", "sessions", "identity_links", "known_devices", "sign_in_counters", "audit_entries", "changes",
            "audit_subjects", "second_factors", "recovery_codes", "sign_in_steps", "adopted_cookies",
            "provider_sign_ins", "linked_identities", "proven_addresses", "socket_tickets",
        ]
        return try await database.read("test.dump") { db in
            var text = ""
            for table in tables {
                for row in try db.rows("SELECT * FROM \(identifier: table)") { text += "\(table) \(row.values)\n" }
            }
            return text
        }
    }
}

/// Keeps what was sent.
final class KeptMail: Mailer {
    private let kept = Mutex<[MailMessage]>([])
    var mails: [MailMessage] { kept.withLock { $0 } }

    func send(_ mail: MailMessage, in db: Transaction) throws {
        db.afterCommit { [self] in kept.withLock { $0.append(mail) } }
    }

    /// The secret of the newest link to an address.
    func token(to email: String, template: MailTemplateID? = nil) -> String? {
        let mail = mails.last { $0.to.description == email && (template == nil || $0.template == template) }
        guard case .link(let link)? = mail?.fields["link"] else { return nil }
        return link.path.split(separator: "=").last.map(String.init)
    }
}

/// A twentieth as fast as time: a machine under load doesn't make the view of sessions look older than the five seconds that it
/// may be, and what happens one after the other still does.
struct PatientClock: MonotonicClock {
    private let clock = TestClock()
    func nanoseconds() -> UInt64 { clock.nanoseconds() / 20 }
}
