import Kernel
import Operations
import Store
import TestKit
import Testing

@Suite("The ring of keys, on both engines")
struct KeyRingTests {
    @Test(
        "a key signs once everybody can know it; the one before verifies to its end, then is destroyed",
        arguments: DatabaseEngine.allCases)
    func life(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        let trail = RecordingTrail()
        try await Vault.with(engine, clock: clock, trail: trail) { database, ring in
            let first = try ring.signing(.token)
            #expect(first.reveal().count == 32)
            let rotation = try await ring.rotate(.token, actor: "cli:ada")
            #expect(!rotation.isNew, "the first key is seconds old")
            clock.advance(by: .seconds(3600))
            let second = try await ring.rotate(.token, actor: "cli:ada")
            #expect(second.isNew && second.key.rawValue != first.id)
            #expect(try ring.signing(.token).id == first.id, "not before the replicas know it")
            #expect(ring.verifying(second.key.rawValue, for: .token) != nil, "but known at once")
            clock.advance(by: .seconds(10))
            #expect(try ring.signing(.token).id == second.key.rawValue)
            #expect(ring.verifying(first.id, for: .token)?.reveal() == first.reveal())
            #expect(ring.verifying(first.id, for: .session) == nil, "another purpose")
            #expect(ring.verifying("0000000000000000", for: .token) == nil && ring.verifying("x", for: .token) == nil)
            #expect(try await ring.destroyExpired() == [])
            clock.advance(by: .seconds(86_400 + 9))
            #expect(ring.verifying(first.id, for: .token) != nil)
            clock.advance(by: .seconds(2))
            #expect(ring.verifying(first.id, for: .token) == nil, "refused on time, whether upkeep ran or not")
            #expect(try await ring.destroyExpired().map(\.rawValue) == [first.id])
            let left = try await database.read("test") {
                try $0.value(
                    "SELECT count(*) FROM secret_keys WHERE id = \(first.id) AND wrapped IS NOT NULL", as: Int.self)
            }
            #expect(left == 0)
            let kinds = trail.all.filter { $0.details["purpose"] == "token" }.map(\.kind)
            #expect(kinds == ["secret.created", "secret.rotated", "secret.destroyed"])
            #expect(trail.all.contains { $0.actor == "cli:ada" })
        }
    }

    @Test("32 that rotate at once make one key, and a repeated command none", arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { database, ring in
            for urgent in [false, true] {
                clock.advance(by: .seconds(7200))
                let rotations = try await withThrowingTaskGroup(of: Rotation.self) { group in
                    for _ in 0..<32 { group.addTask { try await ring.rotate(.session, urgent: urgent) } }
                    return try await group.reduce(into: [Rotation]()) { $0.append($1) }
                }
                #expect(rotations.count { $0.isNew } == 1)
                #expect(Set(rotations.map(\.key)).count == 1)
                #expect(try await ring.rotate(.session, urgent: urgent).isNew == false)
            }
            let count = try await database.read("test") {
                try $0.value("SELECT count(*) FROM secret_keys WHERE purpose = 'session'", as: Int.self)
            }
            #expect(count == 3)
        }
    }

    @Test("16 replicas that start together have the same keys", arguments: DatabaseEngine.allCases)
    func start(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Vault.migrations) { database in
            let ids = try await withThrowingTaskGroup(of: [String].self) { group in
                for seed in 0..<16 {
                    group.addTask {
                        let ring = try Vault.ring(database, seed: UInt64(seed))
                        try await ring.open()
                        return try KeyPurpose.standard.map { try ring.signing($0).id }
                    }
                }
                return try await group.reduce(into: Set<[String]>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test(
        "an urgent rotation signs anew at once, and what the old keys signed is refused",
        arguments: DatabaseEngine.allCases)
    func urgent(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { _, ring in
            let stolen = try ring.signing(.token).id
            clock.advance(by: .seconds(60))
            let rotation = try await ring.rotate(.token, urgent: true)
            #expect(rotation.isNew && rotation.overlapping.isEmpty)
            #expect(try ring.signing(.token).id == rotation.key.rawValue)
            #expect(ring.verifying(stolen, for: .token) == nil)
        }
    }

    @Test("another replica signs with the new key within a second of its time", arguments: DatabaseEngine.allCases)
    func feed(_ engine: DatabaseEngine) async throws {
        var settings = KeyRingSettings()
        settings.propagation = .seconds(1)
        settings.settling = .zero
        try await Vault.with(engine, settings: settings) { database, ring in
            let other = try Vault.ring(database, seed: 77, settings: settings)
            let feed = ChangeFeed(database: database, clock: TestClock())
            other.follow(feed)
            let running = Task { await feed.run() }
            try await eventually { (try? other.signing(.csrf).id) == (try? ring.signing(.csrf).id) }
            let rotation = try await ring.rotate(.csrf)
            try await eventually(within: .seconds(1)) { other.verifying(rotation.key.rawValue, for: .csrf) != nil }
            try await eventually(within: .seconds(2)) { try other.signing(.csrf).id == rotation.key.rawValue }
            running.cancel()
            await running.value
        }
    }

    @Test(
        "a clock that goes back never brings an old key back, and always leaves one that signs",
        arguments: DatabaseEngine.allCases)
    func clockGoesBack(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(100_000))
        try await Vault.with(engine, clock: clock) { database, ring in
            let first = try ring.signing(.mail).id
            let past = try Vault.ring(database, clock: ManualClock(), seed: 3)
            try await past.refresh()
            #expect(try past.signing(.mail).id == first)
            #expect(try await past.rotate(.mail).isNew == false)
            let urgent = try await past.rotate(.mail, urgent: true)
            try await ring.refresh()
            #expect(try ring.signing(.mail).id == urgent.key.rawValue)
        }
    }

    @Test(
        "a new root key wraps the ring anew, with the old one in the list; without it nothing is touched",
        arguments: DatabaseEngine.allCases)
    func rootRotation(_ engine: DatabaseEngine) async throws {
        try await Vault.with(engine) { database, ring in
            let before = try ring.signing(.token)
            let alone = try Vault.ring(database, roots: [Vault.rootB])
            let error = await #expect(throws: KeyRingError.self) { try await alone.open() }
            #expect(error?.code == .rootUnknown)
            #expect(error?.description.contains("add the earlier secret-key") == true)
            #expect("\(error.map { "\($0)" } ?? "")".contains(Vault.rootB.reveal()) == false)
            try await alone.refresh()
            #expect(alone.unreadable.count == KeyPurpose.standard.count)
            let both = try Vault.ring(database, roots: [Vault.rootB, Vault.rootA], seed: 9)
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await both.rewrapRing() } }
                return try await group.reduce(into: 0) { $0 += $1 }
            }
            #expect(counts == KeyPurpose.standard.count, "each key once")
            try await alone.open()
            #expect(try alone.signing(.token).reveal() == before.reveal())
            #expect(alone.unreadable.isEmpty)
        }
    }

    @Test("a wrapped key that was changed or moved to another row is refused", arguments: DatabaseEngine.allCases)
    func damaged(_ engine: DatabaseEngine) async throws {
        try await Vault.with(engine) { database, ring in
            let token = try ring.signing(.token).id
            let mail = try ring.signing(.mail).id
            try await database.transaction("test") { db in
                let bytes: [UInt8] = try db.value("SELECT wrapped FROM secret_keys WHERE id = \(mail)") ?? []
                try db.execute("UPDATE secret_keys SET wrapped = \(bytes) WHERE id = \(token)")
            }
            let fresh = try Vault.ring(database, seed: 4)
            try await fresh.refresh()
            #expect(fresh.unreadable.map(\.rawValue) == [token])
            #expect(throws: KeyRingError.self) { try fresh.signing(.token) }
            #expect(try fresh.signing(.mail).id == mail)
            let both = try Vault.ring(database, roots: [Vault.rootB, Vault.rootA], seed: 5)
            let error = await #expect(throws: KeyRingError.self) { try await both.rewrapRing() }
            #expect(error?.code == .damaged)
            let moved = try await database.read("test") {
                try $0.value(
                    "SELECT count(*) FROM secret_keys WHERE root_id = \(try RootKeys([Vault.rootB]).firstID)",
                    as: Int.self)
            }
            #expect(moved == 0, "all or none")
        }
    }

    @Test(
        "upkeep rotates by age; a pepper is kept until it is released, and never the one in use",
        arguments: DatabaseEngine.allCases)
    func upkeep(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        var settings = KeyRingSettings()
        settings.rotateAfter = .seconds(90 * 86_400)
        try await Vault.with(engine, clock: clock, settings: settings) { _, ring in
            let session = try ring.signing(.session).id
            let pepper = try ring.signing(.passwordPepper).id
            try await ring.upkeep()
            #expect(try ring.signing(.session).id == session)
            clock.advance(by: .seconds(91 * 86_400))
            try await ring.upkeep()
            clock.advance(by: .seconds(11))
            #expect(try ring.signing(.session).id != session)
            #expect(try ring.signing(.passwordPepper).id == pepper)
            try await ring.rotate(.passwordPepper)
            clock.advance(by: .seconds(3 * 365 * 86_400))
            try await ring.destroyExpired()
            #expect(ring.verifying(pepper, for: .passwordPepper) != nil)
            let newest = try #require(KeyID(rawValue: try ring.signing(.passwordPepper).id))
            await #expect(throws: KeyRingError.self) { try await ring.release(newest, actor: "test") }
            try await ring.release(try #require(KeyID(rawValue: pepper)), actor: "test")
            #expect(ring.verifying(pepper, for: .passwordPepper) == nil)
        }
    }

    @Test("what is printed, listed and audited holds no key", arguments: DatabaseEngine.allCases)
    func canary(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        let trail = RecordingTrail()
        try await Vault.with(engine, clock: clock, trail: trail) { _, ring in
            clock.advance(by: .seconds(7200))
            let rotation = try await ring.rotate(.atRest)
            let key = try ring.signing(.token)
            let listed = try await ring.inventory(configured: [
                ConfiguredSecret(
                    name: "secret-key", values: [Vault.rootA],
                    origin: "/run/secrets/\u{1B}[31m" + String(repeating: "x", count: 90),
                    modifiedAt: clock.now(), judgement: .strong)
            ])
            var text = listed.text(at: clock.now()) + rotation.text(at: clock.now()) + "\(trail.all) \(key) \(rotation)"
            dump(key, to: &text)
            dump(listed, to: &text)
            let lines = (listed.text(at: clock.now()) + rotation.text(at: clock.now())).split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 80 })
            #expect(lines.contains { $0.contains("at-rest") && $0.contains("pending") })
            #expect(lines.contains { $0.contains("secret-key") && $0.contains("strong") && !$0.contains("\u{1B}") })
            let hex = key.reveal().map { Vault.hex($0) }.joined()
            #expect(!text.contains(hex) && !text.contains("\(key.reveal())") && !text.contains(Vault.rootA.reveal()))
        }
    }
}
