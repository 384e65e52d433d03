import ArgumentParser
import Foundation
import Gateway

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup back, into either engine, after it proved itself.",
        discussion: """
            The backup is read to its end and restored into a scratch database (a file beside the real one, or the \
            schema seaworthy_restore), newer schema steps are applied, and only then it goes into the real database \
            in one transaction. Whatever fails before that commits has changed nothing. A backup of SQLite restores \
            into PostgreSQL and the other way round.

            A database that has content is refused without --replace; with it, what is there becomes a backup first, \
            where a place for backups is configured. `serve` may run meanwhile.

              seaworthy restore newest --database new.db
              seaworthy restore ./seaworthy-20261126T031500Z-0123abcd.backup --replace
            """)

    @OptionGroup var reference: BackupReference

    @Flag(help: "Throw away what the database has, after a backup of it.")
    var replace = false

    @Flag(help: "Only into the scratch database: proof that it would work.")
    var rehearse = false

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "A backup's name, `newest`, or the path of a file (with a slash).")
    var name: String

    func validate() throws {
        if replace, rehearse { throw ValidationError("--rehearse replaces nothing: give one of the two") }
    }

    func run() async throws {
        let name = name == "newest" ? nil : name
        try await options.backups { (backups) async throws(BackupFailure) in
            guard !rehearse else {
                return try await backups.verify(name, identity: reference.identity, rehearses: true)
            }
            return try await backups.restore(
                name, identity: reference.identity, replaces: replace, actor: "cli:\(ProcessInfo.processInfo.userName)")
        }
    }
}
