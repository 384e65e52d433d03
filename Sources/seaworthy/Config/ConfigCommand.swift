import ArgumentParser
import Gateway

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Explain or check the configuration.",
        subcommands: [ConfigExplainCommand.self, ConfigCheckCommand.self])
}

struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether `serve` would take this configuration: exit 0, or 78 with every error.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let loaded = try options.load(for: .serving)
        for warning in loaded.warnings { StandardStreams.err("seaworthy: warning: \(warning)\n") }
        StandardStreams.out("The configuration is in order\(loaded.file.map { " (\($0))" } ?? "").\n")
    }
}
