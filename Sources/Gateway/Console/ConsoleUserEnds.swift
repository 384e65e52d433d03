import Console
import Identity
import Kernel

/// What can't be taken back of an account: its second factor taken away, and its deletion.
enum ConsoleUserEnds {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleUsers.onAccount("second-factor", "Takes a lost second factor away.", fresh: true) {
            administration, email, _ in
            try await administration.resetSecondFactor(email)
            return "factor-reset"
        },
        ConsoleRoutes.act(
            "/console/users/:id/delete", "Deletes an account: confirm, reason, projects, successor.",
            access: .administrator, fresh: true, budget: 64, delete),
    ]

    static func factorForm(_ account: Account) -> ConsoleForm {
        let path = "/console/users/\(account.id)"
        return ConsoleForm(
            "\(path)/second-factor", "Take the second factor away",
            label: "Take the second factor of \(account.email) away", .danger, [.hidden("back", path)])
    }

    static func deletionForm(_ account: Account) -> ConsoleForm {
        let path = "/console/users/\(account.id)"
        return ConsoleForm(
            "\(path)/delete", "Delete the account", label: "Delete the account \(account.email)", .danger,
            [
                ConsoleField(
                    "confirm", "Its address, to see that you mean it", .email,
                    hint: "It can’t be undone. What the app keeps about the person is the app’s.", isRequired: true),
                ConsoleField("reason", "Reason, for the trail", isRequired: true),
                ConsoleField(
                    "projects", "Projects that it alone owns", .select, value: "refuse",
                    choices: [
                        ("refuse", "Delete nothing while there is one"), ("pass", "Give them to the successor"),
                        ("delete", "Delete them, too"), ("keep", "Keep them without an owner"),
                    ]),
                ConsoleField("successor", "Address of the successor", .email, hint: "Where they are given to one."),
                .hidden("back", path),
            ])
    }

    @Sendable private static func delete(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        let (administration, sheet) = try await ConsoleUsers.account(exchange)
        let email = sheet.account.email
        guard (try? MailAddress(exchange.field("confirm", longest: 254)))?.folded == email.folded else {
            throw ConsoleFailure(
                "That was not done.", "confirm: the account’s address is wanted, to see that you mean it")
        }
        let orphans: OrphanedProjects
        switch exchange.fields["projects"] ?? "refuse" {
        case "refuse": orphans = .refuse
        case "delete": orphans = .delete
        case "keep": orphans = .keep
        case "pass": orphans = .pass(to: try exchange.field("successor", longest: 254))
        default:
            throw ConsoleFailure(
                "Something in the form isn’t valid.", "projects: refuse, pass, delete or keep is wanted")
        }
        let reason = try exchange.field("reason", longest: 200)
        do {
            try await administration.delete(email.description, reason: reason, orphans: orphans)
        } catch Administration.Failure.lastOwner(let email, let slugs) {
            throw ConsoleFailure(
                "That was not done.",
                "Nobody but \(email) owns \(slugs). Make somebody else an owner there first, or choose what becomes of them."
            )
        }
        return .done("/console/users", "user-deleted")
    }
}
