public import Kernel
import Synchronization

/// The audit trail: events are gathered in the transaction of their act and chained at its COMMIT, under the lock of one row.
///
/// The chain's head is locked last and only for one INSERT, one UPDATE and the COMMIT. An act that is undone leaves no row;
/// a row that exists has its act.
public final class Journal: AuditTrail {
    /// What becomes of a detail that the registry doesn't declare.
    public enum Strictness: Sendable {
        /// Throws, so that a test finds it.
        case throwing
        /// Leaves it out and counts it: no act fails in production because of its record.
        case dropping
    }

    /// What was recorded since the start, for metrics.
    public struct Figures: Sendable, Equatable {
        public var recorded: [String: Int] = [:]
        public var droppedDetails = 0
        public var unregistered = 0
    }

    /// Who acts without being a person: kept as it is. Everybody else becomes a pseudonym.
    public static let impersonal: Set<String> = ["system", "edge", "worker", "anonymous"]

    private let clock: any WallClock
    private let pseudonyms: Pseudonyms
    private let strictness: Strictness
    private let outlets: [any EventOutlet]
    private let observer: @Sendable ([RecordedEvent]) -> Void
    private let counted = Mutex(Figures())

    /// - Parameters:
    ///   - outlets: get every event inside its transaction, such as webhooks.
    ///   - observer: gets them once they are committed, for the log; it must not block.
    public init(
        clock: any WallClock, random: any RandomSource, strictness: Strictness = .dropping,
        outlets: [any EventOutlet] = [], observer: @escaping @Sendable ([RecordedEvent]) -> Void = { _ in }
    ) {
        self.clock = clock
        pseudonyms = Pseudonyms(random: random)
        self.strictness = strictness
        self.outlets = outlets
        self.observer = observer
    }

    public var figures: Figures { counted.withLock { $0 } }

    /// Records an event with this transaction.
    ///
    /// - Throws: `JournalError` when strict; else only what the database throws, at COMMIT.
    public func append(_ event: AuditEvent, in db: Transaction) throws { try append(event, at: clock.now(), in: db) }

    func append(_ event: AuditEvent, at time: Timestamp, in db: Transaction) throws {
        let (kind, details) = try accepted(event)
        // A person's id with U+0000 can't be stored, and the act must not fail by its record.
        let event = AuditEvent(
            event.kind, actor: event.actor?.replacing("\0", with: "\u{FFFD}"),
            subject: event.subject?.replacing("\0", with: "\u{FFFD}"))
        let batch = batch(of: db)
        batch.waiting.append((kind: kind, at: time, event: event, details: details))
        guard !batch.isScheduled else { return }
        batch.isScheduled = true
        db.atCommit(.records) { db in try self.settle(batch, in: db) }
    }

    /// Destroys the link between a person and their pseudonym at COMMIT, after this transaction's own events about them: the
    /// chain stays as it is, and nobody can say any more who it speaks of.
    public func forget(_ person: String, in db: Transaction) {
        batch(of: db).forgotten.insert(person)
    }

    /// The pseudonym that a person has in the trail; nil when they never appeared or were forgotten.
    public func pseudonym(of person: String, in db: ReadTransaction) throws -> String? {
        try db.value("SELECT pseudonym FROM audit_subjects WHERE person = \(person)")
    }

    // MARK: What is accepted

    private func accepted(_ event: AuditEvent) throws(JournalError) -> (EventKind, [String: String]) {
        guard let kind = EventRegistry.kind(event.kind) else {
            if strictness == .throwing { throw .unregisteredKind(event.kind) }
            counted.withLock { $0.unregistered += 1 }
            guard let stand = EventRegistry.kind(EventRegistry.unregistered) else {
                throw .unregisteredKind(event.kind)
            }
            return (stand, ["kind": String(event.kind.prefix(100))])
        }
        var details: [String: String] = [:]
        for (name, value) in event.details {
            if kind.accepts(name) {
                details[name] = String(value.prefix(Journal.longestDetail))
            } else if strictness == .throwing {
                throw .undeclaredField(kind: kind.id, field: name)
            } else {
                counted.withLock { $0.droppedDetails += 1 }
            }
        }
        return (kind, details)
    }

    /// In characters: an event is a line, not a document.
    static let longestDetail = 500

    // MARK: At COMMIT

    private func batch(of db: Transaction) -> JournalBatch {
        if let batch = db.gathered(JournalBatch.self).first { return batch }
        let batch = JournalBatch()
        _ = db.gather(batch)
        db.atCommit(.journal) { db in try self.chain(batch, in: db) }
        return batch
    }

    /// Puts pseudonyms for people, and hands the events to the outlets while nothing shared is locked yet.
    private func settle(_ batch: JournalBatch, in db: Transaction) throws {
        batch.isScheduled = false
        guard !batch.waiting.isEmpty else { return }
        let people = batch.waiting.flatMap { [$0.event.actor, $0.event.subject] }.compactMap { $0 }
        let names = try pseudonyms.resolve(people.filter { !Journal.impersonal.contains($0) }, in: db)
        func name(_ person: String?) -> String? { person.map { names[$0] ?? $0 } }
        let events = batch.waiting.map { waiting in
            RecordedEvent(
                kind: waiting.kind, at: waiting.at, actor: name(waiting.event.actor),
                subject: name(waiting.event.subject), details: waiting.details)
        }
        batch.waiting = []
        for outlet in outlets { try outlet.deliver(events, in: db) }
        batch.settled += events
    }

    private func chain(_ batch: JournalBatch, in db: Transaction) throws {
        try settle(batch, in: db)
        let events = batch.settled
        let audited = events.filter(\.kind.isAudited)
        if !audited.isEmpty { try extend(with: audited, in: db) }
        try pseudonyms.forget(batch.forgotten, in: db)
        guard !events.isEmpty else { return }
        db.afterCommit {
            self.counted.withLock { for event in events { $0.recorded[event.kind.id, default: 0] += 1 } }
            self.observer(events)
        }
    }

    private func extend(with events: [RecordedEvent], in db: Transaction) throws {
        guard let head = try db.lockedRow("SELECT sequence, hash FROM audit_head WHERE id = 1") else {
            throw DatabaseError(.schema, "the audit chain has lost its head row")
        }
        var sequence: Int64 = try head["sequence"]
        var hash: [UInt8] = try head["hash"]
        var rows: [SQL] = []
        rows.reserveCapacity(events.count)
        for event in events {
            sequence += 1
            let entry = AuditEntry(sequence: sequence, previousHash: hash, event: event)
            hash = entry.hash
            rows.append(
                """
                (\(entry.sequence), \(entry.at), \(entry.kind), \(entry.actor), \(entry.subject), \(entry.details),
                \(entry.previousHash), \(entry.hash))
                """)
        }
        // Sizes that are powers of two: seven statements to prepare, not one for each number of rows.
        var rest = rows[...]
        while !rest.isEmpty {
            var size = 64
            while size > rest.count { size /= 2 }
            let part = SQL.joined(Array(rest.prefix(size)), by: ", ")
            try db.execute("INSERT INTO audit_entries (\(AuditEntry.columns)) VALUES \(part)")
            rest = rest.dropFirst(size)
        }
        try db.execute("UPDATE audit_head SET sequence = \(sequence), hash = \(hash) WHERE id = 1")
    }
}

/// What one transaction has to say. Lives as long as the transaction, on its thread.
final class JournalBatch {
    var waiting: [(kind: EventKind, at: Timestamp, event: AuditEvent, details: [String: String])] = []
    var settled: [RecordedEvent] = []
    var forgotten: Set<String> = []
    var isScheduled = false
}
