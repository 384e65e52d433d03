import Console
import Identity
import Kernel
import LaunchDesk

/// Sign-offs: what the latest run asks people to sign, who signed for which evidence, and whether that makes a GO.
enum ConsoleLaunch {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/launch", "What is signed of the latest run, and what is open.", budget: 16, page),
        ConsoleRoutes.act("/console/launch/sign", "Signs: target, item, evidence, note.", fresh: true, sign),
        ConsoleRoutes.act("/console/launch/revoke", "Takes a sign-off back: id, reason.", fresh: true, revoke),
        ConsoleRoutes.act(
            "/console/launch/roles", "Lets an account sign as a role: email, role, act.", access: .administrator,
            fresh: true, roles),
    ]

    /// The id of an account by its address.
    static func account(_ email: String, _ exchange: ConsoleExchange, _ caller: ConsoleCaller) async throws -> String {
        let found = try await exchange.desk.administration(caller).list(matching: email, limit: 50)
        guard let account = found.first(where: { $0.email.description.lowercased() == email.lowercased() }) else {
            throw ConsoleFailure("That was not done.", "no account has the address \(email.prefix(200))")
        }
        return account.id
    }

    /// The target that is asked for, else the one that was checked last.
    static func target(_ exchange: ConsoleExchange) -> (chosen: String?, all: [String]) {
        let all = exchange.desk.runs.targets()
        let asked = exchange.asked("target")
        return (all.first { $0 == asked } ?? all.first, all)
    }

    static func chooser(_ path: String, _ chosen: String, _ all: [String]) -> [ConsoleBlock] {
        guard all.count > 1 else { return [] }
        return [
            .filter(
                ConsoleForm(
                    path, "Show", .primary,
                    [
                        ConsoleField(
                            "target", "App", .select, value: chosen,
                            choices: ConsoleField.choices(all, hasAny: false))
                    ]))
        ]
    }

    static func none(_ exchange: ConsoleExchange) -> ConsoleBlock {
        let folder = exchange.desk.settings.checks ?? ".seaworthy/checks"
        return .empty(
            "No run is remembered in \(folder). Checks leave their runs there, where they are started in the same "
                + "folder; another one is named in console.checks:",
            command: "seaworthy check http://\(exchange.desk.configuration.listen) --profile portfolio")
    }

    @Sendable private static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let (chosen, all) = target(exchange)
        guard let target = chosen, let run = exchange.desk.runs.latest(of: target) else {
            let people = try await people(exchange, [])
            return ConsolePage("Sign-offs", current: "/console/launch", [none(exchange)] + people)
        }
        let desk = try exchange.desk.launch(caller)
        let signOffs = try await desk.signOffs(of: target)
        let state = LaunchState(run, signOffs)
        let names = try await exchange.desk.names(of: Set(signOffs.flatMap { [$0.actor, $0.revokedBy ?? $0.actor] }))
        let own = try await ownRoles(exchange, caller)
        var blocks = chooser("/console/launch", target, all)
        blocks.append(.tiles(tiles(state)))
        if run.evidence == nil {
            blocks.append(
                .empty(
                    "This run was stored by an earlier version and can’t be signed. Another one can:",
                    command: "seaworthy check \(target)"))
        } else if state.entries.isEmpty {
            blocks.append(
                .empty(
                    "This run asked nobody to sign anything: its checklist has no such item, or there was none.",
                    command: "seaworthy check \(target) --profile portfolio"))
        } else {
            blocks += [.heading("To be signed")]
            blocks += state.entries.flatMap { entry(state, $0, names, own, caller) }
        }
        if !run.otherBlockers.isEmpty {
            blocks += [
                .heading("What else stands in the way"),
                .table(
                    ConsoleTable(
                        "Blockers", columns: ["What"], rows: run.otherBlockers.prefix(30).map { [ConsoleCell($0)] })),
            ]
        }
        if !signOffs.isEmpty { blocks += [.heading("All that was signed"), .table(history(signOffs, run, names))] }
        blocks += try await people(exchange, run.criteria.compactMap(\.role))
        return ConsolePage(
            "Sign-offs",
            lead:
                "A signature counts for the evidence of the run that its signer saw. A later run that came to something "
                + "else opens it again.", current: "/console/launch", blocks)
    }

    /// nil where nobody has an account: then whoever is in signs.
    private static func ownRoles(_ exchange: ConsoleExchange, _ caller: ConsoleCaller) async throws -> Set<String>? {
        guard exchange.desk.identity != nil else { return nil }
        return Set(try await exchange.desk.launch(caller).roles().filter { $0.account == caller.actor }.map(\.role))
    }

    private static func tiles(_ state: LaunchState) -> [ConsoleTile] {
        let run = state.run
        let signed = state.entries.count(where: \.isSigned)
        return [
            ConsoleTile(
                "Launch", state.isGo ? "GO" : "NO-GO",
                hint: state.isGo
                    ? "everything is signed, nothing blocks"
                    : "\(ConsoleText.count(state.missing.count, "signature", "signatures")) missing, "
                        + "\(ConsoleText.count(run.otherBlockers.count, "other blocker", "other blockers"))",
                tone: state.isGo ? .good : .bad),
            ConsoleTile("Signed", "\(signed) of \(state.entries.count)", hint: "at level \(run.level)"),
            ConsoleTile(
                "The run said", run.decision, hint: "score \(run.score.map { "\($0)" } ?? "none")",
                tone: run.decision == "GO" ? .good : .warn),
            ConsoleTile(
                "Evidence", run.evidence.map { String($0.prefix(12)) } ?? "none",
                hint: ConsoleText.time(run.startedAt)),
        ]
    }

    private static func entry(
        _ state: LaunchState, _ entry: LaunchState.Entry, _ names: [String: String], _ own: Set<String>?,
        _ caller: ConsoleCaller
    ) -> [ConsoleBlock] {
        let criterion = entry.criterion
        func who(_ signOff: SignOff) -> String {
            "\(names[signOff.actor] ?? signOff.actor), \(ConsoleText.time(signOff.at))"
        }
        var isOpen = true
        var facts = [ConsoleFact("As", criterion.role ?? "anybody")]
        switch entry.signature {
        case .signed(let signOff):
            isOpen = false
            facts.append(ConsoleFact("State", ConsoleCell("signed", hint: who(signOff), tone: .good, isBadge: true)))
            if !signOff.note.isEmpty { facts.append(ConsoleFact("Note", signOff.note)) }
        case .signedInFile:
            isOpen = false
            facts.append(
                ConsoleFact("State", ConsoleCell("signed", hint: "in readiness.yaml", tone: .good, isBadge: true)))
        case .reopened(let signOff):
            facts.append(
                ConsoleFact(
                    "State",
                    ConsoleCell(
                        "open again", hint: "\(who(signOff)), for evidence \(signOff.evidence.prefix(12))", tone: .warn,
                        isBadge: true)))
        case .revoked(let signOff):
            facts.append(
                ConsoleFact(
                    "State",
                    ConsoleCell(
                        "revoked", hint: signOff.revokedBecause ?? "", tone: .bad, isBadge: true)))
        case .open:
            facts.append(
                ConsoleFact("State", .badge("open", criterion.isBlocker ? .bad : .plain)))
        }
        var blocks: [ConsoleBlock] = [.heading(criterion.text), .facts(facts)]
        let back = ConsolePath.with("/console/launch", [("target", state.run.target)])
        if case .signed(let signOff) = entry.signature, signOff.actor == caller.actor || caller.isAdministrator {
            blocks.append(
                .acts([
                    ConsoleForm(
                        "/console/launch/revoke", "Revoke", label: "Revoke “\(criterion.text)”", .danger,
                        [
                            ConsoleField("reason", "Why it no longer counts", isRequired: true),
                            .hidden("id", signOff.id), .hidden("back", back),
                        ])
                ]))
        }
        guard isOpen else { return blocks }
        if let role = criterion.role, let own, !own.contains(role) {
            blocks.append(.text("You don’t sign as \(role)."))
        } else {
            blocks.append(
                .acts([
                    ConsoleForm(
                        "/console/launch/sign", "Sign", label: "Sign “\(criterion.text)”", .primary,
                        [
                            ConsoleField("note", "Note, if there is one"), .hidden("target", state.run.target),
                            .hidden("item", criterion.id), .hidden("evidence", state.run.evidence ?? ""),
                            .hidden("back", back),
                        ])
                ]))
        }
        return blocks
    }

    private static func history(_ signOffs: [SignOff], _ run: LaunchRun, _ names: [String: String]) -> ConsoleTable {
        ConsoleTable(
            "Signatures", columns: ["When", "What", "As", "Who", "Evidence", "State"],
            rows: signOffs.prefix(60).map { signOff in
                let state: ConsoleCell =
                    signOff.revokedAt.map {
                        ConsoleCell(
                            "revoked",
                            hint:
                                "\(names[signOff.revokedBy ?? ""] ?? signOff.revokedBy ?? ""), \(ConsoleText.time($0)): "
                                + (signOff.revokedBecause ?? ""), tone: .bad, isBadge: true)
                    } ?? (signOff.evidence == run.evidence ? .badge("counts", .good) : .badge("open again", .warn))
                return [
                    ConsoleCell(ConsoleText.time(signOff.at)), .code(signOff.item),
                    ConsoleCell(signOff.role.isEmpty ? "anybody" : signOff.role),
                    ConsoleCell(names[signOff.actor] ?? signOff.actor, hint: signOff.note),
                    .code(String(signOff.evidence.prefix(12))), state,
                ]
            })
    }

    // MARK: Who signs as what

    private static func people(_ exchange: ConsoleExchange, _ wanted: [String]) async throws -> [ConsoleBlock] {
        guard let caller = exchange.caller, exchange.desk.identity != nil else { return [] }
        let given = try await exchange.desk.launch(caller).roles()
        let names = try await exchange.desk.names(of: Set(given.map(\.account)))
        var seen: Set<String> = []
        let roles = (wanted + given.map(\.role)).filter { seen.insert($0).inserted }
        guard !roles.isEmpty else { return [] }
        var blocks: [ConsoleBlock] = [.heading("Who signs as what")]
        blocks.append(
            .table(
                ConsoleTable(
                    "Roles", columns: ["Role", "Who"],
                    rows: roles.map { role in
                        let own = given.filter { $0.role == role }.map { names[$0.account] ?? $0.account }
                        return [ConsoleCell(role), ConsoleCell(own.isEmpty ? "nobody" : own.joined(separator: ", "))]
                    })))
        guard caller.isAdministrator else { return blocks }
        blocks.append(
            .form(
                ConsoleForm(
                    "/console/launch/roles", "Change it", .primary,
                    [
                        ConsoleField("email", "Address of an account", .email, isRequired: true),
                        ConsoleField(
                            "role", "Role", .select, value: roles.first ?? "",
                            choices: ConsoleField.choices(roles, hasAny: false)),
                        ConsoleField(
                            "act", "What", .select, value: "give",
                            choices: [("give", "signs as it from now on"), ("take", "signs as it no more")]),
                        .hidden("back", "/console/launch"),
                    ])))
        return blocks
    }

    @Sendable private static func roles(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let (email, role) = (try exchange.field("email"), try exchange.field("role", longest: 60))
        let account = try await account(email, exchange, caller)
        let desk = try exchange.desk.launch(caller)
        let isTaken = exchange.fields["act"] == "take"
        if isTaken {
            try await desk.takeRole(role, from: account)
        } else {
            try await desk.giveRole(role, to: account)
        }
        return .done("/console/launch", isTaken ? "role-taken" : "role-given")
    }

    // MARK: Acts

    @Sendable private static func sign(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let (target, item) = (try exchange.field("target", longest: 2_000), try exchange.field("item"))
        let seen = try exchange.field("evidence", longest: 64)
        guard let run = exchange.desk.runs.latest(of: target), let latest = run.evidence,
            let criterion = run.criteria.first(where: { $0.id == item })
        else { throw ConsoleFailure("That was not done.", "The latest run asks nobody to sign this.") }
        try await exchange.desk.launch(caller).sign(
            criterion, of: target, seen: seen, latest: latest, note: exchange.fields["note"] ?? "",
            needsRole: exchange.desk.identity != nil)
        return .done(ConsolePath.with("/console/launch", [("target", target)]), "signed")
    }

    @Sendable private static func revoke(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        try await exchange.desk.launch(caller).revoke(
            exchange.field("id"), because: exchange.field("reason"), isAdministrator: caller.isAdministrator)
        return .done(ConsolePath.checked(exchange.fields["back"]), "revoked")
    }
}
