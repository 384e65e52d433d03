import ArgumentParser
import Foundation
import Gateway
import LaunchDesk
import Readiness

/// `seaworthy uat run URL`: items that name a url and an expectation, in headless Chromium and Firefox, at the sizes of their profiles.
struct UATRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Try the items that name a url and an expectation in a real browser.",
        discussion: """
            Firefox opens each address at the size of each profile whose name speaks of Firefox, and Chromium for those of \
            Chromium, Chrome or Edge, or of no browser at all; profiles of Safari stay for people, and so do those of a \
            browser that isn't installed. What came of it is written down like anybody's \
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
        /// Of profiles that no browser here can stand for.
        var left = 0
        /// Browsers that profiles ask for and that aren't here, each with how to get it.
        var missing: [String] = []
        var failed: Int { tries.count { $0.outcome != "pass" } }
        /// Whether any page could be looked at.
        var isOfSomething: Bool { tries.contains { $0.outcome != ItemOutcome.blocked.rawValue } }

        enum CodingKeys: String, CodingKey { case tries, left, missing }
    }

    func run() async throws {
        guard let site = SiteURL(url) else { throw ExitCode(64) }
        let setup = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        guard BrowserEngine.allCases.contains(where: { setup.executable(of: $0) != nil }) else {
            let ways = BrowserEngine.allCases.map(\.remedy).joined(separator: "; ")
            throw ExitStatus.failure(ExitCode(2), "no browser is there: \(ways)")
        }
        let outcome = try await desk.options.withDesk { desk in
            if let plan, !(try await desk.launch.plans()).contains(where: { $0.name == plan }) {
                throw ExitStatus.failure(ExitCode(1), "\(LaunchDesk.Failure.noPlan(plan))")
            }
            let lines = try await desk.launch.lines(of: plan).filter {
                !$0.item.url.isEmpty && !$0.item.expectation.isEmpty
            }
            return try await Self.tried(lines, site, setup, desk.launch)
        }
        try desk.format.show(outcome, Self.text(outcome))
        throw ExitCode(!outcome.isOfSomething ? 2 : outcome.failed == 0 ? 0 : 1)
    }

    private static func tried(
        _ lines: [ItemLine], _ site: SiteURL, _ setup: BrowserSetup, _ desk: LaunchDesk
    ) async throws -> Outcome {
        var outcome = Outcome()
        let visits = visits(lines)
        // Pages that couldn't be looked at are written down last: where none could, the app isn't there, which says
        // nothing of any item and takes no earlier result away.
        var blocked: [(visit: Visit, note: String)] = []
        outcome.left = lines.reduce(0) { $0 + $1.item.profiles.count } - visits.count
        for engine in BrowserEngine.allCases {
            let mine = visits.filter { $0.page.size.engine == engine }
            guard !mine.isEmpty else { continue }
            guard setup.executable(of: engine) != nil else {
                outcome.left += mine.count
                outcome.missing.append("\(engine.rawValue) isn't there: \(engine.remedy)")
                continue
            }
            let visitor: PageVisitor
            do {
                visitor = try await PageVisitor.start(engine, setup, site: site)
            } catch {
                throw ExitStatus.failure(ExitCode(2), "\(engine.rawValue) doesn't start: \(error)")
            }
            do {
                for visit in mine {
                    let (one, note) = try await tried(visit, visitor, desk)
                    outcome.tries.append(one)
                    if let note { blocked.append((visit, note)) }
                }
            } catch {
                await visitor.stop()
                throw error
            }
            await visitor.stop()
        }
        if outcome.isOfSomething {
            for (visit, note) in blocked {
                try await desk.record(visit.line.item.id, on: visit.profile, .blocked, note: note)
            }
        }
        return outcome
    }

    private struct Visit {
        let line: ItemLine
        let profile: String
        let page: PageVisit
    }

    private static func visits(_ lines: [ItemLine]) -> [Visit] {
        lines.flatMap { line in
            line.item.profiles.compactMap { profile in
                guard let size = ScreenSize(profile: profile) else { return nil }
                let expectation = line.item.expectation
                return Visit(
                    line: line, profile: profile,
                    page: PageVisit(
                        address: line.item.url, size: size, status: expectation.status, text: expectation.text))
            }
        }
    }

    /// Written down at once, but for what couldn't be looked at: that has a note, and is left to the caller.
    private static func tried(
        _ visit: Visit, _ visitor: PageVisitor, _ desk: LaunchDesk
    ) async throws -> (Outcome.Try, blocked: String?) {
        let answer = await visitor.look(visit.page)
        let result: ItemOutcome =
            switch answer.holds {
            case true?: .pass
            case false?: .fail
            case nil: .blocked
            }
        let note = String("automatic: \(answer.seen)".prefix(1_000))
        let one = Outcome.Try(
            item: visit.line.item.key, profile: visit.profile, outcome: result.rawValue, seen: answer.seen)
        guard result != .blocked else { return (one, note) }
        try await desk.record(visit.line.item.id, on: visit.profile, result, note: note)
        return (one, nil)
    }

    private static func text(_ outcome: Outcome) -> String {
        guard !outcome.tries.isEmpty else {
            let missing = outcome.missing.map { "\($0)\n" }.joined()
            return missing + "No item names a url, an expectation and a profile that a browser here can stand for.\n"
        }
        guard outcome.isOfSomething else {
            let why = outcome.tries.first.map { ": \($0.seen)" } ?? ""
            return "None of \(outcome.tries.count) tries could look at a page, and nothing was written down\(why)\n"
                .plainForTerminal
        }
        var lines = outcome.tries.filter { $0.outcome != "pass" }.map {
            "\($0.outcome == "fail" ? "✗" : "?") \($0.item) on \($0.profile): \($0.seen)".plainForTerminal
        }
        lines.append(
            "\(outcome.tries.count - outcome.failed) of \(outcome.tries.count) tries passed"
                + (outcome.left > 0 ? "; \(outcome.left) on other browsers are left to people" : ""))
        lines += outcome.missing
        return lines.joined(separator: "\n") + "\n"
    }
}
