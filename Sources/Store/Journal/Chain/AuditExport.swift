public import Kernel

/// The trail as JSON Lines: one object a row, and a trailer that says how many there were, so that a cut file shows.
public struct AuditExport: Sendable {
    public struct Summary: Sendable, Equatable {
        /// 0 when there was nothing.
        public var first: Int64 = 0
        public var last: Int64 = 0
        public var entries = 0
        public var hash: [UInt8] = []
    }

    private let database: Database
    private let clock: any WallClock

    public init(database: Database, clock: any WallClock) {
        self.database = database
        self.clock = clock
    }

    /// Writes the rows after `sequence` up to `through` (the head by default), page by page.
    ///
    /// - Parameter write: gets whole lines; called one after the other.
    @discardableResult
    public func write(
        after sequence: Int64 = 0, through: Int64? = nil, to write: ([UInt8]) async throws -> Void
    ) async throws -> Summary {
        let head = try await database.read("audit.export") { db in
            try db.value("SELECT sequence FROM audit_head WHERE id = 1", as: Int64.self) ?? 0
        }
        let end = min(through ?? head, head)
        var summary = Summary()
        var next = sequence
        while next < end {
            let after = next
            let page = try await database.read("audit.export") { db in
                try db.rows(
                    """
                    SELECT \(AuditEntry.columns) FROM audit_entries WHERE sequence > \(after) AND sequence <= \(end)
                    ORDER BY sequence LIMIT 1000
                    """
                ).map { row in try AuditEntry(row) }
            }
            guard let first = page.first, let last = page.last else { break }
            var lines = JSONText(reserving: page.count * 400)
            for entry in page { AuditExport.append(entry, to: &lines) }
            try await write(lines.bytes)
            if summary.entries == 0 { summary.first = first.sequence }
            summary.last = last.sequence
            summary.entries += page.count
            summary.hash = last.hash
            next = last.sequence
        }
        try await write(trailer(summary))
        return summary
    }

    private static func append(_ entry: AuditEntry, to json: inout JSONText) {
        json.beginObject()
        json.name("sequence")
        json.number(Int(entry.sequence))
        json.member("\"at\":", plain: entry.at.iso8601)
        json.name("nanoseconds")
        json.number(Int(entry.at.nanosecondsSinceEpoch))
        for (name, value) in [("kind", entry.kind), ("actor", entry.actor), ("subject", entry.subject)]
            as [(StaticString, String?)]
        {
            guard let value else { continue }
            json.name(name)
            json.string(value)
        }
        json.name("details")
        if let pairs = entry.detailPairs {
            json.object(pairs)
        } else {
            json.string(entry.details)
        }
        json.member("\"previous\":", plain: Anchor.hexadecimal(entry.previousHash))
        json.member("\"hash\":", plain: Anchor.hexadecimal(entry.hash))
        json.endObject()
        json.newline()
    }

    private func trailer(_ summary: Summary) -> [UInt8] {
        var json = JSONText(reserving: 200)
        json.beginObject()
        json.literal("\"trailer\":true")
        json.name("first")
        json.number(Int(summary.first))
        json.name("last")
        json.number(Int(summary.last))
        json.name("entries")
        json.number(summary.entries)
        json.member("\"hash\":", plain: Anchor.hexadecimal(summary.hash))
        json.member("\"exported_at\":", plain: clock.now().iso8601)
        json.endObject()
        json.newline()
        return json.bytes
    }
}
