import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

/// A webhook's other end: keeps what came, and answers each call as told.
final class WebhookReceiver: Sendable {
    enum Answer: Sendable {
        case status(Int)
        /// Until the caller goes away.
        case silence
    }

    private final class Log: Sendable {
        let requests = Mutex<[RawRequest]>([])
    }

    let port: Int
    private let server: RawUpstream
    private let log: Log

    private init(_ server: RawUpstream, _ log: Log) {
        self.server = server
        self.log = log
        port = server.port
    }

    /// - Parameter answer: for the call with this number, from 0.
    static func start(_ answer: @escaping @Sendable (_ number: Int) -> Answer) async throws -> WebhookReceiver {
        let log = Log()
        let server = try await RawUpstream.start { connection, _ in
            guard let request = await connection.request(within: .seconds(60)) else { return }
            let number = log.requests.withLock { requests in
                requests.append(request)
                return requests.count - 1
            }
            switch answer(number) {
            case .status(let status):
                try await connection.send(Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n".utf8))
            case .silence: _ = await connection.request(within: .seconds(60))
            }
        }
        return WebhookReceiver(server, log)
    }

    var requests: [RawRequest] { log.requests.withLock { $0 } }
    /// What names each delivery, in the order in which they came.
    var ids: [String] { requests.compactMap { $0.values("webhook-id").first } }

    func stop() async { await server.stop() }
}

extension Workspace {
    static let webhookSecret = "a secret of the tests and long enough"

    /// A root key, which mail wants where the database isn't a developer's file.
    static let secretKey = "secret-key: Vx7Qm2pL9sKd4TzRb8WnYc3HgJf6AeUo"

    /// A `seaworthy.yaml` with short leases and, where there is a receiver, a webhook that hears of what operators do with jobs.
    func configure(_ receiver: WebhookReceiver? = nil, _ lines: String...) throws {
        var text = "environment: development\noperations.jobs.lease: 2s\n" + lines.map { $0 + "\n" }.joined()
        if let receiver {
            text += """
                egress.plain-http: true
                egress.allow: [127.0.0.0/8]
                webhooks.endpoints:
                  - id: ops
                    url: http://127.0.0.1:\(receiver.port)/hook
                    secrets: [\(Workspace.webhookSecret)]
                    events: [job.*]

                """
        }
        try write("seaworthy.yaml", text)
    }

    /// The address of a new database of that engine, with its schema.
    func migrated(_ engine: DatabaseEngine) async throws -> String {
        let address = engine == .sqlite ? path("a.db") : try PostgresServer.ofThisRun.makeDatabase()
        let run = try await run("migrate", "up", "--database", address)
        #expect(run.status == 0, "\(run.err)")
        return address
    }

    /// A worker of nobody's, at work.
    func worker(_ address: String, _ arguments: String...) async throws -> Running {
        let worker = try start(["work", "--database", address] + arguments)
        try await worker.wait("a worker at work") { worker.out.contains("\"work-started\"") || !worker.isRunning }
        #expect(worker.isRunning, "\(worker.err)")
        return worker
    }
}

/// A database beside the processes under test.
struct JobsBeside {
    let database: Database
    let queue = JobQueue(clock: TestClock(), random: SeededRandomSource(seed: UInt64.random(in: 1...UInt64.max)))

    static func with(_ address: String, _ work: (JobsBeside) async throws -> Void) async throws {
        let beside = JobsBeside(database: try await opened(address))
        do {
            try await work(beside)
        } catch {
            await beside.database.close()
            throw error
        }
        await beside.database.close()
    }

    func jobs(_ kind: JobKind) async throws -> [JobRecord] {
        let queue = queue
        return try await database.read("test.jobs") { try queue.list(kind: kind, limit: 200, in: $0) }
    }

    @discardableResult
    func enqueue(_ request: JobRequest) async throws -> UniqueID {
        let queue = queue
        return try await database.transaction("test.enqueue") { try queue.enqueue(request, in: $0) }
    }

    /// Puts deliveries for the webhook `ops` into the database, as events do.
    func deliveries(_ count: Int) async throws {
        let queue = queue
        try await database.transaction("test.deliveries") { db in
            for number in 0..<count {
                let id = "delivery-\(number)"
                try db.execute(
                    """
                    INSERT INTO webhook_deliveries (id, endpoint, kind, body, state, attempts, created_at)
                    VALUES (\(id), 'ops', 'job.cancelled', '{}', 'waiting', 0, \(TestClock().now()))
                    """)
                try queue.enqueue(JobRequest("webhook.deliver", payload: "{\"delivery\":\"\(id)\"}"), in: db)
            }
        }
    }

    /// Until the jobs of a kind are as wanted.
    func wait(
        _ what: String, _ kind: JobKind, until condition: ([JobRecord]) -> Bool
    ) async throws {
        let began = ContinuousClock.now
        var jobs = try await jobs(kind)
        while !condition(jobs) {
            guard began.duration(to: .now) < .seconds(30) else {
                throw Running.TimedOut(description: "waited for \(what): \(jobs)")
            }
            try await Task.sleep(for: .milliseconds(20))
            jobs = try await self.jobs(kind)
        }
    }

    /// Kinds of the audit trail, in order.
    func trail() async throws -> [String] {
        try await database.read("test.trail") { db in
            try db.rows("SELECT kind FROM audit_entries ORDER BY sequence").map { try $0["kind"] }
        }
    }
}
