import Console
import Kernel
import Operations
import Store

/// What is kept: the audit trail, backups.
enum ConsoleRecords {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/audit", "The audit trail.", audit),
        ConsoleRoutes.act("/console/audit/verify", "Has the worker verify the whole trail.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            _ = try await exchange.desk.operators(caller).runSchedule("audit.verify")
            return .done("/console/audit", "verify-asked")
        },
        ConsoleRoutes.page("/console/backups", "What was backed up, and whether it can be read back.", backups),
    ]

    /// By name; empty for what isn't as we write it.
    static func details(_ entry: AuditEntry) -> [String: String] {
        Dictionary((entry.detailPairs ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    // MARK: Audit

    private struct Trail: Sendable {
        let entries: [AuditEntry]
        let head: Int64
        let hash: [UInt8]
        /// The newest row that tells of a verification.
        let verified: AuditEntry?
    }

    @Sendable private static func audit(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let kind = exchange.asked("kind")
        let before = exchange.asked("before").flatMap(Int64.init)
        let known = kind.map { asked in EventRegistry.all.map(\.id).filter { $0.hasPrefix(asked) } }
        let trail = try await exchange.desk.read("console.audit") { db in
            let head = try db.row("SELECT sequence, hash FROM audit_head WHERE id = 1")
            return Trail(
                entries: try Journal.newest(kinds: known, before: before, limit: ConsoleExchange.pageLength, in: db),
                head: try head?["sequence"] ?? 0, hash: try head?["hash"] ?? [],
                verified: try Journal.newest(
                    kinds: ["audit.verified", "audit.damaged"], before: nil, limit: 1, in: db
                ).first)
        }
        var blocks: [ConsoleBlock] = [.tiles(tiles(trail))]
        blocks.append(
            .acts([
                ConsoleForm(
                    "/console/audit/verify", "Verify the whole trail now", .quiet, [.hidden("back", "/console/audit")])
            ]))
        blocks.append(
            .filter(
                ConsoleForm(
                    "/console/audit", "Show", .primary,
                    [
                        ConsoleField(
                            "kind", "Kind, or how it begins", .search, value: kind ?? "",
                            hint: "such as sign-in or role.granted"),
                        ConsoleField(
                            "q", "Words", .search, value: exchange.asked("q") ?? "", hint: "full text, best first"),
                    ])))
        if let words = exchange.asked("q") {
            blocks += await found(words, exchange)
        } else {
            blocks += list(trail, kind: kind, before: before)
        }
        return ConsolePage(
            "Audit", lead: "Who did what to whom. People stand here by a pseudonym that their erasure destroys.",
            current: "/console/audit", blocks)
    }

    private static func tiles(_ trail: Trail) -> [ConsoleTile] {
        let hash = trail.hash.prefix(6).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
        var state = ConsoleTile("Last verified", "never", hint: "the worker does it once a day", tone: .warn)
        if let verified = trail.verified {
            let isIntact = verified.kind == "audit.verified"
            state = ConsoleTile(
                "Last verified", isIntact ? "intact" : "damaged", hint: ConsoleText.time(verified.at),
                tone: isIntact ? .good : .bad)
        }
        return [ConsoleTile("Entries", "\(trail.head)", hint: trail.head > 0 ? "head \(hash)…" : ""), state]
    }

    private static func list(_ trail: Trail, kind: String?, before: Int64?) -> [ConsoleBlock] {
        func place(_ before: Int64?) -> String {
            ConsolePath.with("/console/audit", [("kind", kind), ("before", before.map { "\($0)" })])
        }
        guard !trail.entries.isEmpty else {
            return [.empty("The trail has nothing of that kind.", command: nil)]
        }
        let isFull = trail.entries.count == ConsoleExchange.pageLength
        return [
            .table(
                ConsoleTable(
                    "The trail", columns: ["No.", "When", "What", "Who", "Whom", "Details"],
                    rows: trail.entries.map { entry in
                        [
                            ConsoleCell("\(entry.sequence)"), ConsoleCell(ConsoleText.time(entry.at)),
                            .code(entry.kind, hint: EventRegistry.kind(entry.kind)?.title ?? ""),
                            ConsoleCell(entry.actor ?? "–"), ConsoleCell(entry.subject ?? "–"),
                            ConsoleCell(
                                (entry.detailPairs ?? []).map { "\($0.name): \($0.value)" }.joined(separator: ", ")),
                        ]
                    })),
            .pages(
                first: before == nil ? nil : place(nil),
                next: isFull ? trail.entries.last.map { place($0.sequence) } : nil),
        ]
    }

    private static func found(_ words: String, _ exchange: ConsoleExchange) async -> [ConsoleBlock] {
        guard let database = exchange.desk.background?.database else { return [] }
        let index = SearchIndex(database: database, clock: exchange.desk.ports.wallClock)
        do {
            let hits = try await index.search(
                words, audiences: [EventIndexing.audience], kinds: [EventIndexing.kind],
                count: ConsoleExchange.pageLength)
            guard !hits.isEmpty else { return [.empty("Nothing of the trail has these words.", command: nil)] }
            return [
                .table(
                    ConsoleTable(
                        "Found in the trail", columns: ["No.", "What", "Where the words are"],
                        rows: hits.map { hit in
                            [
                                ConsoleCell(hit.key), .code(hit.title.map(\.text).joined()),
                                ConsoleCell(hit.excerpt.map(\.text).joined()),
                            ]
                        }))
            ]
        } catch let refusal as SearchQuery.Refusal {
            return [.empty("That can’t be searched for: \(refusal.description).", command: nil)]
        } catch {
            return [.empty("That takes too long: ask for fewer or rarer words.", command: nil)]
        }
    }

    // MARK: Backups

    @Sendable private static func backups(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let records = try await exchange.desk.read("console.backups") { db in try BackupLedger.recent(100, in: db) }
        let verified = records.first { $0.state == .verified }
        let now = exchange.desk.now
        var blocks: [ConsoleBlock] = [
            .tiles([
                ConsoleTile(
                    "Newest verified", verified.map { "\(ConsoleText.age($0.startedAt, at: now)) ago" } ?? "none",
                    hint: verified?.name ?? "no backup can be trusted yet", tone: verified == nil ? .bad : .good)
            ])
        ]
        if records.isEmpty {
            blocks.append(.empty("Nothing was backed up yet.", command: "seaworthy backup now"))
        } else {
            blocks.append(
                .table(
                    ConsoleTable(
                        "Backups", columns: ["Name", "State", "Why", "Size", "Rows", "Began"],
                        rows: records.map { record in
                            [
                                .code(record.name, hint: record.destination),
                                ConsoleCell(
                                    record.state.rawValue, hint: record.error ?? "",
                                    tone: record.state == .verified ? .good : record.state == .failed ? .bad : .plain,
                                    isBadge: true), ConsoleCell(record.cause.rawValue),
                                ConsoleCell(ConsoleText.size(record.bytes)),
                                ConsoleCell(record.rows.map { "\($0)" } ?? "–"),
                                ConsoleCell(ConsoleText.time(record.startedAt)),
                            ]
                        })))
        }
        return ConsolePage(
            "Backups", lead: "The last hundred. “verified” means written, read back to its end and found right.",
            current: "/console/backups", blocks)
    }
}
