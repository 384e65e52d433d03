import Foundation
import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("What operations change, by 32 at once")
struct OperationsAtOnceTests {
    // MARK: Keys

    @Test("openers of a new ring make one key for each purpose", arguments: DatabaseEngine.allCases)
    func open(_ engine: DatabaseEngine) async throws {
        let trail = RecordingTrail()
        try await TestDatabase.with(engine, migrations: Vault.migrations) { database in
            _ = try await AtOnce.run { number in
                try await Vault.ring(database, seed: UInt64(number), trail: trail).open()
            }
            let keys = try await database.read("test") { try $0.rows("SELECT purpose FROM secret_keys") }.count
            #expect(keys == KeyPurpose.standard.count)
            #expect(trail.all.count { $0.kind == "secret.created" } == keys)
        }
    }

    @Test("what has expired is destroyed once, what is released too", arguments: DatabaseEngine.allCases)
    func destroyed(_ engine: DatabaseEngine) async throws {
        let (clock, trail) = (ManualClock(), RecordingTrail())
        try await Vault.with(engine, clock: clock, trail: trail) { _, ring in
            clock.advance(by: .seconds(7200))
            let pepper = try #require(KeyID(rawValue: try ring.signing(.passwordPepper).id))
            for purpose in [KeyPurpose.session, .token, .csrf, .passwordPepper] { try await ring.rotate(purpose) }
            clock.advance(by: .seconds(400 * 86_400))
            let destroyed = try await AtOnce.run { _ in try await ring.destroyExpired().count }.reduce(0, +)
            #expect(destroyed == 3)
            let released = await AtOnce.outcomes { _ in try await ring.release(pepper, actor: "test") }
            #expect(released.successes == 1)
            #expect(trail.all.count { $0.kind == "secret.destroyed" } == 4)
        }
    }

    @Test(
        "re-wrapping, closing, destroying and registering beside writers: nothing is unreadable, the old key goes once",
        arguments: DatabaseEngine.allCases)
    func rewrap(_ engine: DatabaseEngine) async throws {
        let (clock, trail) = (ManualClock(), RecordingTrail())
        try await Vault.with(engine, clock: clock, trail: trail) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            try await sealer.register()
            for number in 0..<40 { try await Vault.write("t\(number)", "value \(number)", sealer, database) }
            clock.advance(by: .seconds(7200))
            let new = try await ring.rotate(.atRest).key.rawValue
            clock.advance(by: .seconds(11))
            let before = trail.all.count { $0.kind == "secret.destroyed" }
            _ = try await AtOnce.run { number in
                switch number % 4 {
                case 0: try await sealer.register()
                case 1: try await Vault.write("t\(number)", "again \(number)", sealer, database)
                default:
                    let rewrapper = Rewrapper(sealer: sealer, batch: 5)
                    _ = try await rewrapper.run()
                    _ = try await rewrapper.destroyUnused()
                }
            }
            let state = try await Vault.state(sealer, database)
            #expect(state.wrong.isEmpty && state.keys == [new], "\(state)")
            #expect(trail.all.count { $0.kind == "secret.destroyed" } == before + 1)
        }
    }

    // MARK: Mail

    @Test(
        "a mail without a server is held once; released once; and its words go once",
        arguments: DatabaseEngine.allCases)
    func held(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let (clock, trail) = (ManualClock(), MemoryTrail())
            let outbox = try MailFixture.outbox(database, clock: clock, audit: trail) { $0.perRecipient = 100 }
            let mails = try (0..<8).map { try MailFixture.signIn("p\($0)@example.test") }
            let ids = try await database.send(mails, by: outbox).map(\.id)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: nil)
            // Whoever comes second is told to come later, or that it has ended.
            _ = await AtOnce.outcomes { number in try await delivery.deliver(ids[number % 8]) }
            #expect(Set(try await database.states(ids, outbox)) == ["held"])
            #expect(trail.kinds().count { $0 == EmailSignal.held } == 1, "told once an hour")
            let jobs = try await database.jobCount()
            let released = try await AtOnce.run { _ in
                try await database.transaction("test") { try outbox.releaseHeld(in: $0) }
            }
            #expect(released.reduce(0, +) == 8)
            #expect(try await database.jobCount() == jobs + 8)
            let working = MailDelivery(outbox: outbox, database: database, transport: ScriptedTransport())
            _ = await AtOnce.outcomes { number in try await working.deliver(ids[number % 8]) }
            #expect(Set(try await database.states(ids, outbox)) == ["sent"])
            clock.advance(by: .seconds(4 * 86_400))
            let purged = try await AtOnce.run { _ in
                try await database.transaction("test") { try outbox.retain(in: $0).purged }
            }
            #expect(purged.reduce(0, +) == 8)
        }
    }

    @Test("mails of an earlier version are sealed once each, and read the same", arguments: DatabaseEngine.allCases)
    func plain(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock()) { $0.perRecipient = 100 }
            let mails = try (0..<8).map { try MailFixture.signIn("p\($0)@example.test") }
            let ids = try await database.send(mails, by: outbox).map(\.id)
            try await database.transaction("test") { db in
                for id in ids {
                    let row = try #require(
                        try db.row("SELECT \(Outbox.contentColumns) FROM emails WHERE id = \(id.rawValue)"))
                    let contents = try outbox.contents(of: row, id, in: db)
                    try db.execute(
                        """
                        UPDATE emails SET sealed = NULL, recipient = \(contents.recipient), subject = \(contents.subject),
                            body_text = \(contents.text), body_html = \(contents.html) WHERE id = \(id.rawValue)
                        """)
                }
            }
            let sealed = try await AtOnce.run { _ in
                try await database.transaction("test") { try outbox.sealPlain(in: $0) }
            }
            #expect(sealed.reduce(0, +) == 8)
            let transport = ScriptedTransport()
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            for id in ids { try await delivery.deliver(id) }
            #expect(Set(transport.envelopes.map { "\($0.to)" }) == Set((0..<8).map { "p\($0)@example.test" }))
        }
    }

    @Test("an address gets onto the list once, and off it once", arguments: DatabaseEngine.allCases)
    func suppressed(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let trail = MemoryTrail()
            let outbox = try MailFixture.outbox(database, clock: ManualClock(), audit: trail)
            let address = try MailFixture.address("ada@example.test")
            _ = try await AtOnce.run { _ in
                try await database.transaction("test") {
                    try outbox.suppressions.add(address, cause: .manual, actor: "test", in: $0)
                }
            }
            #expect(trail.kinds() == [EmailSignal.suppressed])
            let removed = try await AtOnce.run { _ in
                try await database.transaction("test") {
                    try outbox.suppressions.remove(address, actor: "test", in: $0)
                }
            }
            #expect(removed.count { $0 } == 1 && trail.kinds().count == 2)
        }
    }

    // MARK: Backups

    @Test(
        "restores into one database: one at a time, the others are refused and say why; what is there is whole",
        arguments: DatabaseEngine.allCases)
    func restores(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
                let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
                let before = try await BackupFixture.content(database)
                let settings = database.settings
                let outcomes = await AtOnce.outcomes { _ in
                    _ = try await BackupFixture.restore(settings).run(
                        path: path, opener: BackupFixture.opener, replace: true)
                }
                #expect(outcomes.successes >= 1)
                for case .failure(let error) in outcomes {
                    #expect("\(error)".contains("another restore is under way"), "\(error)")
                }
                #expect(try await BackupFixture.content(database) == before)
            }
        }
    }

    @Test("a backup that fails is closed once", arguments: DatabaseEngine.allCases)
    func failed(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database, accounts: 3)
                let name = try await BackupFixture.maker(database, folder).make(.command).name
                try await database.transaction("test") { try $0.execute("UPDATE backups SET state = 'running'") }
                let ledger = BackupLedger()
                _ = try await AtOnce.run { number in
                    try await database.transaction("test") { db in
                        let now = TestClock().now()
                        guard number.isMultiple(of: 2) else {
                            return try ledger.verified(name, destination: "d", bytes: 1, rows: 1, at: now, in: db)
                        }
                        try ledger.failed(name, destination: "d", reason: "r\(number)", at: now, in: db)
                    }
                }
                let row = try await database.read("test") {
                    try $0.row("SELECT state, coalesce(error, '') AS error FROM backups WHERE name = \(name.text)")
                }
                let state: BackupState? = try row?["state"]
                let error: String? = try row?["error"]
                // Whoever was first has said it; nobody wrote over it.
                #expect(state == .verified && error == "" || state == .failed && error?.hasPrefix("r") == true)
            }
        }
    }
}
