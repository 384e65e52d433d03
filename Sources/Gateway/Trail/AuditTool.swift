import Kernel
import Operations
import Store

/// What `seaworthy audit` and `seaworthy search` do with the trail of a database, beside whatever runs on it.
public struct AuditTool: Sendable {
    private let tool: SchemaTool
    private let configuration: GatewayConfiguration
    private let journal: Journal
    /// nil where no mail leaves.
    private let mailer: (any Mailer)?
    private var database: Database { tool.database }

    /// Opens the database, whose schema must be up to date: `serve` or `migrate up` saw to that.
    public static func open(_ configuration: GatewayConfiguration) async throws(DatabaseFailure) -> AuditTool {
        let tool = try await SchemaTool.open(configuration.database)
        do throws(DatabaseFailure) {
            try await tool.check()
            let services = try BackgroundServices(configuration, tool.database, tool.ports)
            return AuditTool(
                tool: tool, configuration: configuration, journal: services.journal, mailer: services.outbox)
        } catch {
            await tool.close()
            throw error
        }
    }

    public func close() async { await tool.close() }

    /// What a verification saw.
    public struct Report: Sendable {
        public struct Finding: Sendable {
            /// Such as `edited`.
            public let kind: String
            public let first, last: Int64
            /// In words, with the rows.
            public let text: String
        }
        public let from, through, entries: Int64
        /// Anchors that were looked at, and those of them that lay within and agreed.
        public let anchors, anchorsMatched: Int
        public let findings: [Finding]
        /// Where the next verification may go on: `SEQUENCE HASH`.
        public let end: String
        public var isIntact: Bool { findings.isEmpty }
    }

    /// Looks at every row; appends nothing.
    ///
    /// - Parameters:
    ///   - since: `SEQUENCE HASH` of an earlier verification; nil for the oldest row.
    ///   - anchors: a file of anchors; nil: the one that is configured, if any.
    /// - Throws: `DatabaseFailure` when it couldn't look.
    public func verify(since: String?, anchors file: String?) async throws(DatabaseFailure) -> Report {
        let position = try since.map { text throws(DatabaseFailure) in
            let parts = text.split(separator: " ").prefix(2).joined(separator: " ")
            guard let anchor = Anchor(line: "\(parts) -"[...])
            else { throw DatabaseFailure(.configuration, "“\(text)” is not SEQUENCE HASH") }
            return ChainPosition(sequence: anchor.sequence, hash: anchor.hash)
        }
        do {
            var anchors: [Anchor] = []
            if let path = file ?? configuration.audit.anchorFile {
                anchors = try await AnchorFile(path: path).anchors()
            }
            let seen = try await AuditVerifier(database: database).verify(from: position, anchors: anchors)
            return Report(
                from: seen.from, through: seen.through, entries: seen.entries, anchors: anchors.count,
                anchorsMatched: seen.anchorsMatched,
                findings: seen.findings.map {
                    .init(kind: $0.kind.rawValue, first: $0.first, last: $0.last, text: $0.description)
                }, end: AuditTool.text(of: seen.end))
        } catch {
            throw failure(error)
        }
    }

    /// Appends what a verification saw.
    public func recordVerification(_ report: Report, actor: String) async throws(DatabaseFailure) {
        guard let first = report.findings.first else {
            return try await record(
                "audit.verified", ["from": "\(report.from)", "through": "\(report.through)", "findings": "0"],
                actor: actor)
        }
        try await record("audit.damaged", ["finding": first.text, "sequence": "\(first.first)"], actor: actor)
    }

    /// Writes the trail as JSON Lines, its own export included, which is recorded first.
    ///
    /// - Parameter write: gets whole lines.
    /// - Returns: how many rows.
    public func export(
        after: Int64, through: Int64?, actor: String, to write: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        let newest = try await position()?.sequence ?? 0
        let last = min(through ?? newest, newest)
        try await record("audit.exported", ["from": "\(after + 1)", "through": "\(last)"], actor: actor)
        do {
            return try await AuditExport(database: database, clock: tool.ports.wallClock).write(
                after: after, through: through, to: write
            ).entries
        } catch let error as DatabaseError {
            throw failure(error)
        }
    }

    /// `SEQUENCE HASH TIME` of the newest row; nil while there is none.
    public func head() async throws(DatabaseFailure) -> String? {
        guard let head = try await position(), head.sequence > 0 else { return nil }
        return Anchor(sequence: head.sequence, hash: head.hash, at: tool.ports.wallClock.now()).line
    }

    /// Publishes the head wherever it is to be kept.
    ///
    /// - Parameter file: instead of what is configured.
    /// - Returns: names of the destinations, with what went wrong.
    public func anchor(file: String?) async throws(DatabaseFailure) -> [(name: String, failure: String?)] {
        var destinations = Trail.anchorDestinations(configuration.audit, database, journal, mailer: mailer)
        if let file { destinations = [AnchorFile(path: file)] }
        do {
            let failed = try await AnchorSchedule(
                database: database, clock: tool.ports.wallClock, journal: journal, destinations: destinations
            ).publish()
            return destinations.map { place in
                (place.name, failed.first { $0.name == place.name }?.reason)
            }
        } catch {
            throw failure(error)
        }
    }

    /// A document that was found.
    public struct Hit: Sendable {
        public let kind, key: String
        /// Pieces of text, with whether a word that was asked for is in it.
        public let title, excerpt: [(text: String, isMatch: Bool)]
    }

    /// Why words can't be searched for.
    public struct SearchRefusal: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Finds what these audiences may see, best first.
    ///
    /// - Parameters:
    ///   - audiences: nil: all that there are, which is what whoever has the database may see.
    ///   - kinds: nil: all.
    /// - Throws: `SearchRefusal`, `DatabaseFailure`.
    public func search(
        _ words: String, audiences: Set<String>?, kinds: Set<String>?, count: Int
    ) async throws -> [Hit] {
        let indexing = EventIndexing(database: database, clock: tool.ports.wallClock)
        // A worker does it all the time; where none runs, or only reading is allowed, what is there is searched.
        for _ in 0..<100 {
            guard (try? await indexing.step()) == true else { break }
        }
        let index = SearchIndex(database: database, clock: tool.ports.wallClock)
        do {
            var seen = audiences
            if seen == nil {
                seen = try await database.read("search.audiences") { db in
                    Set(try db.rows("SELECT DISTINCT audience FROM search_documents").map { try $0["audience"] })
                }
            }
            return try await index.search(words, audiences: seen ?? [], kinds: kinds, count: count).map { hit in
                Hit(
                    kind: hit.kind, key: hit.key, title: hit.title.map { ($0.text, $0.isMatch) },
                    excerpt: hit.excerpt.map { ($0.text, $0.isMatch) })
            }
        } catch let refusal as SearchQuery.Refusal {
            throw SearchRefusal(description: "can't search for that: \(refusal.description)")
        } catch let error as DatabaseError where error.code == .statementTimeout {
            throw SearchRefusal(description: "that takes too long: ask for fewer or rarer words")
        } catch {
            throw failure(error)
        }
    }

    /// Appends an event of the command line's own.
    public func record(_ kind: String, _ details: [String: String], actor: String) async throws(DatabaseFailure) {
        let journal = journal
        do {
            try await database.transaction("audit.command") { db in
                try journal.append(AuditEvent(kind, actor: actor, details: details), in: db)
            }
        } catch {
            throw failure(error)
        }
    }

    private func position() async throws(DatabaseFailure) -> ChainPosition? {
        do {
            return try await database.read("audit.head") { db in
                guard let row = try db.row("SELECT sequence, hash FROM audit_head WHERE id = 1") else { return nil }
                return ChainPosition(sequence: try row["sequence"], hash: try row["hash"])
            }
        } catch {
            throw failure(error)
        }
    }

    private static func text(of position: ChainPosition) -> String {
        Anchor(sequence: position.sequence, hash: position.hash, at: Timestamp(nanosecondsSinceEpoch: 0)).line
            .split(separator: " ").prefix(2).joined(separator: " ")
    }

    private func failure(_ error: any Error) -> DatabaseFailure {
        if let failure = error as? DatabaseFailure { return failure }
        if let failure = error as? AnchorFile.Failure { return DatabaseFailure(.cannotCreate, failure.description) }
        return DatabaseFailure(
            error as? DatabaseError ?? DatabaseError(.other, "\(error)"), at: configuration.database.place)
    }
}
