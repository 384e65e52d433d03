import NIOCore
import NIOPosix

/// One run of checks against a target.
///
///     let report = try await ReadinessRun(target: url, configuration: configuration, environment: …).run()
public struct ReadinessRun: Sendable {
    /// What a run can't know by itself: the day, the moment, and a word that no app has in its paths.
    public struct Circumstances: Sendable {
        public var today: CalendarDay
        /// ISO 8601, UTC.
        public var startedAt: String
        /// Some letters and digits, new for each run.
        public var nonce: String

        public init(today: CalendarDay, startedAt: String, nonce: String) {
            self.today = today
            self.startedAt = startedAt
            self.nonce = nonce
        }
    }

    /// Why a run doesn't start.
    public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        case notLoopback(String)
        case unknownCheck(String, nearest: String?)
        case unknownLevel(String, valid: [String])
        case unknownProfile(String, nearest: String?)

        public var description: String {
            switch self {
            case .notLoopback(let host):
                "\(visible(host, limit: 80)) is not this machine. The probes attack what they check: give "
                    + "--i-am-authorised if it is yours or its owner agreed."
            case .unknownCheck(let id, let nearest):
                "no check is called `\(visible(id, limit: 60))`" + (nearest.map { " (did you mean `\($0)`?)" } ?? "")
                    + "; `seaworthy check --list` names them all"
            case .unknownLevel(let name, let valid):
                "no level is called `\(visible(name, limit: 60))`; there are \(valid.joined(separator: ", "))"
            case .unknownProfile(let name, let nearest):
                "no checklist is called `\(visible(name, limit: 60))`"
                    + (nearest.map { " (did you mean `\($0)`?)" } ?? "")
                    + "; there are \(ProfileCatalogue.names.joined(separator: ", "))"
            }
        }
    }

    /// What happens while a run works.
    public enum Progress: Sendable, Equatable {
        case started(id: String, title: String, number: Int, of: Int)
        case finished(id: String, outcome: Outcome)
        case waiting(String)
    }

    public var target: SiteURL
    public var configuration: ReadinessConfiguration
    public var circumstances: Circumstances
    /// The level that decides; nil for the first of the checklist, or mvp where there is none.
    public var level: String?
    /// The shipped checklist to hold the app to; the configuration's when nil.
    public var profile: String?
    /// Ids of the checks to run; all when empty.
    public var only: [String] = []
    public var isAuthorised = false
    /// What gates and scans found, judged together with the checks.
    public var supplied: [SuppliedResult] = []
    /// The files that gates were judged by, for the report.
    public var evidence: [EvidenceReference] = []
    /// What a look around found that the configuration doesn't say, for the report.
    private var found: [String] = []
    /// The longest that one exchange may take.
    public var exchangeLimit: Duration = .seconds(10)
    /// The longest that the run may take; what was not looked at by then is `notAvailable`.
    public var totalLimit: Duration = .seconds(300)

    public init(target: SiteURL, configuration: ReadinessConfiguration, circumstances: Circumstances) {
        self.target = target
        self.configuration = configuration
        self.circumstances = circumstances
    }

    /// Runs the checks one after the other and judges what they saw. Cancelling the task ends it early; the report then
    /// keeps what was seen and says so.
    public func run(progress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> Report {
        let profile = try chosenProfile()
        let taken = (profile?.stages.map(\.name) ?? []) + configuration.levels.map(\.name)
        let levels = Level.shipped.filter { !taken.contains($0.name) } + configuration.levels
        let names = (profile?.stages.map(\.name) ?? []) + levels.map(\.name)
        let level = self.level ?? profile?.decidingLevel ?? Level.mvp.name
        guard names.contains(level) else { throw Refusal.unknownLevel(level, valid: names) }
        for place in [target, configuration.plainURL, configuration.origin, configuration.operatorURL].compactMap({ $0 }
        )
        where !isAuthorised && !place.isLoopback {
            throw Refusal.notLoopback(place.host)
        }
        let client = try ProbeClient(limit: exchangeLimit)
        let first = Reconnaissance(
            site: target, configuration: configuration, nonce: circumstances.nonce, client: client,
            startedAt: circumstances.startedAt
        ) { progress(.waiting($0)) }
        // What isn't declared is looked for, where a check is going to ask for it.
        let needs = Set(try chosen().flatMap(\.sheet.needs))
        let wantsRaces = !needs.isDisjoint(with: [.race, .raceTakes, .raceOnce])
        var (fuller, known) = (self, first)
        if needs.contains(.login), configuration.login != nil, configuration.token == nil,
            let who = configuration.identities.first?.name,
            let found = try? await first.withToken(configuration, of: who), found.token != nil
        {
            fuller.configuration = found
            known = await first.continued(with: found)
        }
        // Pages behind the sign-in are opened as who is declared.
        let wantsPages = needs.contains(.browser) && configuration.browser != nil && !configuration.identities.isEmpty
        if needs.contains(.login) || wantsPages, let found = await known.discovered(races: wantsRaces) {
            fuller.configuration = found.configuration
            fuller.found = found.notes
            known = await known.continued(with: found.configuration)
        }
        return try await fuller.judge(known, profile, level, levels, progress)
    }

    private func judge(
        _ reconnaissance: Reconnaissance, _ profile: Profile?, _ level: String, _ levels: [Level],
        _ progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> Report {
        let checks = try chosen()
        let clock = ContinuousClock()
        let start = clock.now
        let turn = Turn(count: checks.count, start: start, reconnaissance: reconnaissance, progress: progress)
        var results: [(sheet: CheckSheet, report: CheckReport)] = []
        // What only reads goes side by side: an app that waits before it refuses isn't waited for again and again.
        let beside = checks.prefix { CheckCatalogue.maySideBySide($0.sheet) }
        results += await withTaskGroup(of: (Int, CheckSheet, CheckReport).self) { group in
            var all: [(Int, CheckSheet, CheckReport)] = []
            for (index, check) in beside.enumerated() {
                if index >= Reconnaissance.mostAtOnce, let one = await group.next() { all.append(one) }
                group.addTask { (index, check.sheet, await judge(check, number: index + 1, turn)) }
            }
            for await one in group { all.append(one) }
            return all.sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
        }
        for (index, check) in checks.enumerated().dropFirst(beside.count) {
            results.append((check.sheet, await judge(check, number: index + 1, turn)))
        }
        let wasInterrupted = Task.isCancelled
        for result in supplied where only.isEmpty || only.contains(result.sheet.id) {
            results.append(
                (result.sheet, checkReport(result.sheet, result.observations, milliseconds: result.milliseconds)))
        }
        return await report(
            results, level, levels, profile, reconnaissance, seconds: (clock.now - start) / .seconds(1), wasInterrupted)
    }

    /// What all checks of one run share.
    private struct Turn: Sendable {
        let count: Int
        let start: ContinuousClock.Instant
        let reconnaissance: Reconnaissance
        let progress: @Sendable (Progress) -> Void
    }

    private func judge(_ check: any Check, number: Int, _ turn: Turn) async -> CheckReport {
        let sheet = check.sheet
        turn.progress(.started(id: sheet.id, title: sheet.title, number: number, of: turn.count))
        let before = ContinuousClock.now
        let observations: [Observation]
        if Task.isCancelled {
            observations = [.notAvailable(sheet.id, "the run was interrupted before this check")]
        } else if before - turn.start > totalLimit {
            observations = [.notAvailable(sheet.id, "the time for the whole run was up before this check")]
        } else {
            observations = await observe(check, turn.reconnaissance)
        }
        let report = checkReport(
            sheet, observations, milliseconds: (ContinuousClock.now - before) / .milliseconds(1))
        turn.progress(.finished(id: sheet.id, outcome: report.outcome))
        return report
    }

    /// The shipped checklist with the configuration's own items, or those alone; nil where there is neither.
    private func chosenProfile() throws -> Profile? {
        let name = profile ?? configuration.checklist
        guard let name else {
            guard !configuration.criteria.isEmpty else { return nil }
            return Profile(
                name: "readiness.yaml", title: "Our own checklist",
                stages: [Profile.Stage(name: "checklist", minimumScore: 0)], weights: configuration.weights,
                criteria: configuration.criteria)
        }
        guard var shipped = try ProfileCatalogue.profile(name) else {
            throw Refusal.unknownProfile(name, nearest: nearest(to: name, among: ProfileCatalogue.names))
        }
        let known = shipped.stages.map(\.name)
        let first = known.first ?? ""
        shipped.criteria += configuration.criteria.map { own in
            var copy = own
            if !known.contains(own.level) { copy.level = first }
            return copy
        }
        shipped.weights.merge(configuration.weights) { _, own in own }
        return shipped
    }

    private func chosen() throws -> [any Check] {
        let ids = CheckCatalogue.all.map(\.sheet.id) + supplied.map(\.sheet.id)
        for id in only where !ids.contains(id) {
            throw Refusal.unknownCheck(id, nearest: nearest(to: id, among: ids))
        }
        if !only.isEmpty { return CheckCatalogue.all.filter { only.contains($0.sheet.id) } }
        // A check that only a flag asks for is not part of the catalogue that a run must cover.
        let absent = ConfigurationPart.flags.subtracting(configuration.parts)
        return CheckCatalogue.all.filter { absent.isDisjoint(with: $0.sheet.needs) }
    }

    private func observe(_ check: any Check, _ target: Reconnaissance) async -> [Observation] {
        let sheet = check.sheet
        let missing = sheet.needs.filter { !configuration.parts.contains($0) }
        if !missing.isEmpty {
            let parts = missing.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            return [
                Observation.notAvailable(
                    sheet.id,
                    ConfigurationPart.flags.isSuperset(of: missing)
                        ? "needs \(missing.map(\.flag).joined(separator: " and "))"
                        : "needs \(parts) in readiness.yaml"
                ).declaring(missing)
            ]
        }
        do {
            let seen = try await check.observe(target)
            return seen.isEmpty ? [.notAvailable(sheet.id, "the check looked at nothing")] : seen
        } catch let obstacle as Obstacle {
            switch obstacle {
            case .notAvailable(let why): return [.notAvailable(sheet.id, why)]
            case .undeclared(let why, let parts):
                return [Observation.notAvailable(sheet.id, why).declaring(parts)]
            case .notApplicable(let why): return [.notApplicable(sheet.id, why)]
            case .interrupted: return [.notAvailable(sheet.id, "the run was interrupted during this check")]
            }
        } catch {
            if Task.isCancelled { return [.notAvailable(sheet.id, "the run was interrupted during this check")] }
            return [Observation(.error, sheet.id, "\(error)")]
        }
    }

    private func checkReport(_ sheet: CheckSheet, _ observations: [Observation], milliseconds: Double) -> CheckReport {
        var outcome = Evaluation.outcome(of: observations)
        let deciding = observations.first { $0.outcome == outcome }
        var waiver: Waiver?
        if outcome == .fails {
            waiver = Evaluation.waiver(
                for: sheet, observations, configuration.waivers, today: circumstances.today)
            if waiver != nil { outcome = .waived }
        }
        return CheckReport(
            id: sheet.id, title: sheet.title, area: sheet.area, side: sheet.side, severity: sheet.severity,
            asvs: sheet.asvs, outcome: outcome, summary: deciding?.seen ?? "the check looked at nothing",
            observations: observations, rationale: sheet.rationale, remediation: sheet.remediation, waiver: waiver,
            milliseconds: milliseconds)
    }

    private func report(
        _ results: [(sheet: CheckSheet, report: CheckReport)], _ level: String, _ levels: [Level],
        _ profile: Profile?, _ seen: Reconnaissance, seconds: Double, _ wasInterrupted: Bool
    ) async -> Report {
        let reports = results.map(\.report)
        let parts = configuration.parts.union(supplied.flatMap(\.sheet.needs))
        // Without a start page nearly nothing was asked: what little was seen says nothing of the app, unless it is critical.
        let (start, hasSignedIn) = (await seen.startSeen, await seen.hasSignedIn)
        let isShut = start == nil && !hasSignedIn
        let wantStart = reports.count { $0.declare.contains(.start) }
        let hasNoStart = wantStart * 2 > reports.count || (isShut && wantStart > 0)
        let couldJudge =
            !wasInterrupted
            && reports.contains {
                hasNoStart
                    ? $0.outcome == .fails && $0.severity == .critical
                    : [.holds, .fails, .waived].contains($0.outcome)
            }
        var grounds = Evaluation.Grounds(
            checks: reports, figures: await figures(seen), attestations: configuration.attestations,
            waivers: configuration.waivers, today: circumstances.today)
        let signed = Evaluation.judged(profile, grounds)
        grounds.evidence = EvidenceDigest.of(target.description, reports, signed)
        let held = profile.map { Evaluation.hold($0, grounds, level: level, couldJudge: couldJudge) }
        let verdicts =
            (held?.verdicts ?? [])
            + levels.map { Evaluation.verdict($0, results, parts: parts, couldJudge: couldJudge) }
        let areas = Area.allCases.compactMap { area -> AreaScore? in
            let own = reports.filter { $0.area == area }
            guard !own.isEmpty else { return nil }
            let judged = own.filter { [.holds, .fails, .waived].contains($0.outcome) }
            return AreaScore(
                area: area, score: Evaluation.score(own), held: judged.count { $0.outcome == .holds },
                judged: judged.count, all: own.count)
        }
        let evaluated = reports.count { ![.notAvailable, .error].contains($0.outcome) }
        let blockers = verdicts.first { $0.level == level }?.blockers ?? []
        let items = Set(blockers.compactMap(\.criterion))
        let unseen =
            Set(blockers.filter { $0.kind == .notEvaluated }.compactMap(\.check))
            .union((held?.report.criteria ?? []).filter { items.contains($0.id) }.flatMap(\.checks))
        let wanted = Set(reports.filter { unseen.contains($0.id) }.flatMap(\.declare))
        return Report(
            tool: "seaworthy check", target: target.description,
            name: visible(configuration.name ?? target.description),
            startedAt: circumstances.startedAt, seconds: seconds, isInterrupted: wasInterrupted,
            only: only.isEmpty ? nil : only, level: level,
            verdicts: verdicts, score: Evaluation.score(reports), areas: areas,
            coverage: Coverage(
                checksEvaluated: evaluated, checks: reports.count, routes: await seen.routes.count,
                identities: await declaredAmong(seen.identities), identitiesDeclared: configuration.identities.count),
            traffic: Traffic(
                requests: await seen.requests, requestLimit: seen.bounds.requests,
                burst: await seen.burstRequests, refusedForPace: await seen.refusedForPace,
                secondsWaited: await seen.waited / .seconds(1)),
            checks: reports, profile: held?.report, notes: notes(wasInterrupted, profile),
            declarations: Declaration.lines(
                wanted, target: target, survey: await seen.surveyed, known: configuration),
            evidence: evidence.isEmpty ? nil : evidence,
            observatory: await observatory(reports, seen), screenshots: await seen.screenshots())
    }

    /// What pages came to in a browser outweighs what somebody wrote down.
    private func figures(_ seen: Reconnaissance) async -> [Figure] {
        let measured = await seen.pageFigures()
        let ids = Set(measured.map(\.id))
        return measured + configuration.figures.filter { !ids.contains($0.id) }
    }

    /// Those that probes sign up for themselves are no identities of the app's.
    private func declaredAmong(_ names: Set<String>) -> [String] {
        names.filter { name in name == "anonymous" || configuration.identities.contains { $0.name == name } }.sorted()
    }

    /// The Observatory's grade out of what the checks saw anyway; nothing more is asked.
    private func observatory(_ reports: [CheckReport], _ seen: Reconnaissance) async -> ObservatoryGrade? {
        guard let page = await seen.startSeen else { return nil }
        var start = ObservatoryPage()
        start.site = target
        start.isHTTPS = target.scheme == .https
        start.fields = page.answer.fields
        start.cookies = page.answer.cookies.filter { !$0.isRemoval }
        func outcome(_ id: String) -> Outcome? { reports.first { $0.id == id }?.outcome }
        start.redirects = outcome("tls.redirect") == .fails ? false : nil
        start.sharesWithAnyOrigin = outcome("cors.reflected-origin") == .fails
        if page.answer.isHTML { start.scan = PageScan(html: page.answer.bodyText) }
        return ObservatoryGrade(start)
    }

    private func notes(_ wasInterrupted: Bool, _ profile: Profile?) -> [String] {
        var notes = found
        if wasInterrupted { notes.append("Interrupted: what was seen until then is kept; the rest was not looked at.") }
        if !only.isEmpty {
            notes.append(
                "Only \(only.count) of \(CheckCatalogue.all.count) checks ran: the verdict speaks of these alone.")
        }
        if target.scheme == .https, target.isLoopback, configuration.authorities == nil {
            notes.append("The certificate of the target was accepted without checking it.")
        }
        for waiver in configuration.waivers where waiver.expires < circumstances.today {
            notes.append(
                "The waiver of \(visible(waiver.owner, limit: 60)) for \(waiver.check) expired on \(waiver.expires).")
        }
        for attestation in configuration.attestations {
            let item = profile?.criteria.first { $0.id == attestation.item }
            let who =
                "The signature of \(visible(attestation.by, limit: 60)) for "
                + "`\(visible(attestation.item, limit: 60))`"
            if item == nil { notes.append("\(who) counts for nothing: the checklist has no such item.") }
            if let item, item.decider.kind != "signature" {
                notes.append("\(who) counts for nothing: a \(item.decider.kind) decides that.")
            }
        }
        if configuration.login == nil, !configuration.hasNoSignIn, only.isEmpty {
            notes.append("No readiness.yaml with a login: the checks behind a sign-in could not look.")
        }
        return notes
    }
}
