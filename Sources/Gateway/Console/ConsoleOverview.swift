import Console
import Kernel
import Observability
import Store

/// What stands in front of what, how it is, and what went through lately.
enum ConsoleOverview {
    @Sendable static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let desk = exchange.desk
        let readiness = await desk.readiness()
        let backlog = await desk.services.backlog?.figures()
        var blocks: [ConsoleBlock] = [.tiles(tiles(desk, readiness))]
        blocks += [.heading("Dependencies"), dependencies(desk, readiness)]
        blocks += [.heading("The last check")] + verdict(desk)
        blocks += [.heading("What stands where"), .facts(facts(desk))]
        if let backlog { blocks += [.heading("Behind the edge"), .tiles(work(backlog, desk.now))] }
        return ConsolePage("Overview", current: "/console", blocks)
    }

    private static func tiles(_ desk: ConsoleDesk, _ readiness: Readiness) -> [ConsoleTile] {
        let traffic = desk.services.traffic.figures
        let span =
            traffic.seconds >= 290 ? "in the last 5 minutes" : "in the last \(max(1, traffic.seconds)) seconds"
        let modes = desk.configuration.modes
        let observing = modes.values.count { $0 != .enforce }
        return [
            ConsoleTile(
                "State", readiness.isReady ? "Ready" : "Not ready",
                hint: readiness.isReady ? "takes requests" : "see below",
                tone: readiness.isReady ? .good : .bad),
            ConsoleTile("Requests", "\(traffic.requests)", hint: span),
            ConsoleTile(
                "Refused", "\(traffic.refused)", hint: span, tone: traffic.refused > 0 ? .warn : .plain,
                link: "/console/refusals?view=refused"),
            ConsoleTile(
                "Would be refused", "\(traffic.wouldHaveRefused)", hint: span,
                tone: traffic.wouldHaveRefused > 0 ? .warn : .plain, link: "/console/refusals?view=would"),
            ConsoleTile(
                "Failures (5xx)", "\(traffic.failures)", hint: span, tone: traffic.failures > 0 ? .bad : .good),
            ConsoleTile(
                "Controls", observing == 0 ? "All enforce" : "\(observing) of \(modes.count)",
                hint: (observing == 0 ? "" : "don’t enforce; ") + "mode: \(desk.configuration.mode.rawValue)",
                tone: observing == 0 ? .good : .warn, link: "/console/controls"),
        ]
    }

    private static func dependencies(_ desk: ConsoleDesk, _ readiness: Readiness) -> ConsoleBlock {
        var rows = readiness.dependencies.map { dependency in
            [
                ConsoleCell(dependency.name),
                dependency.holds ? ConsoleCell.badge("answers", .good) : .badge("does not answer", .bad),
                ConsoleCell(dependency.detail ?? ""),
            ]
        }
        if let shared = desk.services.shared {
            rows.append([
                ConsoleCell("redis"),
                shared.isReachable ? .badge("answers", .good) : .badge("does not answer", .bad),
                ConsoleCell(shared.isReachable ? "" : "each replica counts limits alone meanwhile"),
            ])
        }
        return .table(ConsoleTable("Dependencies", columns: ["What", "State", "Detail"], rows: rows))
    }

    private static func verdict(_ desk: ConsoleDesk) -> [ConsoleBlock] {
        let target = desk.configuration.publicURL.map { "\($0)" } ?? "http://\(desk.configuration.listen)"
        guard let path = desk.settings.report else {
            return [
                .empty(
                    "No report is kept here. Let a check write one, and name its file in console.report:",
                    command: "seaworthy check \(target) --format json --output verdict.json")
            ]
        }
        let file: VerdictFile
        do {
            file = try VerdictFile.read(path)
        } catch {
            return [
                .empty(
                    "The report \(path) can’t be shown: \(error.reason). A check writes it anew:",
                    command: "seaworthy check \(target) --format json --output \(path)")
            ]
        }
        let chosen = file.verdicts.first { $0.level == file.level } ?? file.verdicts.first
        let tone: ConsoleTone =
            switch chosen?.decision {
            case "go": .good
            case "no-go": .bad
            default: .warn
            }
        var blocks: [ConsoleBlock] = [
            .tiles([
                ConsoleTile(
                    "Verdict (\(chosen?.level ?? "no level"))", chosen?.decision ?? "none", hint: "of \(file.target)",
                    tone: tone),
                ConsoleTile("Score", file.score.map { "\($0) of 100" } ?? "nothing judged", hint: "the gate decides"),
                ConsoleTile("Looked at", ConsoleText.time(file.startedAt)),
            ])
        ]
        if let blockers = chosen?.blockers, !blockers.isEmpty {
            blocks.append(
                .table(
                    ConsoleTable(
                        "What stands in the way", columns: ["Check", "Why"],
                        rows: blockers.prefix(20).map { [.code($0.check ?? $0.kind), ConsoleCell($0.reason)] })))
        }
        return blocks
    }

    private static func facts(_ desk: ConsoleDesk) -> [ConsoleFact] {
        let configuration = desk.configuration
        var facts = [
            ConsoleFact("The app", .code("\(configuration.upstream)")),
            ConsoleFact("Public door", .code("http://\(configuration.listen)")),
        ]
        if let tls = configuration.tls {
            facts.append(
                ConsoleFact(
                    "Public door, HTTPS",
                    .code(
                        "https://\(tls.listen)",
                        hint: tls.material == nil
                            ? "self-signed certificate, for development" : "certificate from files")))
        } else {
            facts.append(ConsoleFact("HTTPS", "none here: something in front must speak it"))
        }
        facts.append(ConsoleFact("Operator door", .code("http://\(configuration.operatorListen)")))
        facts.append(ConsoleFact("Public address", configuration.publicURL.map { "\($0)" } ?? "not set (public-url)"))
        facts.append(ConsoleFact("Environment", configuration.environment.rawValue))
        if let database = desk.services.database?.database {
            facts.append(
                ConsoleFact(
                    "Database",
                    ConsoleCell(
                        database.engine == .sqlite ? "SQLite" : "PostgreSQL", hint: configuration.database.place)))
        } else {
            facts.append(ConsoleFact("Database", "none"))
        }
        facts.append(
            ConsoleFact(
                "Limits",
                desk.services.shared.map {
                    "shared through Redis by \(ConsoleText.count($0.replicas, "replica", "replicas"))"
                } ?? "counted by this process alone"))
        facts.append(
            ConsoleFact("Worker", desk.services.worker?.pid.map { "process \($0)" } ?? "none started by this process"))
        facts.append(ConsoleFact("Accounts", desk.identity == nil ? "the app’s own" : "kept here"))
        facts.append(ConsoleFact("Version", BuildInformation.version))
        return facts
    }

    private static func work(_ figures: Backlog.Figures, _ now: Timestamp) -> [ConsoleTile] {
        let ready = figures.jobs.values.reduce(0) { $0 + $1.ready }
        let dead = figures.jobs.values.reduce(0) { $0 + $1.dead }
        let mails = figures.openMails.values.reduce(0, +)
        let backup = figures.lastVerifiedBackup.map { "\(ConsoleText.age($0, at: now)) ago" } ?? "none yet"
        return [
            ConsoleTile("Jobs that wait", "\(ready)", link: "/console/jobs?state=ready"),
            ConsoleTile(
                "Dead letters", "\(dead)", tone: dead > 0 ? .bad : .good, link: "/console/jobs?state=dead"),
            ConsoleTile("E-mails that wait", "\(mails)", link: "/console/mails"),
            ConsoleTile(
                "Verified backup", backup, tone: figures.lastVerifiedBackup == nil ? .warn : .good,
                link: "/console/backups"),
        ]
    }
}
