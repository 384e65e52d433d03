import Kernel
import Store

/// Seals anew, under the active keys, what earlier ones sealed: online, in small transactions, and from where it stopped
/// when it was killed.
///
/// A row counts as done because its bytes name the new key, not because a cursor passed it: the cursor only saves work.
public struct Rewrapper: Sendable {
    /// What became of a run.
    public struct Report: Sendable, Equatable {
        /// Values sealed anew by this run.
        public var moved = 0
        /// Of them, by column.
        public var movedIn: [String: Int] = [:]
        /// Values that don't open, by column: they keep their bytes, and their key is kept for them.
        public var unreadable: [String: Int] = [:]
        /// Whether every column was seen to its end.
        public var isFinished = true
    }

    /// Rows in one transaction.
    public static let batch = 100

    let sealer: Sealer
    private let batch: Int
    private var ring: KeyRing { sealer.ring }

    public init(sealer: Sealer, batch: Int = Rewrapper.batch) {
        self.sealer = sealer
        self.batch = max(1, batch)
    }

    /// Goes on until every value is under the active keys, or the task is cancelled.
    public func run() async throws -> Report {
        var report = Report()
        for column in sealer.columns {
            while true {
                if Task.isCancelled {
                    report.isFinished = false
                    return report
                }
                let step = try await step(column)
                report.moved += step.moved
                if step.moved > 0 { report.movedIn["\(column)", default: 0] += step.moved }
                guard step.isDone else { continue }
                if step.unreadable > 0 { report.unreadable["\(column)"] = step.unreadable }
                break
            }
        }
        return report
    }

    struct Step: Sendable {
        var moved = 0
        var unreadable = 0
        var isDone = false
    }

    /// One transaction: at most `batch` rows.
    func step(_ column: SealedColumn) async throws -> Step {
        try await ring.database.transaction("at-rest.rewrap") { db in
            var progress = try Progress(column, db)
            if progress.isDone, try progress.targets == targets(column, db).text {
                return Step(unreadable: progress.unreadable, isDone: true)
            }
            let targets = try targets(column, db)
            if progress.targets != targets.text { progress.start(targets.text) }
            let rows = try db.lockedRows(rows(column, after: progress.cursor, targets))
            var moved = 0
            for row in rows {
                let id: SQLValue = try row["row_id"]
                if try move(row, id: id, column, targets, db) { moved += 1 } else { progress.unreadable += 1 }
                progress.cursor = id
            }
            progress.moved += moved
            progress.movedInPass += moved
            if rows.count < batch {
                // A row may have come behind the cursor: done is only a pass from the start that moved nothing.
                if progress.movedInPass == 0 { progress.isDone = true } else { progress.startPass() }
            }
            try progress.save(at: ring.clock.now(), db)
            return Step(moved: moved, unreadable: progress.unreadable, isDone: progress.isDone)
        }
    }

    private struct Targets {
        let key: RingKey
        let index: RingKey?
        var text: String { key.id.rawValue + (index.map { "/\($0.id)" } ?? "") }
    }

    private func targets(_ column: SealedColumn, _ db: Transaction) throws -> Targets {
        Targets(
            key: try sealer.current(.atRest, in: db),
            index: column.index == nil ? nil : try sealer.current(.blindIndex, in: db))
    }

    /// The next rows that aren't under the targets yet.
    private func rows(_ column: SealedColumn, after cursor: SQLValue?, _ targets: Targets) -> SQL {
        var isOld: SQL = "substr(\(identifier: column.column), 2, 8) <> \(targets.key.id.bytes)"
        var blind: SQL = "NULL"
        if let name = column.index, let index = targets.index {
            blind = "\(identifier: name)"
            isOld = """
                (\(isOld) OR (\(identifier: name) IS NOT NULL AND substr(\(identifier: name), 1, 8) <> \(index.id.bytes)))
                """
        }
        let later: SQL = cursor.map { "AND \(identifier: column.id) > \($0)" } ?? ""
        return """
            SELECT \(identifier: column.id) AS row_id, \(identifier: column.column) AS sealed, \(blind) AS blind
            FROM \(identifier: column.table)
            WHERE \(identifier: column.column) IS NOT NULL AND \(isOld) \(later)
            ORDER BY \(identifier: column.id) LIMIT \(batch)
            """
    }

    /// false when the value doesn't open: nothing is changed then.
    private func move(
        _ row: Row, id: SQLValue, _ column: SealedColumn, _ targets: Targets, _ db: Transaction
    ) throws -> Bool {
        let sealed: [UInt8] = try row["sealed"]
        let blind: SQLValue = try row["blind"]
        let plain: [UInt8]
        do {
            plain = try sealer.open(sealed, at: column, row: id, in: db)
        } catch is AtRestError {
            return false
        }
        let new = try sealer.seal(plain, at: column, row: id, key: targets.key)
        var set: SQL = "\(identifier: column.column) = \(new)"
        if let name = column.index, let key = targets.index, blind != .null {
            set += ", \(identifier: name) = \(sealer.index(plain, at: column, key: key))"
        }
        try db.execute("UPDATE \(identifier: column.table) SET \(set) WHERE \(identifier: column.id) = \(id)")
        return true
    }
}

/// Where one column stands; its row is locked while a batch is under way.
private struct Progress {
    private let column: SealedColumn
    private(set) var targets: String?
    var cursor: SQLValue?
    var moved: Int
    var movedInPass: Int
    var unreadable: Int
    var isDone: Bool

    init(_ column: SealedColumn, _ db: Transaction) throws {
        let row = try db.lockedRow(
            """
            SELECT target, cursor_text, cursor_number, moved, moved_in_pass, unreadable, done FROM sealed_columns
            WHERE table_name = \(column.table) AND column_name = \(column.column)
            """)
        guard let row else { throw AtRestError.unknownColumn("\(column)") }
        self.column = column
        targets = try row["target"]
        let text: String? = try row["cursor_text"]
        let number: Int64? = try row["cursor_number"]
        cursor = text.map { .text($0) } ?? number.map { .integer($0) }
        moved = try row["moved"]
        movedInPass = try row["moved_in_pass"]
        unreadable = try row["unreadable"]
        isDone = try row["done"]
    }

    mutating func start(_ targets: String) {
        self.targets = targets
        moved = 0
        startPass()
    }

    mutating func startPass() {
        cursor = nil
        movedInPass = 0
        unreadable = 0
        isDone = false
    }

    func save(at now: Timestamp, _ db: Transaction) throws {
        var text: String?
        var number: Int64?
        switch cursor {
        case .text(let value): text = value
        case .integer(let value): number = value
        case nil: break
        default: throw AtRestError.unknownColumn("\(column): its key is neither text nor number")
        }
        try db.execute(
            """
            UPDATE sealed_columns SET target = \(targets), cursor_text = \(text), cursor_number = \(number),
                moved = \(moved), moved_in_pass = \(movedInPass), unreadable = \(unreadable), done = \(isDone),
                updated_at = \(now)
            WHERE table_name = \(column.table) AND column_name = \(column.column)
            """)
    }
}
