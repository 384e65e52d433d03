import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

/// A server that goes away, refuses or lies, and what the facade makes of it.
@Suite("PostgreSQL, when things go wrong")
struct PostgresFailureTests {
    /// What clients were told.
    private final class Ledger: Sendable {
        let acknowledged = Mutex<Set<String>>([])
        let refused = Mutex<[DatabaseError]>([])
        let isOver = Atomic<Bool>(false)
    }

    private static func open(
        _ url: String, configure: (inout DatabaseSettings) -> Void = { _ in }
    ) async throws -> Database {
        var settings = try DatabaseSettings(parsing: Secret(url))
        settings.connectTimeout = .seconds(2)
        settings.poolSize = 4
        configure(&settings)
        return try await Database.open(settings, clock: TestClock(), random: SeededRandomSource(seed: 3))
    }

    @Test("a crash under load loses nothing that was acknowledged, and the pool heals by itself")
    func crash() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let database = try await Self.open(try server.makeDatabase())
        try await database.transaction("test") { db in
            try db.execute("CREATE TABLE marks (id TEXT PRIMARY KEY)")
        }
        let ledger = Ledger()
        try await withThrowingTaskGroup { group in
            for task in 0..<16 {
                group.addTask {
                    var number = 0
                    while !ledger.isOver.load(ordering: .relaxed), !Task.isCancelled {
                        number += 1
                        let id = "\(task)-\(number)"
                        do {
                            try await database.transaction("test.mark") { db in
                                try db.execute("INSERT INTO marks (id) VALUES (\(id))")
                            }
                            ledger.acknowledged.withLock { _ = $0.insert(id) }
                        } catch let error as DatabaseError {
                            ledger.refused.withLock { $0.append(error) }
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                }
            }
            for _ in 0..<2 {
                try await Task.sleep(for: .milliseconds(300))
                let refusals = ledger.refused.withLock { $0.count }
                server.crash()
                // However busy the machine is: down until somebody has noticed.
                try await eventually(within: .seconds(20), "a refusal") {
                    ledger.refused.withLock { $0.count } > refusals
                }
                try server.start()
            }
            let before = ledger.acknowledged.withLock { $0.count }
            try await eventually(within: .seconds(5), "the pool heals") {
                ledger.acknowledged.withLock { $0.count } > before + 50
            }
            ledger.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let kept = try await database.read("test") { db in
            Set(try db.rows("SELECT id FROM marks").map { row -> String in try row["id"] })
        }
        #expect(ledger.acknowledged.withLock { $0 }.subtracting(kept).isEmpty, "acknowledged and gone")
        let errors = ledger.refused.withLock { $0 }
        #expect(!errors.isEmpty, "a crash that nobody noticed proves nothing")
        for error in errors {
            #expect(error.problem.status == 503 && error.problem.retryAfter != nil, "\(error)")
        }
        #expect(database.pool.inUse == 0)
        await database.close()
    }

    @Test("an address that nobody answers, a wrong database and a wrong role are told apart, without the password")
    func unreachable() async throws {
        let server = try PostgresServer.ofThisRun
        let nobody = FreePort.pick()
        for (url, code) in [
            ("postgres://seaworthy:hunter2-secret@127.0.0.1:\(nobody)/x", DatabaseError.Code.unavailable),
            ("postgres://seaworthy:hunter2-secret@127.0.0.1:\(server.port)/nowhere", .configuration),
            ("postgres://nobody:hunter2-secret@127.0.0.1:\(server.port)/postgres", .authentication),
        ] {
            let error = await #expect(throws: DatabaseError.self) { _ = try await Self.open(url) }
            #expect(error?.code == code, "\(error.map { "\($0)" } ?? "")")
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test("a wrong password is authentication, and the right one works")
    func password() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        try server.sql("CREATE ROLE guarded LOGIN PASSWORD 'a right password'")
        try server.configure(
            access:
                "host all guarded 127.0.0.1/32 scram-sha-256\nlocal all all trust\nhost all seaworthy 127.0.0.1/32 trust\n"
        )
        let error = await #expect(throws: DatabaseError.self) {
            _ = try await Self.open("postgres://guarded:wrong@127.0.0.1:\(server.port)/postgres")
        }
        #expect(error?.code == .authentication)
        let database = try await Self.open("postgres://guarded:a%20right%20password@127.0.0.1:\(server.port)/postgres")
        let denied = await #expect(throws: DatabaseError.self) {
            try await database.transaction("test") { db in try db.execute("CREATE ROLE other") }
        }
        #expect(denied?.code == .permission)
        await database.close()
    }

    @Test("TLS: the right certificate passes; an expired, a foreign and a misnamed one don't, nor does plain text")
    func certificates() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let certificates = try await TestCertificates(in: server.directory)
        let base = "postgres://seaworthy@localhost:\(server.port)/postgres?hostaddr=127.0.0.1"
        func attempt(_ name: String, days: String, authority: String, trusted: String) async throws -> DatabaseError? {
            try await certificates.make(name, days: days, authority: authority)
            try server.configure(certificate: certificates.server)
            do {
                let database = try await Self.open(
                    "\(base)&sslmode=verify-full&sslrootcert=\(certificates.authority(trusted))")
                let cipher = try await database.read("test") { db in
                    try db.value("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", as: String?.self)
                }
                #expect(cipher??.hasPrefix("TLSv1.") == true)
                await database.close()
                return nil
            } catch let error as DatabaseError {
                return error
            }
        }
        #expect(try await attempt("localhost", days: "10", authority: "ours", trusted: "ours") == nil)
        for (name, days, trusted) in [
            ("elsewhere", "10", "ours"), ("localhost", "-1", "ours"), ("localhost", "10", "other"),
        ] {
            let error = try await attempt(name, days: days, authority: "ours", trusted: trusted)
            #expect(
                error?.code == .authentication, "\(name) \(days) \(trusted): \(error.map { "\($0)" } ?? "it passed")")
        }
        try server.configure(certificate: nil)
        let plain = await #expect(throws: DatabaseError.self) {
            _ = try await Self.open("\(base)&sslmode=verify-full&sslrootcert=\(certificates.authority("ours"))")
        }
        #expect(plain?.code == .authentication)
    }

    static let addresses: [(given: String, problem: String?)] = [
        ("postgres://u@localhost/n", nil),
        ("postgres://u@127.0.0.1:5433/n?sslmode=disable", nil),
        ("postgresql://u:p@db.example.com/n", nil),
        ("postgres://u@db.example.com/n?sslmode=verify-full&sslrootcert=/x.pem", nil),
        ("postgres://u@/n?host=/var/run/postgresql", nil),
        ("postgres://u@db.example.com/n?sslmode=require", "sslmode=require"),
        ("postgres://u@127.evil.example/n?sslmode=disable", "sslmode=disable"),
        ("postgres://u@db.example.com/n?sslmode=prefer", "sslmode=prefer"),
        ("postgres://u@a.example,b.example/n", "one host"),
        ("postgres://localhost/", "user and database are missing"),
        ("postgres://u:pass word@h/n?nonsense=1", "not a PostgreSQL address"),
        ("mysql://u@h/n", "mysql://"),
        ("", "file name"),
        ("sqlite:", "file name"),
        ("some/directory/", "file name"),
    ]

    @Test("an address is refused with what would be valid", arguments: addresses.indices)
    func parsing(_ index: Int) throws {
        let (given, problem) = Self.addresses[index]
        do {
            let settings = try DatabaseSettings(parsing: Secret(given))
            #expect(problem == nil, "\(given) passed: \(settings.address)")
        } catch {
            #expect(error.code == .configuration)
            #expect(problem.map { error.detail.contains($0) } == true, "\(given): \(error)")
            #expect(!error.detail.contains("pass word"))
        }
    }
}

/// Certificates made by OpenSSL's own program, as an operator would.
struct TestCertificates {
    private let directory: String

    init(in directory: String) async throws {
        self.directory = directory
        for name in ["ours", "other"] {
            try await run(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj",
                "/CN=\(name) authority", "-keyout", "\(directory)/\(name).key", "-out", authority(name))
        }
    }

    func authority(_ name: String) -> String { "\(directory)/\(name).pem" }
    var server: (certificate: String, key: String) { ("\(directory)/server.pem", "\(directory)/server.key") }

    /// A server certificate for `name`; negative days: expired yesterday.
    func make(_ name: String, days: String, authority: String) async throws {
        try await run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=DNS:\(name)", "-keyout", server.key, "-out", "\(directory)/server.csr")
        try await run(
            "x509", "-req", "-in", "\(directory)/server.csr", "-CA", self.authority(authority), "-CAkey",
            "\(directory)/\(authority).key", "-CAcreateserial", "-copy_extensions", "copy", "-days", days, "-out",
            server.certificate)
    }

    private func run(_ arguments: String...) async throws {
        let run = try await ForeignProgram.run("openssl", arguments)
        try #require(run.status == 0, "openssl \(arguments.joined(separator: " ")): \(run.errors)")
    }
}
