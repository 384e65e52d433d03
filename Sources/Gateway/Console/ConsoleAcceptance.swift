import Console
import Kernel
import LaunchDesk

/// Acceptance plans: how far they are, and their items in the plan's order.
enum ConsoleAcceptance {
    static let entries: [ConsoleRoutes.Entry] =
        [
            ConsoleRoutes.page("/console/uat", "How far the acceptance plans are.", page),
            ConsoleRoutes.page("/console/uat/items", "Items of the plans.", list),
            ConsoleRoutes.file("/console/uat/export", "A plan with its results as comma-separated values.", budget: 16)
            {
                exchange in
                let lines = try await desk(exchange).lines(of: exchange.asked("plan"))
                let people = Set(lines.compactMap(\.item.assignee))
                let results = try await desk(exchange).current(of: exchange.asked("plan"))
                let actors = Set(results.values.flatMap { $0.map(\.actor) })
                let names = try await exchange.desk.names(of: people.union(actors))
                let csv = try await desk(exchange).export(exchange.asked("plan"), names: names).csv
                return (Array(csv.utf8), "text/csv; charset=utf-8", "acceptance.csv")
            },
        ] + ConsoleItem.entries

    static func desk(_ exchange: ConsoleExchange) throws -> LaunchDesk {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        return try exchange.desk.launch(caller)
    }

    static let none = ConsoleBlock.empty(
        "No acceptance plan was taken in yet: a Markdown list or a table of comma-separated values.",
        command: "seaworthy uat import PLAN.md")

    static func tone(_ state: String) -> ConsoleTone {
        switch state {
        case "pass": .good
        case "fail": .bad
        case "blocked": .warn
        default: .plain
        }
    }

    static func shown(_ rate: Double) -> String {
        let tenths = Int((rate * 10).rounded(.down))
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    @Sendable private static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let desk = try desk(exchange)
        let plans = try await desk.plans()
        guard !plans.isEmpty else {
            return ConsolePage("Acceptance", current: "/console/uat", [none])
        }
        let chosen = exchange.asked("plan").flatMap { name in plans.first { $0.name == name } }
        let lines = try await desk.lines(of: chosen?.name)
        let progress = LaunchDesk.progress(of: lines)
        var blocks: [ConsoleBlock] = []
        if plans.count > 1 {
            blocks.append(
                .filter(
                    ConsoleForm(
                        "/console/uat", "Show", .primary,
                        [
                            ConsoleField(
                                "plan", "Plan", .select, value: chosen?.name ?? "",
                                choices: ConsoleField.choices(plans.map(\.name)))
                        ])))
        }
        blocks.append(.tiles(tiles(progress, chosen?.name)))
        if let next = lines.first(where: { $0.state == "open" }) {
            blocks.append(
                .facts([
                    ConsoleFact(
                        "Go on with",
                        ConsoleCell("\(next.item.key): \(next.item.title)", link: "/console/uat/items/\(next.item.id)"))
                ]))
        }
        blocks += [
            .heading("Components"),
            .table(table("Component", progress.components, wanted: PlanProgress.passRateWanted, chosen?.name)),
            .heading("Browsers and devices"),
            .table(table("On", progress.profiles, wanted: PlanProgress.compatibilityWanted, chosen?.name)),
            .facts([
                ConsoleFact(
                    "For a spreadsheet",
                    ConsoleCell(
                        "acceptance.csv", link: ConsolePath.with("/console/uat/export", [("plan", chosen?.name)])))
            ]),
        ]
        return ConsolePage(
            "Acceptance",
            lead: "An item passed when every browser and device that tried it did. What nobody tried has not passed.",
            current: "/console/uat", blocks)
    }

    private static func tiles(_ progress: PlanProgress, _ plan: String?) -> [ConsoleTile] {
        func place(_ state: String?) -> String {
            ConsolePath.with("/console/uat/items", [("plan", plan), ("state", state)])
        }
        let failed = progress.components.reduce(0) { $0 + $1.failed }
        let blocked = progress.components.reduce(0) { $0 + $1.blocked }
        let (rate, compatibility) = (progress.passRate, progress.compatibility)
        return [
            ConsoleTile(
                "Passed", shown(rate), hint: "\(progress.passed) of \(progress.items) items; 90 % are wanted",
                tone: rate >= Double(PlanProgress.passRateWanted) ? .good : .warn, link: place("pass")),
            ConsoleTile(
                "Compatibility", shown(compatibility), hint: "of all tries; 95 % are wanted",
                tone: compatibility >= Double(PlanProgress.compatibilityWanted) ? .good : .warn),
            ConsoleTile("Failed", "\(failed)", tone: failed > 0 ? .bad : .good, link: place("fail")),
            ConsoleTile("Blocked", "\(blocked)", tone: blocked > 0 ? .warn : .good, link: place("blocked")),
            ConsoleTile("Not tried yet", "\(progress.items - progress.worked)", link: place("open")),
        ]
    }

    private static func table(
        _ head: String, _ parts: [PlanProgress.Part], wanted: Int, _ plan: String?
    ) -> ConsoleTable {
        ConsoleTable(
            head, columns: [head, "Passed", "Failed", "Blocked", "Open", "Rate"],
            rows: parts.map { part in
                [
                    ConsoleCell(
                        part.name,
                        link: ConsolePath.with(
                            "/console/uat/items",
                            [("plan", plan), (head == "On" ? "profile" : "component", part.name)])),
                    ConsoleCell("\(part.passed) of \(part.all)"), ConsoleCell("\(part.failed)"),
                    ConsoleCell("\(part.blocked)"), ConsoleCell("\(part.open)"),
                    .badge("\(part.rate) %", part.rate >= wanted ? .good : part.open == part.all ? .plain : .warn),
                ]
            })
    }

    // MARK: Items

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let (plan, component) = (exchange.asked("plan"), exchange.asked("component"))
        let (state, profile) = (exchange.asked("state"), exchange.asked("profile"))
        let isMine = exchange.asked("whose") == "mine"
        let all = try await desk(exchange).lines(of: plan)
        // Where nobody has an account, items are given to names.
        let me = exchange.caller.map { exchange.desk.identity == nil ? $0.name : $0.actor }
        let found = all.filter { line in
            (component == nil || line.item.component == component)
                && (profile.map { line.item.profiles.contains($0) } ?? true)
                && (state == nil || state == (profile.map { line.outcomes[$0]?.rawValue ?? "open" } ?? line.state))
                && (!isMine || line.item.assignee == me)
        }
        func place(_ page: Int) -> String {
            ConsolePath.with(
                "/console/uat/items",
                [
                    ("plan", plan), ("component", component), ("state", state), ("profile", profile),
                    ("whose", isMine ? "mine" : nil), ("page", page == 1 ? nil : "\(page)"),
                ])
        }
        var seen: Set<String> = []
        let profiles = all.flatMap(\.item.profiles).filter { seen.insert($0).inserted }
        let components = all.map(\.item.component).filter { seen.insert("c\($0)").inserted }
        let start = (exchange.pageNumber - 1) * ConsoleExchange.pageLength
        let shown = found.dropFirst(start).prefix(ConsoleExchange.pageLength)
        let names = try await exchange.desk.names(of: Set(shown.compactMap(\.item.assignee)))
        var fields = [
            ConsoleField(
                "component", "Component", .select, value: component ?? "", choices: ConsoleField.choices(components)),
            ConsoleField(
                "state", "State", .select, value: state ?? "",
                choices: ConsoleField.choices(["open", "pass", "fail", "blocked"])),
            ConsoleField("profile", "On", .select, value: profile ?? "", choices: ConsoleField.choices(profiles)),
            ConsoleField(
                "whose", "Whose", .select, value: isMine ? "mine" : "",
                choices: [("", "everybody’s"), ("mine", "mine")]),
        ]
        if let plan { fields.append(.hidden("plan", plan)) }
        let isMore = found.count > start + ConsoleExchange.pageLength
        return ConsolePage(
            "Items", lead: "\(ConsoleText.count(found.count, "item", "items")) of \(all.count).",
            current: "/console/uat",
            [
                .filter(ConsoleForm("/console/uat/items", "Show", .primary, fields)),
                shown.isEmpty
                    ? .empty("No item is like that.", command: nil)
                    : .table(table(Array(shown), profile, names)),
                .pages(
                    first: exchange.pageNumber > 1 ? place(1) : nil, next: isMore ? place(exchange.pageNumber + 1) : nil
                ),
            ])
    }

    private static func table(_ lines: [ItemLine], _ profile: String?, _ names: [String: String]) -> ConsoleTable {
        ConsoleTable(
            "Items", columns: ["Item", "Component", "State", "Tried", "Whose"],
            rows: lines.map { line in
                let state = profile.map { line.outcomes[$0]?.rawValue ?? "open" } ?? line.state
                return [
                    ConsoleCell(
                        line.item.title, hint: line.item.key,
                        link: ConsolePath.with("/console/uat/items/\(line.item.id)", [("profile", profile)])),
                    ConsoleCell(line.item.component), .badge(state, tone(state)),
                    ConsoleCell("\(line.outcomes.count) of \(line.item.profiles.count)"),
                    ConsoleCell(line.item.assignee.map { names[$0] ?? $0 } ?? "–"),
                ]
            })
    }
}
