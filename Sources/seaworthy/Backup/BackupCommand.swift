import ArgumentParser
import Foundation
import Gateway

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up the state of Seaworthy, look at backups, make a key pair for them.",
        discussion: """
            `operations.backup.to` names a folder or s3://BUCKET/PREFIX; `.passphrase` or `.recipient` closes backups: \
            there is no open form. While everybody goes on writing, one moment of the database is taken, compressed, \
            locked, written and read back to its end. The worker does it too, when `operations.backup.schedule` says.

              seaworthy backup                        # now
              seaworthy backup list                   # what is there, the newest first
              seaworthy backup verify --rehearse      # the newest, into a scratch database
              seaworthy restore NAME --replace        # put one back
            """,
        subcommands: [
            BackupNowCommand.self, BackupListCommand.self, BackupVerifyCommand.self, BackupKeygenCommand.self,
        ],
        defaultSubcommand: BackupNowCommand.self)
}

struct BackupNowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "now", abstract: "Make one now, whatever the schedule says. Nothing is removed for it.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.backups { (backups) async throws(BackupFailure) in try await backups.make() }
    }
}

struct BackupListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what the configured place has, the newest first.",
        discussion: """
            Beside each stands what the database knows of it: verified, failed, or unknown (made by another database \
            or before its last restore). --without-database asks the place alone.
            """)

    @Flag(name: .customLong("without-database"), help: "Don't open the database: it may be the one that is lost.")
    var withoutDatabase = false

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.backups { (backups) async throws(BackupFailure) in
            try await backups.list(asksDatabase: !withoutDatabase)
        }
    }
}

struct BackupVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Open a backup and read it to its end; with --rehearse, restore it on trial.")

    @OptionGroup var reference: BackupReference

    @Flag(help: "Restore it into a scratch database beside the configured one, and throw that away.")
    var rehearse = false

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "A backup's name, or the path of a file (with a slash). Without it: the newest.")
    var name: String?

    func run() async throws {
        try await options.backups { (backups) async throws(BackupFailure) in
            try await backups.verify(name, identity: reference.identity, rehearses: rehearse)
        }
    }
}

struct BackupKeygenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a key pair: whoever makes backups with the public key can't open them.",
        discussion: "Prints the public key as a line of seaworthy.yaml.")

    @Argument(help: "Where the private key goes (mode 0600); a file that doesn't exist yet.", completion: .file())
    var file: String

    func run() async throws {
        do throws(BackupFailure) {
            StandardStreams.out(try BackupTool.keygen(file))
        } catch {
            throw error.exit
        }
    }
}

/// What opens a backup.
struct BackupReference: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The private key's file, for backups that were made for a public key (else operations.backup.passphrase).",
            valueName: "file"), completion: .file())
    var identity: String?
}
