import Console
import Identity
import Kernel

/// Accounts: found, invited, barred, let in again. Every act goes through `Administration` and has its row of the trail.
enum ConsoleUsers {
    static let entries: [ConsoleRoutes.Entry] = own + ConsoleUserEnds.entries

    private static let own: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/users", "Accounts.", list),
        ConsoleRoutes.act(
            "/console/users", "Makes an account: email, role.", access: .administrator, fresh: true, add),
        ConsoleRoutes.page("/console/users/:id", "One account.", one),
        onAccount("disable", "Bars an account: reason.", fresh: true) { administration, email, exchange in
            _ = try await administration.disable(email, reason: exchange.field("reason", longest: 200))
            return "disabled"
        },
        onAccount("enable", "Lets an account in again.") { administration, email, _ in
            try await administration.enable(email)
            return "enabled"
        },
        onAccount("unlock", "Lets an account try again.") { administration, email, _ in
            try await administration.unlock(email)
            return "unlocked"
        },
        onAccount("sign-out", "Ends all sessions of an account.") { administration, email, _ in
            _ = try await administration.signOut(email)
            return "signed-out-user"
        },
        onAccount("role", "Changes an account's role: role.", fresh: true) { administration, email, exchange in
            try await administration.setRole(email, to: exchange.field("role", longest: 40))
            return "role"
        },
        ConsoleRoutes.act(
            "/console/users/:id/reset", "Makes a link that chooses a new password.", access: .administrator,
            fresh: true, reset),
    ]

    typealias Work = @Sendable (Administration, String, ConsoleExchange) async throws -> String

    static func onAccount(
        _ name: String, _ summary: String, fresh: Bool = false, _ work: @escaping Work
    ) -> ConsoleRoutes.Entry {
        ConsoleRoutes.act("/console/users/:id/\(name)", summary, access: .administrator, fresh: fresh) { exchange in
            let (administration, sheet) = try await account(exchange)
            let remark = try await work(administration, sheet.account.email.description, exchange)
            return .done("/console/users/\(sheet.account.id)", remark)
        }
    }

    static func account(_ exchange: ConsoleExchange) async throws -> (Administration, Administration.Sheet) {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let administration = try exchange.desk.administration(caller)
        guard let id = exchange.parameters["id"], let sheet = try await administration.sheet(id) else {
            throw Problem(
                "own.not-found", status: 404, title: "There is no such page here.", detail: "No account has this id.")
        }
        return (administration, sheet)
    }

    // MARK: Pages

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let administration = try exchange.desk.administration(caller)
        let (text, role) = (exchange.asked("q"), exchange.asked("role"))
        let status = exchange.asked("status").flatMap(Account.Status.init(rawValue:))
        let after = exchange.asked("after")
        let page = try await administration.accounts(
            matching: text, status: status, role: role, after: after, limit: ConsoleExchange.pageLength)
        let counts = try await administration.counts()
        func place(_ after: String?) -> String {
            ConsolePath.with(
                "/console/users", [("q", text), ("role", role), ("status", status?.rawValue), ("after", after)])
        }
        let total = counts.values.reduce(0, +)
        var blocks: [ConsoleBlock] = [
            .filter(
                ConsoleForm(
                    "/console/users", "Search", .primary,
                    [
                        ConsoleField("q", "Part of an address", .search, value: text ?? ""),
                        ConsoleField(
                            "status", "Status", .select, value: status?.rawValue ?? "",
                            choices: [("", "any"), ("active", "active"), ("disabled", "disabled")]),
                        ConsoleField("role", "Role", .search, value: role ?? ""),
                    ]))
        ]
        if page.accounts.isEmpty {
            blocks.append(.empty("No account is like that.", command: nil))
        } else {
            blocks.append(.table(table(page.accounts)))
        }
        blocks.append(.pages(first: after == nil ? nil : place(nil), next: page.next.map(place)))
        if caller.isAdministrator { blocks += [.heading("New account"), .form(addForm(exchange))] }
        return ConsolePage(
            "Users",
            lead: "\(ConsoleText.count(total, "account", "accounts")), \(counts[.disabled] ?? 0) of them disabled.",
            current: "/console/users", blocks)
    }

    private static func addForm(_ exchange: ConsoleExchange) -> ConsoleForm {
        ConsoleForm(
            "/console/users", "Make the account", .primary,
            [
                ConsoleField(
                    "email", "E-mail address", .email,
                    hint: "You get a one-time link to hand over; its owner chooses the password.", isRequired: true),
                ConsoleField(
                    "role", "Role", value: "person", hint: "person, operator, administrator or one of your own."),
                .hidden("back", "/console/users"),
            ])
    }

    private static func table(_ accounts: [Account]) -> ConsoleTable {
        ConsoleTable(
            "Accounts", columns: ["Address", "Status", "Role", "Last sign-in", "Made"],
            rows: accounts.map { account in
                [
                    ConsoleCell(account.email.description, link: "/console/users/\(account.id)"),
                    .badge(account.status.rawValue, account.status == .active ? .good : .bad),
                    ConsoleCell(account.role.rawValue),
                    ConsoleCell(account.signedInAt.map(ConsoleText.time) ?? "never"),
                    ConsoleCell(ConsoleText.time(account.createdAt)),
                ]
            })
    }

    @Sendable private static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let (_, sheet) = try await account(exchange)
        let account = sheet.account
        var facts = [
            ConsoleFact("Status", .badge(account.status.rawValue, account.status == .active ? .good : .bad)),
            ConsoleFact("Role", account.role.rawValue),
            ConsoleFact("Password", account.hasPassword ? "set" : "not chosen yet"),
            ConsoleFact("Last sign-in", account.signedInAt.map(ConsoleText.time) ?? "never"),
            ConsoleFact("Made", ConsoleText.time(account.createdAt)), ConsoleFact("Id", .code(account.id)),
        ]
        if let until = sheet.lockedUntil {
            facts.insert(ConsoleFact("Locked", .badge("until \(ConsoleText.time(until))", .bad)), at: 1)
        }
        var blocks: [ConsoleBlock] = [.facts(facts)]
        if exchange.caller?.isAdministrator == true {
            blocks += [.heading("What you can do"), .acts(acts(account) + [ConsoleUserEnds.factorForm(account)])]
        }
        blocks.append(.heading("Where they are signed in"))
        blocks.append(
            sheet.sessions.isEmpty
                ? .empty("Nowhere at the public door.", command: nil)
                : .table(
                    ConsoleSessionPages.table(
                        sheet.sessions, mayEnd: exchange.caller?.isAdministrator == true,
                        back: "/console/users/\(account.id)")))
        if exchange.caller?.isAdministrator == true {
            blocks += [.heading("Delete the account"), .form(ConsoleUserEnds.deletionForm(account))]
        }
        return ConsolePage(account.email.description, current: "/console/users", blocks)
    }

    private static func acts(_ account: Account) -> [ConsoleForm] {
        let path = "/console/users/\(account.id)"
        let back = ConsoleField.hidden("back", path)
        let name = account.email.description
        var acts = [
            ConsoleForm(
                "\(path)/role", "Change the role", label: "Change the role of \(name)", .quiet,
                [ConsoleField("role", "Role", value: account.role.rawValue, isRequired: true), back]),
            ConsoleForm("\(path)/unlock", "Unlock", label: "Unlock \(name)", .quiet, [back]),
            ConsoleForm(
                "\(path)/sign-out", "Sign out everywhere", label: "Sign \(name) out everywhere", .quiet, [back]),
        ]
        switch account.status {
        case .active:
            acts.append(
                ConsoleForm(
                    "\(path)/reset", "Make a reset link", label: "Make a reset link for \(name)", .quiet, [back]))
            acts.append(
                ConsoleForm(
                    "\(path)/disable", "Disable", label: "Disable \(name)", .danger,
                    [ConsoleField("reason", "Reason, for the trail", isRequired: true), back]))
        case .disabled: acts.append(ConsoleForm("\(path)/enable", "Enable", label: "Enable \(name)", .primary, [back]))
        }
        return acts
    }

    // MARK: Links to hand over

    @Sendable private static func add(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let email = try exchange.field("email", longest: 254)
        let role = exchange.fields["role"].flatMap { $0.isEmpty ? nil : $0 } ?? "person"
        let handout = try await exchange.desk.administration(caller).add(
            email, role: role, ownPrefix: exchange.desk.prefix)
        return .page(handover("Account made", email, handout, exchange))
    }

    @Sendable private static func reset(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        let (administration, sheet) = try await account(exchange)
        let email = sheet.account.email.description
        let handout = try await administration.resetLink(email, ownPrefix: exchange.desk.prefix)
        return .page(handover("Reset link", email, handout, exchange))
    }

    /// Shown once, here only: nobody can look it up again.
    private static func handover(
        _ title: String, _ email: String, _ handout: Administration.Handout, _ exchange: ConsoleExchange
    ) -> ConsolePage {
        let configuration = exchange.desk.configuration
        let base = configuration.publicURL.map { "\($0)" } ?? "http://\(configuration.listen)"
        return ConsolePage(
            title,
            lead: "Hand this to \(email), over a way that you trust. It works once, until "
                + "\(ConsoleText.time(handout.expiresAt)), and isn’t shown again.", current: "/console/users",
            [
                .code(base + handout.path.reveal()),
                .facts([ConsoleFact("Go on", ConsoleCell("All users", link: "/console/users"))]),
            ])
    }
}
