import ArgumentParser
import Foundation
import Gateway
import LaunchDesk
import Readiness

/// `seaworthy uat run URL`: items that name a url and an expectation, in headless Chromium, at the sizes of their profiles.
struct UATRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Try the items that name a url and an expectation in a real browser.",
        discussion: """
            Chromium opens each address at the size of each profile whose name speaks of Chromium, Chrome or Edge, or of \
            no browser at all; profiles of other browsers stay for people. What came of it is written down like anybody's \
            result. Exit status 0: everything that was tried passed, 1: something failed, 2: nothing could be tried.
            """)

    @Argument(help: "Address of the app, such as http://127.0.0.1:8080.")
    var url: String

    @Option(help: ArgumentHelp("One plan; else all of them.", valueName: "name"))
    var plan: String?

    @Flag(name: .customLong("i-am-authorised"), help: "The app is another machine, and you may try it.")
    var isAuthorised = false

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        guard let site = SiteURL(url) else { throw ValidationError("`\(url)` is no http or https address.") }
        guard isAuthorised || site.isLoopback else {
            throw ValidationError("\(site.host) is another machine: --i-am-authorised says that you may try it.")
        }
    }

    /// What was tried.
    struct Outcome: Encodable {
        struct Try: Encodable {
            let item: String
            let profile: String
            let outcome: String
            let seen: String
        }
        var tries: [Try] = []
        /// Of profiles that Chromium can't stand for.
        var left = 0
        var failed: Int { tries.count { $0.outcome != "pass" } }

        enum CodingKeys: String, CodingKey { case tries, left }
    }

    func run() async throws {
        guard let site = SiteURL(url) else { throw ExitCode(64) }
        let setup = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        guard setup.executable != nil else {
            throw ExitStatus.failure(ExitCode(2), "Chromium isn't there: install it, or name it in SEAWORTHY_CHROMIUM")
        }
        let outcome = try await desk.options.withDesk { desk in
            let lines = try await desk.launch.lines(of: plan).filter {
                !$0.item.url.isEmpty && !$0.item.expectation.isEmpty
            }
            return try await Self.tried(lines, site, setup, desk.launch)
        }
        try desk.format.show(outcome, Self.text(outcome))
        throw ExitCode(outcome.tries.isEmpty ? 2 : outcome.failed == 0 ? 0 : 1)
    }

    private static func tried(
        _ lines: [ItemLine], _ site: SiteURL, _ setup: BrowserSetup, _ desk: LaunchDesk
    ) async throws -> Outcome {
        var outcome = Outcome()
        let visits = lines.flatMap { line in
            line.item.profiles.compactMap { profile -> (ItemLine, String, PageVisit)? in
                guard let size = ScreenSize(profile: profile) else { return nil }
                return (
                    line, profile,
                    PageVisit(
                        address: line.item.url, size: size, status: line.item.expectation.status,
                        text: line.item.expectation.text)
                )
            }
        }
        outcome.left = lines.reduce(0) { $0 + $1.item.profiles.count } - visits.count
        guard !visits.isEmpty else { return outcome }
        let visitor: PageVisitor
        do {
            visitor = try await PageVisitor.start(setup, site: site)
        } catch {
            throw ExitStatus.failure(ExitCode(2), "Chromium doesn't start: \(error)")
        }
        for (line, profile, visit) in visits {
            let answer = await visitor.look(visit)
            let result: ItemOutcome =
                switch answer.holds {
                case true?: .pass
                case false?: .fail
                case nil: .blocked
                }
            let seen = "automatic: \(answer.seen)"
            do {
                try await desk.record(line.item.id, on: profile, result, note: String(seen.prefix(1_000)))
            } catch {
                await visitor.stop()
                throw error
            }
            outcome.tries.append(
                .init(item: line.item.key, profile: profile, outcome: result.rawValue, seen: answer.seen))
        }
        await visitor.stop()
        return outcome
    }

    private static func text(_ outcome: Outcome) -> String {
        guard !outcome.tries.isEmpty else {
            return "No item names a url, an expectation and a profile that Chromium can stand for.\n"
        }
        var lines = outcome.tries.filter { $0.outcome != "pass" }.map {
            "\($0.outcome == "fail" ? "✗" : "?") \($0.item) on \($0.profile): \($0.seen)".plainForTerminal
        }
        lines.append(
            "\(outcome.tries.count - outcome.failed) of \(outcome.tries.count) tries passed"
                + (outcome.left > 0 ? "; \(outcome.left) on other browsers are left to people" : ""))
        return lines.joined(separator: "\n") + "\n"
    }
}
