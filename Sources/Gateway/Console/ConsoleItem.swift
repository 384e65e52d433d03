import Console
import Kernel
import LaunchDesk

/// One item of an acceptance plan, worked through by keyboard: choose, note, send, and the next one is there.
enum ConsoleItem {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/uat/items/:id", "One item: what to do, and what came of it.", one),
        ConsoleRoutes.act("/console/uat/items/:id/result", "Writes a result down: profile, outcome, note.", result),
        ConsoleRoutes.act("/console/uat/items/:id/assign", "Gives an item, or its component: to, all.", assign),
        ConsoleRoutes.act("/console/uat/items/:id/files", "Keeps a file beside an item.", attach),
        ConsoleRoutes.file("/console/uat/items/:id/files/:file", "A file beside an item.") { exchange in
            let found = try await ConsoleAcceptance.desk(exchange).file(
                exchange.parameters["file"] ?? "", of: exchange.parameters["id"] ?? "")
            return (found.content, found.file.type, found.file.name)
        },
    ]

    @Sendable private static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let sheet = try await ConsoleAcceptance.desk(exchange).item(exchange.parameters["id"] ?? "")
        let item = sheet.item
        let asked = exchange.asked("profile").flatMap { item.profiles.contains($0) ? $0 : nil }
        let profile =
            asked ?? item.profiles.first { sheet.current(on: $0) == nil } ?? item.profiles.first ?? ""
        let people = Set(sheet.results.map(\.actor) + sheet.files.map(\.actor) + [item.assignee].compactMap(\.self))
        let names = try await exchange.desk.names(of: people)
        let path = "/console/uat/items/\(item.id)"
        var facts = [ConsoleFact("Component", item.component)]
        if !item.url.isEmpty { facts.append(ConsoleFact("Address", .code(item.url))) }
        if !item.steps.isEmpty { facts.append(ConsoleFact("Steps", item.steps)) }
        if !item.expected.isEmpty { facts.append(ConsoleFact("Expected", item.expected)) }
        facts.append(ConsoleFact("Whose", item.assignee.map { names[$0] ?? $0 } ?? "nobody’s"))
        var blocks: [ConsoleBlock] = [.facts(facts), .table(tries(sheet, profile, path))]
        blocks += [.heading("On \(profile)"), .form(form(sheet, profile, path))]
        if !sheet.results.isEmpty { blocks += [.heading("What came of it"), .table(history(sheet, names))] }
        blocks += [.heading("Files")]
        if !sheet.files.isEmpty { blocks.append(.table(files(sheet, names, path))) }
        blocks.append(
            .form(
                ConsoleForm(
                    "\(path)/files", "Keep the file", .quiet,
                    [
                        ConsoleField(
                            "file", "A picture, a PDF or a text", .file,
                            hint: "At most 2 MB. Its content says what kind it is, not its name."),
                        .hidden("back", path),
                    ])))
        blocks += [.heading("Whose it is"), .form(assignment(exchange, item, names, path))]
        return ConsolePage("\(item.key): \(item.title)", current: "/console/uat", blocks)
    }

    private static func form(_ sheet: ItemSheet, _ profile: String, _ path: String) -> ConsoleForm {
        let now = sheet.current(on: profile)
        return ConsoleForm(
            "\(path)/result", "Write down, and on to the next", .primary,
            [
                ConsoleField(
                    "outcome", "\(sheet.item.key) on \(profile)", .radio, value: now?.outcome.rawValue ?? "",
                    choices: [("pass", "Pass"), ("fail", "Fail"), ("blocked", "Blocked")], isFocused: true),
                ConsoleField(
                    "note", "Note", .area, value: now?.note ?? "", hint: "Needed where it failed or is blocked."),
                .hidden("profile", profile), .hidden("back", path),
            ])
    }

    private static func tries(_ sheet: ItemSheet, _ profile: String, _ path: String) -> ConsoleTable {
        ConsoleTable(
            "Browsers and devices", columns: ["On", "Outcome"],
            rows: sheet.item.profiles.map { name in
                let state = sheet.current(on: name)?.outcome.rawValue ?? "open"
                return [
                    name == profile
                        ? ConsoleCell(name, hint: "shown below")
                        : ConsoleCell(name, link: ConsolePath.with(path, [("profile", name)])),
                    .badge(state, ConsoleAcceptance.tone(state)),
                ]
            })
    }

    private static func history(_ sheet: ItemSheet, _ names: [String: String]) -> ConsoleTable {
        ConsoleTable(
            "Results", columns: ["When", "On", "Outcome", "Note"],
            rows: sheet.results.prefix(50).map { result in
                let who = "by \(names[result.actor] ?? result.actor)"
                return [
                    ConsoleCell(
                        ConsoleText.time(result.at), hint: result.isCurrent ? who : "\(who), counts no more"),
                    ConsoleCell(result.profile),
                    .badge(result.outcome.rawValue, ConsoleAcceptance.tone(result.outcome.rawValue)),
                    ConsoleCell(result.note),
                ]
            })
    }

    private static func files(_ sheet: ItemSheet, _ names: [String: String], _ path: String) -> ConsoleTable {
        ConsoleTable(
            "Files", columns: ["Name", "Size", "Who", "When"],
            rows: sheet.files.map { file in
                [
                    ConsoleCell(file.name, link: "\(path)/files/\(file.id)"), ConsoleCell(ConsoleText.size(file.size)),
                    ConsoleCell(names[file.actor] ?? file.actor), ConsoleCell(ConsoleText.time(file.at)),
                ]
            })
    }

    private static func assignment(
        _ exchange: ConsoleExchange, _ item: PlanItem, _ names: [String: String], _ path: String
    ) -> ConsoleForm {
        let isOwn = exchange.desk.identity != nil
        return ConsoleForm(
            "\(path)/assign", "Give it", .quiet,
            [
                ConsoleField(
                    "to", isOwn ? "Address of an account" : "Name", isOwn ? .email : .text,
                    value: item.assignee.map { names[$0] ?? $0 } ?? "", hint: "Empty: nobody’s."),
                ConsoleField(
                    "all", "What", .select, value: "",
                    choices: [("", "this item"), ("yes", "all of “\(item.component)”")]),
                .hidden("back", path),
            ])
    }

    // MARK: Acts

    @Sendable private static func result(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        let desk = try ConsoleAcceptance.desk(exchange)
        let (id, profile) = (exchange.parameters["id"] ?? "", exchange.fields["profile"] ?? "")
        guard let outcome = ItemOutcome(rawValue: exchange.fields["outcome"] ?? "") else {
            throw ConsoleFailure("Something in the form isn’t valid.", "outcome: pass, fail or blocked is wanted")
        }
        // Browsers send line ends as CR LF.
        let note = (exchange.fields["note"] ?? "").replacing("\r\n", with: "\n").trimming { $0.isWhitespace }
        try await desk.record(id, on: profile, outcome, note: String(note))
        let all = try await desk.lines(of: nil)
        guard let here = all.firstIndex(where: { $0.item.id == id }) else {
            return .done("/console/uat", "recorded-last")
        }
        let own = all[here].item.plan
        let rest = (all[(here + 1)...] + all[...here]).filter { $0.item.plan == own }
        if let next = rest.first(where: { $0.item.profiles.contains(profile) && $0.outcomes[profile] == nil }) {
            return .done(ConsolePath.with("/console/uat/items/\(next.item.id)", [("profile", profile)]), "recorded")
        }
        // Nothing is open on this one: what is left on another.
        guard let left = rest.first(where: { $0.outcomes.count < $0.item.profiles.count }) else {
            return .done("/console/uat", "recorded-last")
        }
        return .done("/console/uat/items/\(left.item.id)", "recorded")
    }

    @Sendable private static func assign(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let id = exchange.parameters["id"] ?? ""
        let to = (exchange.fields["to"] ?? "").trimming { $0 == " " }
        var assignee: String? = to.isEmpty ? nil : String(to)
        if let wanted = assignee, exchange.desk.identity != nil {
            assignee = try await ConsoleLaunch.account(wanted, exchange, caller)
        }
        try await ConsoleAcceptance.desk(exchange).assign(
            id, wholeComponent: exchange.fields["all"] == "yes", to: assignee)
        return .done("/console/uat/items/\(id)", assignee == nil ? "unassigned" : "assigned")
    }

    @Sendable private static func attach(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let file = exchange.file else {
            throw ConsoleFailure("Something in the form isn’t valid.", "file: choose one")
        }
        let id = exchange.parameters["id"] ?? ""
        try await ConsoleAcceptance.desk(exchange).attach(file.content, named: file.name, to: id)
        return .done("/console/uat/items/\(id)", "attached")
    }
}
