import Console
import Kernel
import Observability
import Store
import Web

/// What was refused, and what would be if everything were enforced: the newest from memory, older ones as the trail has them.
enum ConsoleRefusals {
    @Sendable static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let view = exchange.asked("view") ?? "all"
        let isTrail = exchange.asked("from") == "trail" && exchange.desk.background != nil
        var blocks: [ConsoleBlock] = [.filter(filter(exchange, view, isTrail))]
        blocks += try await isTrail ? trail(exchange) : memory(exchange, view)
        let isObserving = view == "would"
        return ConsolePage(
            isObserving ? "What would be refused" : "Refusals",
            lead: isObserving
                ? "Requests that passed because a control observes. When nothing stands here that should pass, "
                    + "“mode: enforce” refuses what is left."
                : "What controls objected to, the newest first. Addresses and targets are shown as the log shows them.",
            current: "/console/refusals", blocks)
    }

    private static func filter(_ exchange: ConsoleExchange, _ view: String, _ isTrail: Bool) -> ConsoleForm {
        let controls = ConsoleField.choices(Capabilities.controls.map(\.id))
        var fields = [
            ConsoleField(
                "view", "Show", .select, value: view,
                choices: [("all", "all"), ("refused", "refused"), ("would", "would be refused")]),
            ConsoleField("control", "Control", .select, value: exchange.asked("control") ?? "", choices: controls),
            ConsoleField("reason", "Reason", .search, value: exchange.asked("reason") ?? ""),
            ConsoleField("q", "Words", .search, value: exchange.asked("q") ?? ""),
        ]
        if exchange.desk.background != nil {
            fields.append(
                ConsoleField(
                    "from", "From", .select, value: isTrail ? "trail" : "memory",
                    choices: [("memory", "this process, the newest"), ("trail", "the trail, by the minute")]))
        }
        return ConsoleForm("/console/refusals", "Show", .primary, fields)
    }

    // MARK: From memory

    private static func memory(_ exchange: ConsoleExchange, _ view: String) -> [ConsoleBlock] {
        let all = exchange.desk.services.refusals.entries.filter { matches($0, exchange, view) }
        guard !all.isEmpty else {
            return [.empty("Nothing of that kind since this process started.", command: nil)]
        }
        var blocks: [ConsoleBlock] = []
        if view == "would" { blocks += [.heading("By reason"), .table(summary(all))] }
        let length = ConsoleExchange.pageLength
        let number = exchange.pageNumber
        let part = all.dropFirst((number - 1) * length).prefix(length)
        if view == "would" { blocks.append(.heading("One by one")) }
        blocks.append(.text(ConsoleText.count(all.count, "entry", "entries")))
        blocks.append(.table(table(Array(part), exchange.desk)))
        blocks.append(
            .pages(
                first: number > 1 ? place(exchange, page: nil) : nil,
                next: all.count > number * length ? place(exchange, page: number + 1) : nil))
        return blocks
    }

    private static func matches(_ entry: RecentRefusals.Entry, _ exchange: ConsoleExchange, _ view: String) -> Bool {
        if view == "refused", entry.disposition != .enforced { return false }
        if view == "would", entry.disposition != .wouldHave { return false }
        if let control = exchange.asked("control"), entry.control != control { return false }
        if let reason = exchange.asked("reason"), !entry.reason.hasPrefix(reason) { return false }
        guard let words = exchange.asked("q") else { return true }
        let text = [
            entry.reason, entry.target, entry.route ?? "", entry.requestID, entry.client, entry.method,
            entry.detail ?? "",
        ].joined(separator: " ").lowercased()
        return words.lowercased().split(separator: " ").allSatisfy { text.contains($0) }
    }

    private static func summary(_ entries: [RecentRefusals.Entry]) -> ConsoleTable {
        let groups = Dictionary(grouping: entries, by: \.reason).sorted {
            ($1.value.count, $0.key) < ($0.value.count, $1.key)
        }
        return ConsoleTable(
            "By reason", columns: ["Reason", "Requests", "From", "Most often on"],
            rows: groups.prefix(50).map { reason, entries in
                let targets = Dictionary(grouping: entries) { "\($0.method) \($0.target.prefix { $0 != "?" })" }
                let most = targets.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key ?? ""
                return [
                    .code(reason, hint: ReasonCatalogue.reason(reason)?.title ?? ""), ConsoleCell("\(entries.count)"),
                    ConsoleCell(ConsoleText.count(Set(entries.map(\.client)).count, "address", "addresses")),
                    .code(most),
                ]
            })
    }

    private static func table(_ entries: [RecentRefusals.Entry], _ desk: ConsoleDesk) -> ConsoleTable {
        ConsoleTable(
            "Refusals", columns: ["When", "Reason", "What", "Request", "From", "Request id"],
            rows: entries.map { entry in
                [
                    ConsoleCell(ConsoleText.time(entry.at)),
                    .code(entry.reason, hint: entry.control, link: "\(desk.prefix)/problems/\(entry.reason)"),
                    ConsoleText.disposition(entry.disposition),
                    .code("\(entry.method) \(entry.target)", hint: entry.route.map { "route \($0)" } ?? ""),
                    ConsoleCell(entry.client, hint: entry.door == .operator ? "operator door" : ""),
                    .code(entry.requestID),
                ]
            })
    }

    private static func place(_ exchange: ConsoleExchange, page: Int?) -> String {
        place(exchange, "page", page.map { "\($0)" })
    }

    // MARK: From the trail

    private static func trail(_ exchange: ConsoleExchange) async throws -> [ConsoleBlock] {
        let kinds = EventRegistry.all.filter { $0.isAudited && $0.accepts("disposition") }.map(\.id)
        let before = exchange.asked("before").flatMap(Int64.init)
        let filters = [
            exchange.asked("control").map { ("control", $0) }, exchange.asked("reason").map { ("reason", $0) },
            disposition(exchange).map { ("disposition", $0) },
        ].compactMap { $0 }
        // Some are left out afterwards: more are read than shown, and the next page goes on where reading ended.
        let read = try await exchange.desk.read("console.trail") { db in
            try Journal.newest(kinds: kinds, before: before, limit: 400, in: db)
        }
        var shown: [AuditEntry] = []
        var last: Int64?
        for entry in read {
            last = entry.sequence
            let details = ConsoleRecords.details(entry)
            guard filters.allSatisfy({ name, value in details[name]?.hasPrefix(value) == true }),
                words(exchange, entry)
            else { continue }
            shown.append(entry)
            if shown.count == ConsoleExchange.pageLength { break }
        }
        let isMore = last != nil && (shown.count == ConsoleExchange.pageLength || read.count == 400)
        let next = isMore ? last.map { place(exchange, before: $0) } : nil
        guard !shown.isEmpty else {
            return [
                .empty("The trail has nothing of that kind here.", command: nil),
                .pages(first: before == nil ? nil : place(exchange, before: nil), next: next),
            ]
        }
        return [
            .table(trailTable(shown)),
            .pages(first: before == nil ? nil : place(exchange, before: nil), next: next),
        ]
    }

    private static func disposition(_ exchange: ConsoleExchange) -> String? {
        switch exchange.asked("view") {
        case "refused": SecurityEvent.Disposition.enforced.rawValue
        case "would": SecurityEvent.Disposition.wouldHave.rawValue
        default: nil
        }
    }

    private static func words(_ exchange: ConsoleExchange, _ entry: AuditEntry) -> Bool {
        guard let words = exchange.asked("q") else { return true }
        let text = "\(entry.kind) \(entry.details)".lowercased()
        return words.lowercased().split(separator: " ").allSatisfy { text.contains($0) }
    }

    private static func trailTable(_ entries: [AuditEntry]) -> ConsoleTable {
        ConsoleTable(
            "Refusals in the trail", columns: ["Last", "Reason", "What", "Requests", "From"],
            rows: entries.map { entry in
                let details = ConsoleRecords.details(entry)
                let disposition = details["disposition"].flatMap(SecurityEvent.Disposition.init(rawValue:)) ?? .noted
                return [
                    ConsoleCell(ConsoleText.time(entry.at)),
                    .code(details["reason"] ?? entry.kind, hint: details["control"] ?? ""),
                    ConsoleText.disposition(disposition), ConsoleCell(details["count"] ?? "1"),
                    ConsoleCell(details["addresses"] ?? ""),
                ]
            })
    }

    private static func place(_ exchange: ConsoleExchange, before: Int64?) -> String {
        place(exchange, "before", before.map { "\($0)" })
    }

    /// This list with what it was asked for, further on.
    private static func place(_ exchange: ConsoleExchange, _ name: String, _ value: String?) -> String {
        var query: [(String, String?)] = []
        for name in ["view", "control", "reason", "q", "from"] { query.append((name, exchange.asked(name))) }
        query.append((name, value))
        return ConsolePath.with("/console/refusals", query)
    }
}
