import ArgumentParser
import Readiness

/// `seaworthy checklist`: launch checklists, the shipped ones and the team's own.
struct ChecklistCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checklist", abstract: "Launch checklists: the shipped ones, and your own.",
        subcommands: [ChecklistListCommand.self, ChecklistImportCommand.self])
}

/// `seaworthy checklist list`: the shipped profiles, and `docs/checklists.md`.
struct ChecklistListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Name the shipped checklists; as markdown, with every item.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, markdown }

    @Option(help: ArgumentHelp("How to print them.", valueName: "terminal|markdown"))
    var format = Format.terminal

    func run() throws {
        StandardStreams.out(try format == .markdown ? ChecklistDocument.markdown() : ChecklistDocument.text())
    }
}
