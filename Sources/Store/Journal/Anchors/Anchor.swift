public import Kernel

/// The chain's head as it was at a moment, kept outside the database: what even its superuser can't take back.
public struct Anchor: Sendable, Equatable {
    public let sequence: Int64
    public let hash: [UInt8]
    public let at: Timestamp

    public init(sequence: Int64, hash: [UInt8], at: Timestamp) {
        self.sequence = sequence
        self.hash = hash
        self.at = at
    }

    /// `SEQUENCE HASH TIME`, such as `1204 9f86…0a08 2026-11-21T04:18:07.123Z`.
    public var line: String { "\(sequence) \(Anchor.hexadecimal(hash)) \(at.iso8601)" }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 0xF] { text.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A place outside the database that keeps anchors: a file, a webhook, a mailbox.
public protocol AnchorDestination: Sendable {
    /// For operators, such as `file /var/lib/seaworthy/anchors`.
    var name: String { get }
    /// - Throws: whatever went wrong; the anchor is published again later.
    func publish(_ anchor: Anchor) async throws
}

/// A destination made of a closure: what a webhook or a mail is to this room.
public struct AnchorOutlet: AnchorDestination {
    public let name: String
    private let send: @Sendable (Anchor) async throws -> Void

    public init(_ name: String, _ send: @escaping @Sendable (Anchor) async throws -> Void) {
        self.name = name
        self.send = send
    }

    public func publish(_ anchor: Anchor) async throws { try await send(anchor) }
}

/// Publishes the head wherever it is to be kept. A job: scheduled by cron, tried again when a destination fails.
public struct AnchorSchedule: JobHandler {
    public let kind: JobKind = "audit.anchor"
    private let database: Database
    private let clock: any WallClock
    private let journal: Journal
    private let destinations: [any AnchorDestination]

    public init(
        database: Database, clock: any WallClock, journal: Journal, destinations: [any AnchorDestination]
    ) {
        self.database = database
        self.clock = clock
        self.journal = journal
        self.destinations = destinations
    }

    public func run(_ job: Job) async throws {
        let failed = try await publish()
        guard let first = failed.first else { return }
        if job.attempt >= job.maxAttempts {
            let journal = journal
            try await database.transaction("audit.anchor") { db in
                for failure in failed {
                    try journal.append(
                        AuditEvent(
                            "audit.anchor-failed", actor: "system",
                            details: ["destination": failure.name, "reason": failure.reason]),
                        in: db)
                }
            }
        }
        throw JobFailure.retry(reason: "\(first.name): \(first.reason)")
    }

    /// Publishes the head now. One destination's failure keeps none of the others from it.
    ///
    /// - Returns: destinations that failed.
    public func publish() async throws -> [(name: String, reason: String)] {
        let now = clock.now()
        let anchor = try await database.read("audit.anchor") { db -> Anchor? in
            guard let head = try db.row("SELECT sequence, hash FROM audit_head WHERE id = 1") else { return nil }
            return Anchor(sequence: try head["sequence"], hash: try head["hash"], at: now)
        }
        guard let anchor, anchor.sequence > 0 else { return [] }
        var failed: [(name: String, reason: String)] = []
        for destination in destinations {
            do {
                try await destination.publish(anchor)
            } catch {
                failed.append((destination.name, String("\(error)".prefix(200))))
            }
        }
        return failed
    }
}
