import ArgumentParser
import Foundation
import Gateway

/// `seaworthy project`: projects and who is in them, for whoever administers them.
struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project", abstract: "Projects of the accounts here: list, create, archive, delete, members.",
        discussion: """
            Routes with `access: project-member` and its like let in the members of the project that a request names. A running \
            gateway hears of every change within a quarter of a second; each act is a row of the audit trail.
            """,
        subcommands: [
            ProjectListCommand.self, ProjectCreateCommand.self, ProjectRenameCommand.self, ProjectArchiveCommand.self,
            ProjectRestoreCommand.self, ProjectDeleteCommand.self, ProjectMemberCommand.self,
        ])
}

/// One project, by its slug.
struct ProjectOptions: ParsableArguments {
    @Argument(help: "The project's slug, as `seaworthy project list` shows it.") var slug: String
    @OptionGroup var user: UserOptions
}

/// Columns of a list.
private func row(_ cells: [(String, Int)], _ last: String) -> String {
    cells.map { $0 + String(repeating: " ", count: max(1, $1 - $0.count)) }.joined() + last + "\n"
}

struct ProjectListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List projects by slug.")

    @Argument(help: "Only those with this text in slug or name.")
    var text: String?

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var user: UserOptions

    func run() async throws {
        let entries = try await user.act { try await $0.projects(matching: text) }
        if format == .json { return StandardStreams.out(try ResultFormat.json(entries)) }
        guard !entries.isEmpty else {
            return StandardStreams.err(
                "seaworthy: no project\(text.map { " with \($0.debugDescription) in it" } ?? "")\n")
        }
        StandardStreams.out(row([("slug", 32), ("status", 10), ("members", 9)], "name"))
        for entry in entries {
            StandardStreams.out(row([(entry.slug, 32), (entry.status, 10), ("\(entry.members)", 9)], entry.name))
        }
    }
}

struct ProjectCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a project; prints its slug, which never changes.")

    @Argument(help: "What people call it: 1 to 80 characters.")
    var name: String

    @Option(help: "The address of the account that owns it.")
    var owner: String

    @Option(help: "2 to 60 small letters, digits and single hyphens; made of the name where it isn't given.")
    var slug: String?

    @OptionGroup var user: UserOptions

    func run() async throws {
        let made = try await user.act { try await $0.createProject(named: name, slug: slug, owner: owner) }
        StandardStreams.out(made + "\n")
    }
}

struct ProjectRenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a project another name; its slug stays.")
    @OptionGroup var project: ProjectOptions
    @Argument(help: "The new name: 1 to 80 characters.") var name: String

    func run() async throws {
        try await project.user.act { try await $0.renameProject(project.slug, to: name) }
        StandardStreams.out("renamed \(project.slug)\n")
    }
}

struct ProjectArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Close a project to everybody until it is restored.")
    @OptionGroup var project: ProjectOptions

    func run() async throws {
        try await project.user.act { try await $0.archiveProject(project.slug) }
        StandardStreams.out("archived \(project.slug)\n")
    }
}

struct ProjectRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "restore", abstract: "Open an archived project again.")
    @OptionGroup var project: ProjectOptions

    func run() async throws {
        try await project.user.act { try await $0.restoreProject(project.slug) }
        StandardStreams.out("restored \(project.slug)\n")
    }
}

struct ProjectDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a project for ever; nobody gets its slug again. What the app keeps about it is the app's.")
    @OptionGroup var project: ProjectOptions

    func run() async throws {
        let count = try await project.user.act { try await $0.deleteProject(project.slug) }
        StandardStreams.out("deleted \(project.slug), which had \(count) member\(count == 1 ? "" : "s")\n")
    }
}

struct ProjectMemberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "Who is in a project: list, add, role, remove.",
        subcommands: [
            ProjectMemberListCommand.self, ProjectMemberAddCommand.self, ProjectMemberRoleCommand.self,
            ProjectMemberRemoveCommand.self,
        ])
}

struct ProjectMemberListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List members by address.")
    @OptionGroup var project: ProjectOptions
    @Option(help: "How to print it.") var format = ResultFormat.text

    func run() async throws {
        let entries = try await project.user.act { try await $0.members(ofProject: project.slug) }
        if format == .json { return StandardStreams.out(try ResultFormat.json(entries)) }
        guard !entries.isEmpty else { return StandardStreams.err("seaworthy: nobody is in \(project.slug)\n") }
        StandardStreams.out(row([("address", 36), ("role", 18)], "since"))
        for entry in entries {
            StandardStreams.out(
                row([(entry.email, 36), (entry.role, 18)], String(entry.added.prefix(16)).replacing("T", with: " ")))
        }
    }
}

struct ProjectMemberAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Put an account into a project.")
    @OptionGroup var project: ProjectOptions
    @Argument(help: "The account's e-mail address.") var email: String
    @Option(help: "owner, member, or one that identity.roles declares.") var role = "member"

    func run() async throws {
        try await project.user.act { try await $0.addMember(email, as: role, to: project.slug) }
        StandardStreams.out("\(email) is \(role) of \(project.slug) now\n")
    }
}

struct ProjectMemberRoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Give a member another role; it counts from the next request.")
    @OptionGroup var project: ProjectOptions
    @Argument(help: "The member's e-mail address.") var email: String
    @Argument(help: "owner, member, or one that identity.roles declares.") var role: String

    func run() async throws {
        try await project.user.act { try await $0.setRole(role, ofMember: email, in: project.slug) }
        StandardStreams.out("\(email) is \(role) of \(project.slug) now\n")
    }
}

struct ProjectMemberRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a member out; their next request is refused.")
    @OptionGroup var project: ProjectOptions
    @Argument(help: "The member's e-mail address.") var email: String

    func run() async throws {
        try await project.user.act { try await $0.removeMember(email, from: project.slug) }
        StandardStreams.out("\(email) is no member of \(project.slug) any more\n")
    }
}
