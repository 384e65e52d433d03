import ArgumentParser
import Gateway

/// The command line: one file per command, listed here.
@main
struct Seaworthy: AsyncParsableCommand {
    static let version = BuildInformation.version

    /// Commands below one that takes an address itself, where the parser would take their names for it.
    private static let below = ["check": ["diff", "history"]]

    static func main() async {
        var words = Array(CommandLine.arguments.dropFirst())
        if words.count > 1, below[words[0]]?.contains(words[1]) ?? false {
            words.replaceSubrange(0..<2, with: ["\(words[0])-\(words[1])"])
        }
        do {
            var command = try parseAsRoot(words)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: exitCode(for: error) == .success ? lostOutput ?? error : error)
        }
        if let lostOutput { exit(withError: lostOutput) }
    }

    /// A result that nobody can read is no success.
    private static var lostOutput: ExitCode? { StandardStreams.isOutputLost ? ExitStatus.inputOutput : nil }

    static let configuration = CommandConfiguration(
        commandName: "seaworthy",
        abstract: "The production layer in front of any web app.",
        discussion: """
            One binary stands in front of an app that already works, enforces what a launch checklist asks for, and \
            proves from the outside that it holds.

              seaworthy try http://127.0.0.1:5000              # what is missing
              seaworthy serve --upstream http://127.0.0.1:5000 # stand in front of it
              seaworthy check http://127.0.0.1:8080            # is it fit to launch?
              seaworthy prove http://127.0.0.1:5000            # would a control that is off be noticed?

            Exit status: 0 done, 1 no such thing or past that, 64 wrong usage, 65 a damaged database or backup, 69 unavailable \
            (port in use, app, gateway or database not there), 73 can't write a file, 75 not done yet (a mail that \
            waits), 77 not permitted, 78 error in the configuration. `check` answers 0 go, 1 no-go, 2 could not judge.
            """,
        version: version,
        subcommands: [
            ServeCommand.self,
            WorkCommand.self,
            MigrateCommand.self,
            UserCommand.self,
            KeysCommand.self,
            ProjectCommand.self,
            BackupCommand.self,
            RestoreCommand.self,
            AuditCommand.self,
            SecretsCommand.self,
            SearchCommand.self,
            JobsCommand.self,
            MailCommand.self,
            WebhooksCommand.self,
            TryCommand.self,
            CheckCommand.self,
            CheckDiffCommand.self,
            CheckHistoryCommand.self,
            WatchCommand.self,
            ExplainCommand.self,
            RaceCommand.self,
            LoadCommand.self,
            ScanCommand.self,
            AdvisoriesCommand.self,
            EvidenceCommand.self,
            VerifyCommand.self,
            ChecklistCommand.self,
            UATCommand.self,
            ClaimsCommand.self,
            CompareCommand.self,
            ProveCommand.self,
            InitCommand.self,
            PipelineCommand.self,
            ProblemsCommand.self,
            ConfigCommand.self,
            ReloadCommand.self,
            ManualCommand.self,
        ])
}
