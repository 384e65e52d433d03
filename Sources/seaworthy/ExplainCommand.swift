import ArgumentParser
import Readiness

/// `seaworthy explain CHECK`: why a check matters and how it is mended in the stack that somebody has.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Why a check matters, and how to mend it in nginx, Express, Flask, Django, Spring or in front.")

    @Argument(help: "The id of a check, such as race.lost-update (`seaworthy check --list` names them all).")
    var check: String

    func run() throws {
        guard let text = Remedies.explanation(check) else {
            let near = Remedies.nearestCheck(to: check).map { " Did you mean `\($0)`?" } ?? ""
            throw ValidationError("No check is called `\(check.prefix(60))`.\(near)")
        }
        StandardStreams.out(text)
    }
}
