import ArgumentParser
import Foundation
import Gateway

/// `seaworthy keys`: API keys, for whoever administers them.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "API keys of the accounts here: list, revoke.",
        discussion: """
            People make keys at /seaworthy/keys and see them once; here are their names, scopes and last uses. A running \
            gateway hears of a revocation within a quarter of a second.
            """,
        subcommands: [KeysListCommand.self, KeysRevokeCommand.self])
}

struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List keys, the newest first.")

    @Option(help: "Only the keys of the account with this address.")
    var account: String?

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var user: UserOptions

    func run() async throws {
        let entries = try await user.act { try await $0.keys(of: account) }
        if format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            StandardStreams.out(String(decoding: try encoder.encode(entries), as: UTF8.self) + "\n")
            return
        }
        guard !entries.isEmpty else { return StandardStreams.err("seaworthy: no API key\n") }
        func minute(_ text: String?) -> String {
            text.map { String($0.prefix(16)).replacing("T", with: " ") } ?? "never"
        }
        for entry in entries {
            StandardStreams.out("\(entry.id)  \(entry.hint)…  \(entry.account)\n")
            StandardStreams.out(
                "  \(entry.name): \(entry.scopes.isEmpty ? "everything" : entry.scopes.joined(separator: ", "))\n")
            StandardStreams.out("  until \(minute(entry.expires)), last used \(minute(entry.used))\n")
        }
    }
}

struct KeysRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a key: the next request with it is refused.")
    @Argument(help: "The key's id, as `seaworthy keys list` shows it.") var id: String
    @OptionGroup var user: UserOptions

    func run() async throws {
        try await user.act { try await $0.revokeKey(id) }
        StandardStreams.out("revoked \(id)\n")
    }
}
