import ArgumentParser
import Foundation
import Gateway
import Kernel

struct SecretsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets", abstract: "List, check and rotate secrets and keys; never shows one.",
        subcommands: [SecretsListCommand.self, SecretsCheckCommand.self, SecretsRotateCommand.self])
}

extension ConfigurationOptions {
    func withSecretsTool<Value>(_ work: (SecretsTool) async throws -> Value) async throws -> Value {
        let configuration = try databaseConfiguration(["secret", "SECRET_KEY"])
        return try await with({ try await SecretsTool.open(configuration) }, work)
    }
}

struct SecretsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List keys and configured secrets with their ages.")

    @Option(help: "How to print it: json has the keys alone.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let text = try await options.withSecretsTool { tool -> String in
            guard format == .json else { return try await tool.list() }
            return try ResultFormat.json(try await tool.keys())
        }
        StandardStreams.out(text)
    }
}

struct SecretsCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Judge the secrets that are given here as production would.",
        discussion: """
            Looks at secret-key, database, redis, and at SECRET_KEY, JWT_SECRET, DATABASE_URL and REDIS_URL with their \
            _FILE forms; needs no database.

            Exit status: 0 production would start with them, 1 it would refuse.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let check = SecretsTool.check(options.sources)
        StandardStreams.out(check.table)
        for note in check.notes { StandardStreams.out("\n" + note.wrapped(width: 78, indent: 2) + "\n") }
        guard let errors = check.errors else { return }
        StandardStreams.err("seaworthy: \(errors.description)\n")
        throw ExitCode(1)
    }
}

struct SecretsRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace keys: the new one signs once all replicas know it.",
        discussion: """
            What the old key signed stays valid until it ends; what it sealed is sealed anew by the worker, and only \
            then is it destroyed. Asking twice, or on two machines, makes one new key.

            `root` wraps the ring with the first secret-key of the list: put the new one first, keep the old one \
            behind it, rotate root (or start anew), then take the old one out.
            """)

    @Argument(
        help: ArgumentHelp(
            "What for: \(SecretsTool.purposes.joined(separator: ", ")), or root.", valueName: "purpose"))
    var purposes: [String] = []

    @Flag(help: "All purposes, without root.")
    var all = false

    @Flag(help: "A stranger knows the key: the new one signs at once, what the old ones signed is refused.")
    var urgent = false

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard all != !purposes.isEmpty else { throw ValidationError("name a purpose, or --all") }
        let known = SecretsTool.purposes + ["root"]
        for purpose in purposes where !known.contains(purpose) {
            let nearest = known.min { editDistance($0, purpose) < editDistance($1, purpose) }
            throw ValidationError(
                "no keys are for \(purpose.debugDescription)" + (nearest.map { "; did you mean \($0)?" } ?? ""))
        }
        if urgent, purposes.contains("root") {
            throw ValidationError("--urgent is for keys; a stolen root key goes out of the list, and all keys with it")
        }
    }

    func run() async throws {
        try await options.withSecretsTool { tool in
            for purpose in all ? SecretsTool.purposes : purposes {
                guard purpose != "root" else {
                    StandardStreams.out(SecretsRotateCommand.text(try await tool.rewrapRing()))
                    continue
                }
                StandardStreams.out(try await tool.rotate(purpose, urgent: urgent, actor: CommandUser.actor))
            }
        }
    }

    private static func text(_ change: (keys: Int, root: String)) -> String {
        change.keys == 0
            ? "root: all keys are wrapped by \(change.root) already; nothing was changed\n"
            : "root: \(change.keys) keys are wrapped by \(change.root) now; earlier ones can go from the list\n"
    }
}
