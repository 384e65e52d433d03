import ArgumentParser
import Foundation
import Gateway
import Kernel

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Accounts of people who sign in here: list, add, disable, import, delete.",
        discussion: """
            Works on the database beside a running gateway, which hears of every change within a quarter of a second. \
            Each act is a row of the audit trail. Where `identity.sign-in` is `adopt`, people are named as the app's login names them.
            """,
        subcommands: [
            UserListCommand.self, UserAddCommand.self, UserDisableCommand.self, UserEnableCommand.self,
            UserUnlockCommand.self, UserUnlockAddressCommand.self, UserSignOutCommand.self, UserSetRoleCommand.self,
            UserImportCommand.self,
            UserResetSecondFactorCommand.self,
            UserDeleteCommand.self,
        ])
}

/// What all of them need: whom, and where the database is.
struct UserOptions: ParsableArguments {
    @OptionGroup var options: ConfigurationOptions

    /// Opens the database for an act, closes it afterwards, and says in words what went wrong.
    func act<Value: Sendable>(_ work: (UserTool) async throws -> Value) async throws -> Value {
        try await options.withSchema { schema, configuration in
            do {
                return try await work(
                    try await UserTool(configuration: configuration, schema: schema, actor: CommandUser.actor))
            } catch let refusal as UserTool.Refusal {
                throw ExitStatus.failure(ExitStatus.corruptData, refusal.description)
            }
        }
    }
}

/// One account, by its address.
struct AccountOptions: ParsableArguments {
    @Argument(help: "The e-mail address, or the name that the app's login takes.") var email: String
    @OptionGroup var user: UserOptions

    /// Does something with it and prints what was done.
    func act(_ work: (UserTool, String) async throws -> String) async throws {
        StandardStreams.out(try await user.act { try await work($0, email) } + "\n")
    }

    static func sessions(_ count: Int) -> String { "\(count) session\(count == 1 ? "" : "s")" }
}

struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List accounts by address.")

    @Argument(help: "Only addresses with this text in them.")
    var text: String?

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var user: UserOptions

    func run() async throws {
        let entries = try await user.act { try await $0.list(matching: text) }
        if format == .json {
            return StandardStreams.out(try ResultFormat.json(entries))
        }
        guard !entries.isEmpty else {
            StandardStreams.err(
                "seaworthy: no account\(text.map { " with \($0.debugDescription) in its address" } ?? "")\n")
            return
        }
        func cell(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        StandardStreams.out(cell("address", 34) + cell("status", 10) + cell("role", 16) + "last sign-in\n")
        for entry in entries {
            let last = entry.signedIn.map { $0.prefix(16).replacing("T", with: " ") } ?? "never"
            StandardStreams.out(cell(entry.email, 34) + cell(entry.status, 10) + cell(entry.role, 16) + last + "\n")
        }
    }
}

struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an account; prints a one-time link where its owner chooses a password.")

    @Argument(help: "The e-mail address.")
    var email: String

    @Option(help: "person, operator, administrator, or one that identity.roles declares.")
    var role = "person"

    @OptionGroup var user: UserOptions

    func run() async throws {
        let link = try await user.act { try await $0.add(email, role: role) }
        StandardStreams.out(link.text + "\n")
        StandardStreams.err("seaworthy: \(email) may choose a password there until \(link.until)\n")
    }
}

struct UserDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Bar an account and end its sessions at once.")
    @OptionGroup var account: AccountOptions
    @Option(help: "Why, for the audit trail: a word or two, nothing personal.") var reason = "administrator"

    func run() async throws {
        try await account.act { tool, email in
            "disabled \(email), ended \(AccountOptions.sessions(try await tool.disable(email, reason: reason)))"
        }
    }
}

struct UserEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled account sign in again.")
    @OptionGroup var account: AccountOptions

    func run() async throws {
        try await account.act { tool, email in
            try await tool.enable(email)
            return "enabled \(email)"
        }
    }
}

struct UserUnlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Forget the failed sign-ins of an account.",
        discussion: """
            The counter of the network address that they come from is another one: `seaworthy user unlock-address`.
            """)
    @OptionGroup var account: AccountOptions

    func run() async throws {
        try await account.act { tool, email in
            try await tool.unlock(email)
            return "unlocked \(email)"
        }
    }
}

struct UserUnlockAddressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock-address", abstract: "Forget the failed sign-ins from a network address.",
        discussion: """
            For an office or a mobile network behind one address, where one person's mistakes locked all of them. Accounts that \
            are locked stay so. `identity.lockout.address-failures` says how many failures an address may have.
            """)
    @Argument(help: "The address, such as 203.0.113.7; of IPv6 its network of 64 bits.") var address: String
    @OptionGroup var user: UserOptions

    func validate() throws {
        guard IPAddress(strict: address[...]) == nil else { return }
        throw ValidationError("\(address) is no IP address: write it as 203.0.113.7 or 2001:db8::7")
    }

    func run() async throws {
        guard let known = IPAddress(strict: address[...]) else { return }
        try await user.act { try await $0.unlock(known) }
        StandardStreams.out("unlocked \(address)\n")
    }
}

struct UserSignOutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-out", abstract: "End every session of an account.")
    @OptionGroup var account: AccountOptions

    func run() async throws {
        try await account.act { tool, email in
            "ended \(AccountOptions.sessions(try await tool.signOut(email))) of \(email)"
        }
    }
}

struct UserDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an account, its sessions and its second factor. It can't be undone.",
        discussion: """
            Nothing is deleted while a project would be left without an owner who can sign in: the refusal names them. \
            Make somebody else an owner first, or say here what becomes of them.
            """)
    @Argument(help: "The e-mail address, or the name that the app's login takes.") var email: String
    @Option(help: "Why, for the audit trail: a word or two, nothing personal.") var reason = "administrator"
    @Option(help: ArgumentHelp("Owns the projects then that the account alone owned.", valueName: "email"))
    var successor: String?
    @Option(
        name: .customLong("orphan-projects"),
        help: "Delete the projects that the account alone owned, or keep them without an owner.")
    var orphans: OrphanChoice?
    @OptionGroup var user: UserOptions

    enum OrphanChoice: String, ExpressibleByArgument, CaseIterable { case delete, keep }

    func validate() throws {
        guard successor == nil || orphans == nil else {
            throw ValidationError("--successor and --orphan-projects exclude each other")
        }
    }

    func run() async throws {
        let rule: UserTool.Orphans =
            switch (successor, orphans) {
            case (.some(let heir), _): .pass(to: heir)
            case (nil, .delete): .delete
            case (nil, .keep): .keep
            case (nil, nil): .refuse
            }
        let (ended, projects) = try await user.act { try await $0.delete(email, reason: reason, orphans: rule) }
        StandardStreams.out("deleted \(email), ended \(AccountOptions.sessions(ended))\n")
        guard !projects.isEmpty else { return }
        let fate =
            switch rule {
            case .pass(let heir): "\(heir) owns now"
            case .delete: "deleted"
            case .keep, .refuse: "without an owner now"
            }
        StandardStreams.out("\(fate): \(projects.joined(separator: ", "))\n")
    }
}

struct UserResetSecondFactorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-second-factor",
        abstract: "Take the second factor of somebody who lost it away; ends their sessions.",
        discussion: """
            See first that it is really them: with this, their password alone signs in. Where their role must have a second \
            factor, the next sign-in leads to setting up another.
            """)
    @Argument(help: "The e-mail address, or the name that the app's login takes.") var email: String
    @OptionGroup var user: UserOptions

    func run() async throws {
        let ended = try await user.act { try await $0.resetSecondFactor(email) }
        StandardStreams.out(
            "removed the second factor of \(email), ended \(ended) session\(ended == 1 ? "" : "s")\n")
    }
}

struct UserSetRoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-role", abstract: "Give an account another role; it counts from the next request.")
    @OptionGroup var account: AccountOptions
    @Argument(help: "person, operator, administrator, or one that identity.roles declares.") var role: String

    func run() async throws {
        try await account.act { tool, email in
            try await tool.setRole(email, to: role)
            return "\(email) is \(role) now"
        }
    }
}

struct UserImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make accounts from a CSV file with other systems' password hashes.",
        discussion: """
            The first line names the columns: email,password_hash and maybe role. Hashes of Werkzeug (scrypt, pbkdf2), \
            Django, passlib and PHP are understood; the first sign-in replaces each by ours. All lines are taken or none. \
            Addresses that have an account already are left as they are.
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv"]))
    var file: String

    @Flag(name: .customLong("dry-run"), help: "Only say what would be done.")
    var isDry = false

    @OptionGroup var user: UserOptions

    func run() async throws {
        let limit = 256 << 20
        guard let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int else {
            throw ExitStatus.failure(ExitStatus.corruptData, "\(file) can't be read")
        }
        guard size <= limit, let data = FileManager.default.contents(atPath: file) else {
            throw ExitStatus.failure(ExitStatus.corruptData, "\(file) can't be read, or is larger than 256 MiB")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ExitStatus.failure(ExitStatus.corruptData, "\(file) is not UTF-8")
        }
        let plan = UserTool.Import(csv: text, name: (file as NSString).lastPathComponent)
        if !plan.rejections.isEmpty {
            for reason in plan.rejections.prefix(20) { StandardStreams.err("\(file): \(reason)\n") }
            if plan.rejections.count > 20 { StandardStreams.err("… and \(plan.rejections.count - 20) more\n") }
            throw ExitStatus.failure(ExitStatus.corruptData, "nothing was imported: mend these lines first")
        }
        if isDry {
            StandardStreams.out("\(plan.count) accounts would be made; hashes: \(plan.schemes)\n")
            return
        }
        let (made, known) = try await user.act { try await $0.take(plan) }
        StandardStreams.out("imported \(made) account\(made == 1 ? "" : "s"); hashes: \(plan.schemes)\n")
        for address in known.prefix(20) { StandardStreams.err("\(address) has an account already, left as it is\n") }
        if known.count > 20 { StandardStreams.err("… and \(known.count - 20) more\n") }
    }
}
