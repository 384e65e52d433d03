import ArgumentParser
import Gateway
import Kernel

struct ProblemsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "problems", abstract: "Explain the reasons for which requests are refused or noted.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, markdown }

    @Argument(help: ArgumentHelp("A reason such as csrf.cross-site; all of them without.", valueName: "reason"))
    var reason: String?

    @Option(help: ArgumentHelp("How to print all of them.", valueName: "terminal|markdown"))
    var format = Format.terminal

    func run() async throws {
        guard let reason else {
            guard format == .terminal else { return StandardStreams.out(ReasonCatalogue.markdown) }
            for entry in ReasonCatalogue.all {
                let gap = String(repeating: " ", count: max(1, 36 - entry.id.count))
                StandardStreams.out("\(entry.id)\(gap)\(entry.title.prefix(43))\n")
            }
            return
        }
        guard let entry = ReasonCatalogue.reason(reason) else {
            throw ExitStatus.failure(
                .failure, "there is no reason \(reason); `seaworthy problems` lists all of them")
        }
        var lines = [entry.title, "", "reason   \(entry.id)", "status   \(entry.statusText)"]
        if let key = entry.key { lines.append("key      \(key)") }
        lines += [
            "", entry.meaning.wrapped(width: 78, indent: 0), "", "The client:",
            entry.client.wrapped(width: 78, indent: 0),
        ]
        if let owner = entry.owner {
            lines += ["", "The app's or gateway's owner:", owner.wrapped(width: 78, indent: 0)]
        }
        StandardStreams.out(lines.joined(separator: "\n") + "\n")
    }
}
