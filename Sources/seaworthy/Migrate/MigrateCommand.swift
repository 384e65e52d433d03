import ArgumentParser
import Foundation
import Gateway
import Kernel

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Show or change the schema of the database.",
        discussion: """
            `serve` brings the schema up to date at its start, unless `database.migrate` is `check`: then this does, \
            with a role that may. Steps only go forward; several starters wait for each other.
            """,
        subcommands: [MigrateStatusCommand.self, MigrateUpCommand.self, MigrateGrantsCommand.self])
}

/// How a command prints its result.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

extension ConfigurationOptions {
    func withSchema<Value>(
        _ work: (SchemaTool, GatewayConfiguration) async throws -> Value
    ) async throws -> Value {
        let configuration = try databaseConfiguration(["operations.backup", "egress"])
        return try await with(
            { try await SchemaTool.open(configuration.database, backup: BackupTool(configuration)) },
            { try await work($0, configuration) })
    }
}

struct MigrateStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "List the schema's steps: applied and pending. Exit 1 when any is pending.")

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let (steps, place) = try await options.withSchema { (try await $0.steps(), $1.database.place) }
        StandardStreams.out(
            format == .json ? try MigrateReport.json(steps) : MigrateReport.text(steps, place))
        if steps.contains(where: { $0.appliedAt == nil }) { throw ExitCode(1) }
    }
}

struct MigrateUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Apply the pending steps, after a backup.",
        discussion: """
            Where `operations.backup.to` names a place, a backup goes there as by `seaworthy backup`. Else SQLite is \
            copied beside its file (VACUUM INTO), PostgreSQL by pg_dump; the newest 3 copies stay. In production nothing is applied without one, unless --without-backup says that you have your own.
            """)

    @Flag(name: .customLong("without-backup"), help: "Take none: you have your own.")
    var withoutBackup = false

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let change = try await options.withSchema { tool, configuration in
            try await tool.up(needsBackup: configuration.environment == .production, takesBackup: !withoutBackup)
        }
        StandardStreams.out(format == .json ? try MigrateReport.json(change) : MigrateReport.text(change))
    }
}

struct MigrateGrantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "Print SQL that gives a PostgreSQL role what serve and work need, and no more.",
        discussion: """
            Run it as the owner, after each `migrate up`, and start `serve` as that role with `database.migrate=check`:
              seaworthy migrate grants --role seaworthy_app | psql "$OWNER_URL"
            """)

    @Option(help: ArgumentHelp("The role; it exists already.", valueName: "name"))
    var role: String

    func validate() throws {
        guard SchemaGrants(role: role) != nil else {
            throw ValidationError("\(role.debugDescription) is not the name of a role: 1 to 63 letters, digits, _ or -")
        }
    }

    func run() async throws {
        guard let grants = SchemaGrants(role: role) else { return }
        StandardStreams.out(grants.sql)
    }
}
