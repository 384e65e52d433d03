import Console
import Identity
import Kernel
import Observability
import Protection

/// Limits in force, who uses them just now, and what they refused.
enum ConsoleLimits {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/limits", "Limits, who uses them and what they refused.", page)
    ]

    /// Callers that can be looked through, page by page.
    private static let mostCallers = 1_000

    /// One limit per address.
    private struct Rule {
        let name: String
        let key: String
        /// nil: nothing is limited.
        let limit: GCRA?
        /// As this process counts: its part where several share the limit.
        let counted: GCRA?
        var usage = AddressLimiter.Usage()
    }

    @Sendable private static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let desk = exchange.desk
        let wanted = exchange.asked("class") == "assets" ? "assets" : "address"
        let rules = rules(desk)
        var blocks: [ConsoleBlock] = [.tiles(tiles(desk, rules)), .heading("Per address"), .table(table(rules, desk))]
        blocks += [.heading("Who uses most of it")] + callers(exchange, rules.first { $0.key == wanted }, wanted)
        if let caller = exchange.caller, desk.identity != nil {
            let locks = try await desk.administration(caller).locks()
            blocks += [.heading("Failed sign-ins"), .facts(facts(locks))]
        }
        blocks += [.heading("What limits refused since this process started"), .table(refused(desk))]
        blocks += [.heading("Sizes and times in force"), .table(ConsoleControls.table(of: settings(desk)))]
        return ConsolePage(
            "Limits",
            lead: "What one caller may do, how much of it is used just now, and whom it stopped. Values change in the "
                + "configuration.", current: "/console/limits", blocks)
    }

    // MARK: Per address

    private static func rules(_ desk: ConsoleDesk) -> [Rule] {
        let settings = desk.configuration.protection.rateLimit
        let (limiter, now) = (desk.services.addressLimiter, desk.services.monotonicClock.nanoseconds())
        return [("Pages and calls", "address", settings.address), ("Assets", "assets", settings.assets)].map {
            name, key, limit in
            let counted = limit.map { desk.services.shared?.limiter.part(of: $0) ?? $0 }
            var rule = Rule(name: name, key: key, limit: limit, counted: counted)
            if let counted, settings.mode != .off {
                rule.usage = limiter.usage(of: counted, isAsset: key == "assets", now: now, most: mostCallers)
            }
            return rule
        }
    }

    private static func tiles(_ desk: ConsoleDesk, _ rules: [Rule]) -> [ConsoleTile] {
        let limited = rules.reduce(0) { $0 + $1.usage.limited }
        let events = desk.services.metrics.events.filter { $0.control == AddressLimitStage.capability.id }
        func total(_ disposition: SecurityEvent.Disposition) -> Int {
            events.filter { $0.disposition == disposition.rawValue }.reduce(0) { $0 + $1.count }
        }
        let (refused, would) = (total(.enforced), total(.wouldHave))
        let evictions = desk.services.addressLimiter.evictions
        var tiles = [
            ConsoleTile(
                "Callers", "\(rules.reduce(0) { $0 + $1.usage.callers })", hint: "that have used some of a limit"),
            ConsoleTile("At their limit", "\(limited)", hint: "refused just now", tone: limited > 0 ? .warn : .plain),
            ConsoleTile(
                "Refused", "\(refused)", hint: "since the start", tone: refused > 0 ? .warn : .plain,
                link: "/console/refusals?view=refused&reason=rate-limit"),
            ConsoleTile(
                "Would be refused", "\(would)", hint: "since the start", tone: would > 0 ? .warn : .plain,
                link: "/console/refusals?view=would&reason=rate-limit"),
            ConsoleTile(
                "Counted by",
                desk.services.shared.map { ConsoleText.count($0.replicas, "replica", "replicas") } ?? "this process",
                hint: desk.services.shared.map { $0.isReachable ? "through Redis" : "Redis is away: each its part" }
                    ?? "alone"),
        ]
        if evictions > 0 {
            tiles.append(
                ConsoleTile("Forgotten early", "\(evictions)", hint: "for want of room, the least limited", tone: .warn)
            )
        }
        return tiles
    }

    private static func table(_ rules: [Rule], _ desk: ConsoleDesk) -> ConsoleTable {
        ConsoleTable(
            "Limits per address", columns: ["What", "At most", "Mode", "Callers", "At their limit"],
            rows: rules.map { rule in
                let hint = rule.key == "assets" ? "images, styles, scripts and fonts" : "everything else"
                let most =
                    rule.limit.map { "\($0.quota) in \(span($0.windowSeconds))" }
                    ?? (rule.key == "assets" ? "counted like everything else" : "no limit")
                let burst = rule.counted.map {
                    "\($0.burst) of them at once" + (rule.counted == rule.limit ? "" : ", here")
                }
                return [
                    ConsoleCell(rule.name, hint: hint), ConsoleCell(most, hint: burst ?? ""),
                    ConsoleControls.mode(of: AddressLimitStage.capability, desk), ConsoleCell("\(rule.usage.callers)"),
                    ConsoleCell("\(rule.usage.limited)"),
                ]
            })
    }

    private static func callers(_ exchange: ConsoleExchange, _ rule: Rule?, _ wanted: String) -> [ConsoleBlock] {
        let filter = ConsoleForm(
            "/console/limits", "Show", .primary,
            [
                ConsoleField(
                    "class", "Limit", .select, value: wanted,
                    choices: [("address", "pages and calls"), ("assets", "assets")])
            ])
        let length = ConsoleExchange.pageLength
        let number = min(exchange.pageNumber, mostCallers / length)
        func place(_ page: Int?) -> String {
            ConsolePath.with(
                "/console/limits", [("class", wanted == "assets" ? wanted : nil), ("page", page.map { "\($0)" })])
        }
        guard let rule, let counted = rule.counted, !rule.usage.busiest.isEmpty else {
            return [.filter(filter), .empty("Nobody is ahead of their rate just now.", command: nil)]
        }
        let part = rule.usage.busiest.dropFirst((number - 1) * length).prefix(length)
        let isMore = rule.usage.busiest.count > number * length
        return [
            .filter(filter),
            part.isEmpty
                ? .empty("There are fewer callers than that.", command: nil) : .table(table(Array(part), counted)),
            .pages(first: number > 1 ? place(nil) : nil, next: isMore ? place(number + 1) : nil),
        ]
    }

    private static func table(_ callers: [AddressLimiter.Caller], _ limit: GCRA) -> ConsoleTable {
        ConsoleTable(
            "Callers", columns: ["Address", "Left", "State", "Back"],
            rows: callers.map { caller in
                let text = caller.address.family == .v6 ? "\(caller.address)/64" : "\(caller.address)"
                let link = "/console/refusals?q=\(ConsolePath.encoded("\(caller.address)"))"
                let isLimited = caller.remaining == 0
                return [
                    ConsoleCell(text, link: caller.address.family == .v4 ? link : nil),
                    ConsoleCell("\(caller.remaining) of \(limit.burst)", hint: "at once"),
                    isLimited ? .badge("at its limit", .bad) : .badge("passes", .good),
                    ConsoleCell("in \(span(caller.resetSeconds))", hint: isLimited ? "one request more" : "all of it"),
                ]
            })
    }

    private static func span(_ seconds: Int) -> String {
        switch seconds {
        case 86_400: "a day"
        case 3600: "an hour"
        case 60: "a minute"
        default: ConsoleText.count(seconds, "second", "seconds")
        }
    }

    // MARK: Sign-ins

    private static func facts(_ locks: Administration.Locks) -> [ConsoleFact] {
        func fact(_ label: String, _ count: Int) -> ConsoleFact {
            ConsoleFact(label, count == 0 ? ConsoleCell("none") : .badge("\(count) locked", .warn))
        }
        return [
            ConsoleFact(
                "Accounts",
                locks.accounts == 0
                    ? ConsoleCell("none", hint: "an account’s own page says whether it is locked, and unlocks it")
                    : ConsoleCell(
                        "\(locks.accounts) locked", hint: "the account’s own page says until when, and unlocks it",
                        link: "/console/users")),
            fact("Addresses", locks.addresses), fact("Known devices", locks.devices),
            fact("Second factors", locks.secondFactors),
        ]
    }

    // MARK: Everything else

    /// Statuses that say: too much, too large, too long, too slow.
    private static let statuses: Set<Int> = [408, 413, 414, 429, 431]

    private static func refused(_ desk: ConsoleDesk) -> ConsoleTable {
        let events = desk.services.metrics.events
        let reasons = ReasonCatalogue.all.filter { reason in
            guard case .refusal(let statuses) = reason.answer else { return false }
            return !Self.statuses.isDisjoint(with: statuses)
        }
        func total(_ reason: Reason, _ disposition: SecurityEvent.Disposition) -> Int {
            events.filter { $0.reason == reason.id && $0.disposition == disposition.rawValue }.reduce(0) {
                $0 + $1.count
            }
        }
        let rows = reasons.map { ($0, total($0, .enforced), total($0, .wouldHave)) }
            .sorted { ($1.1 + $1.2, $0.0.id) < ($0.1 + $0.2, $1.0.id) }
        return ConsoleTable(
            "Refusals by limit", columns: ["Reason", "Limit", "Refused", "Would be refused"],
            rows: rows.map { reason, refused, would in
                let value = reason.key.flatMap { key in
                    desk.configuration.explained.first { $0.description.key == key }?.value
                }
                return [
                    .code(reason.id, hint: reason.title, link: "\(desk.prefix)/problems/\(reason.id)"),
                    value.map { ConsoleCell($0, hint: reason.key ?? "") } ?? ConsoleCell(reason.key ?? "–"),
                    number(refused, reason, "refused"), number(would, reason, "would"),
                ]
            })
    }

    private static func number(_ count: Int, _ reason: Reason, _ view: String) -> ConsoleCell {
        count == 0
            ? ConsoleCell("0") : ConsoleCell("\(count)", link: "/console/refusals?view=\(view)&reason=\(reason.id)")
    }

    private static func settings(_ desk: ConsoleDesk) -> [ExplainedSetting] {
        let areas = ["limits.", "protection.request-shape.", "protection.websocket.", "protection.rate-limit."]
        let lockout = desk.identity == nil ? [] : ["identity.lockout."]
        return desk.configuration.explained.filter { setting in
            let key = setting.description.key
            return (areas + lockout).contains { key.hasPrefix($0) } && !key.hasSuffix(".mode")
        }
    }
}
