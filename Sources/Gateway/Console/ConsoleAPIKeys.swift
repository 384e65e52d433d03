import Console
import Identity
import Kernel

/// API keys of everybody: whose, what for, since when, and how one is ended.
enum ConsoleAPIKeys {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/api-keys", "API keys of everybody.", list),
        ConsoleRoutes.act("/console/api-keys/revoke", "Ends a key: key.", access: .administrator, revoke),
    ]

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let administration = try exchange.desk.administration(caller)
        let (owner, before) = (exchange.asked("q"), exchange.asked("before"))
        let state = exchange.asked("state").flatMap(Administration.KeyState.init(rawValue:))
        let page = try await administration.apiKeys(
            ownedBy: owner, state, before: before, limit: ConsoleExchange.pageLength)
        let counts = try await administration.apiKeyCounts()
        func place(_ before: String?) -> String {
            ConsolePath.with("/console/api-keys", [("q", owner), ("state", state?.rawValue), ("before", before)])
        }
        let filter = ConsoleForm(
            "/console/api-keys", "Search", .primary,
            [
                ConsoleField("q", "Part of the owner’s address", .search, value: owner ?? ""),
                ConsoleField(
                    "state", "Status", .select, value: state?.rawValue ?? "",
                    choices: [("", "any"), ("valid", "valid"), ("expired", "expired"), ("unused", "never used")]),
            ])
        var blocks: [ConsoleBlock] = [.filter(filter)]
        if page.keys.isEmpty {
            blocks.append(
                .empty(
                    counts.all == 0
                        ? "Nobody has an API key. People make them at \(exchange.desk.prefix)/keys and see them once."
                        : "No key is like that.", command: nil))
        } else {
            blocks.append(.table(table(page.keys, exchange.desk, mayEnd: caller.isAdministrator, back: place(before))))
        }
        blocks.append(.pages(first: before == nil ? nil : place(nil), next: page.next.map { place($0) }))
        return ConsolePage(
            "API keys",
            lead: "\(ConsoleText.count(counts.all, "key", "keys")): \(counts.expired) expired, \(counts.unused) never "
                + "used. Only the first letters are known here.", current: "/console/api-keys", blocks)
    }

    private static func table(
        _ keys: [Administration.KeyEntry], _ desk: ConsoleDesk, mayEnd: Bool, back: String
    ) -> ConsoleTable {
        let columns = ["Key", "Owner", "May", "Status", "Last used"]
        return ConsoleTable(
            "API keys", columns: mayEnd ? columns + ["Act"] : columns,
            rows: keys.map { key in
                let hasExpired = key.expiresAt <= desk.now
                let act = ConsoleForm(
                    "/console/api-keys/revoke", "Revoke", label: "Revoke the key \(key.name) of \(key.email)", .danger,
                    [.hidden("key", key.id), .hidden("back", back)])
                return [
                    ConsoleCell(key.name, hint: "\(key.hint)…"),
                    ConsoleCell(key.email, link: "/console/users/\(key.account)"),
                    key.scopes.isEmpty
                        ? ConsoleCell("everything", hint: "that its owner’s role may")
                        : .code(key.scopes.joined(separator: ", ")),
                    ConsoleCell(
                        hasExpired ? "expired" : "valid", hint: "until \(ConsoleText.time(key.expiresAt))",
                        tone: hasExpired ? .plain : .good, isBadge: true),
                    ConsoleCell(
                        key.usedAt.map(ConsoleText.time) ?? "never", hint: "made \(ConsoleText.time(key.createdAt))"),
                ] + (mayEnd ? [.acts([act])] : [])
            })
    }

    @Sendable private static func revoke(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let id = try exchange.field("key", longest: 64)
        guard try await exchange.desk.administration(caller).revokeAPIKey(id: id) else {
            throw ConsoleFailure("That was not done.", "There is no such key: it was revoked already.")
        }
        let back = ConsolePath.checked(exchange.fields["back"])
        return .done(back == "/console" ? "/console/api-keys" : back, "key-revoked")
    }
}
