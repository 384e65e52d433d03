import Console
import Identity
import Kernel

/// Who is signed in, at which door.
enum ConsoleSessionPages {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/sessions", "Who is signed in.", list),
        ConsoleRoutes.act(
            "/console/sessions/end", "Ends somebody's session: session, door.", access: .administrator, end),
    ]

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let isConsole = exchange.asked("door") == "console"
        let before = exchange.asked("before")
        let entries = try await exchange.desk.administration(caller).sessions(
            isConsole: isConsole, before: before, limit: ConsoleExchange.pageLength)
        func place(_ before: String?) -> String {
            ConsolePath.with("/console/sessions", [("door", isConsole ? "console" : nil), ("before", before)])
        }
        let isFull = entries.count == ConsoleExchange.pageLength
        return ConsolePage(
            "Sessions", lead: isConsole ? "At the console." : "At the public door.", current: "/console/sessions",
            [
                .filter(
                    ConsoleForm(
                        "/console/sessions", "Show", .primary,
                        [
                            ConsoleField(
                                "door", "Door", .select, value: isConsole ? "console" : "public",
                                choices: [("public", "public door"), ("console", "console")])
                        ])),
                entries.isEmpty
                    ? .empty("Nobody is signed in there.", command: nil)
                    : .table(table(entries, mayEnd: caller.isAdministrator, back: place(nil))),
                .pages(first: before == nil ? nil : place(nil), next: isFull ? entries.last.map { place($0.id) } : nil),
            ])
    }

    static func table(_ entries: [Administration.SessionEntry], mayEnd: Bool, back: String) -> ConsoleTable {
        let columns = ["Who", "Where", "Began", "Last used"]
        return ConsoleTable(
            "Sessions", columns: mayEnd ? columns + ["Act"] : columns,
            rows: entries.map { entry in
                let act = ConsoleForm(
                    "/console/sessions/end", "End it", label: "End the session of \(entry.email) on \(entry.device)",
                    .quiet,
                    [
                        .hidden("session", entry.id), .hidden("door", entry.isConsole ? "console" : "public"),
                        .hidden("back", back),
                    ])
                return [
                    ConsoleCell(entry.email, link: "/console/users/\(entry.account)"),
                    ConsoleCell(entry.device, hint: entry.address.isEmpty ? "" : "from \(entry.address)"),
                    ConsoleCell(ConsoleText.time(entry.createdAt)), ConsoleCell(ConsoleText.time(entry.seenAt)),
                ] + (mayEnd ? [.acts([act])] : [])
            })
    }

    @Sendable private static func end(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let isConsole = exchange.fields["door"] == "console"
        let isEnded = try await exchange.desk.administration(caller).endSession(
            exchange.field("session"), isConsole: isConsole)
        guard isEnded else { throw ConsoleFailure("That was not done.", "This session has ended already.") }
        return .done(ConsolePath.checked(exchange.fields["back"]), "session-ended")
    }
}
