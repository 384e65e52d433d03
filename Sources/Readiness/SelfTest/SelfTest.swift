/// Proves the probes: each must find its flaw when the example app has exactly that one, and say `holds` when it has
/// none. A probe that can't tell the two apart is worth nothing, whatever it says about other apps.
public struct SelfTest: Sendable {
    /// A running example app.
    public struct Desk: Sendable {
        public var plain: SiteURL
        public var tls: SiteURL
        /// Its listener for operators.
        public var operations: SiteURL
        /// Who vouches for its certificate, as PEM.
        public var authority: String?
        public var stop: @Sendable () async -> Void

        public init(
            plain: SiteURL, tls: SiteURL, operations: SiteURL, authority: String? = nil,
            stop: @escaping @Sendable () async -> Void
        ) {
            self.authority = authority
            self.plain = plain
            self.tls = tls
            self.operations = operations
            self.stop = stop
        }
    }

    public struct Row: Sendable, Equatable {
        public var check: String
        public var flaw: String
        /// With no flaw at all.
        public var sound: Outcome
        /// With its own flaw alone.
        public var flawed: Outcome
        /// What was seen where it went wrong.
        public var seen: String

        public var tellsApart: Bool { sound == .holds && flawed == .fails }
    }

    /// Starts the app with some flaws (`["none"]` for none), a limit of requests per minute, and first data grown from a seed.
    public typealias Start = @Sendable (_ flaws: [String], _ requestsPerMinute: Int, _ seed: Int) async throws -> Desk

    public var start: Start
    public var configuration: ReadinessConfiguration
    public var circumstances: ReadinessRun.Circumstances
    /// Apps that run at the same time.
    public var width = 2
    /// Without one that is there, the checks of pages can't be proved, and aren't claimed to be.
    public var browser: BrowserSetup?

    public init(
        configuration: ReadinessConfiguration, circumstances: ReadinessRun.Circumstances, start: @escaping Start
    ) {
        self.configuration = configuration
        self.circumstances = circumstances
        self.start = start
    }

    /// One row per check and flaw that proves it, in the order of the catalogue.
    public func run(
        only: [String] = [], progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> [Row] {
        let sheets = CheckCatalogue.sheets.filter(canProve)
        let pairs = sheets.filter { only.isEmpty || only.contains($0.id) }.flatMap { sheet in
            sheet.canaries.map { (sheet: sheet, flaw: $0) }
        }
        progress("every check against the sound app")
        let sound = try await report(flaws: ["none"], only: only, requestsPerMinute: 1_000)
        var rows: [String: Row] = [:]
        try await withThrowingTaskGroup(of: Row.self) { group in
            var waiting = pairs[...]
            func next() {
                guard let (sheet, flaw) = waiting.popFirst() else { return }
                let before = sound[check: sheet.id]
                group.addTask {
                    progress("\(sheet.id) against \(flaw)")
                    // The flaws of the limit are looked for where it is met soon.
                    let perMinute = sheet.area == .limits ? 100 : 1_000
                    let after = try await report(flaws: [flaw], only: [sheet.id], requestsPerMinute: perMinute)
                    return Self.row(sheet, flaw, before, after[check: sheet.id])
                }
            }
            for _ in 0..<width { next() }
            while let row = try await group.next() {
                rows["\(row.check) \(row.flaw)"] = row
                next()
            }
        }
        return pairs.compactMap { rows["\($0.sheet.id) \($0.flaw)"] }
    }

    /// Whether what a check needs to look with is there.
    func canProve(_ sheet: CheckSheet) -> Bool {
        guard sheet.needs.contains(.browser) else { return true }
        guard browser?.executable != nil else { return false }
        return sheet.id != FirefoxShowsThePages().sheet.id || browser?.executable(of: .firefox) != nil
    }

    func report(flaws: [String], only: [String], requestsPerMinute: Int, seed: Int = 1, burst: Int? = nil) async throws
        -> Report
    {
        let desk = try await start(flaws, requestsPerMinute, seed)
        var configuration = configuration
        configuration.plainURL = desk.plain
        configuration.allowsWrites = true
        if let burst { configuration.burst = burst }
        configuration.browser = browser
        configuration.operatorURL = desk.operations
        configuration.authorities = desk.authority
        var run = ReadinessRun(target: desk.tls, configuration: configuration, circumstances: circumstances)
        run.only = only
        do {
            let report = try await run.run()
            await desk.stop()
            return report
        } catch {
            await desk.stop()
            throw error
        }
    }

    private static func row(_ sheet: CheckSheet, _ flaw: String, _ before: CheckReport?, _ after: CheckReport?) -> Row {
        let sound = before?.outcome ?? .notAvailable
        let flawed = after?.outcome ?? .notAvailable
        var seen = ""
        if sound != .holds { seen = "sound: \(before?.summary ?? "not run")" }
        if flawed != .fails { seen += (seen.isEmpty ? "" : "; ") + "flawed: \(after?.summary ?? "not run")" }
        return Row(check: sheet.id, flaw: flaw, sound: sound, flawed: flawed, seen: seen)
    }

    /// The rows as a table of at most `width` characters.
    public static func table(_ rows: [Row], width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = [ink.bold(padded("probe", 38) + padded("sound", 10) + padded("flawed", 10)) + ink.bold("verdict")]
        for row in rows {
            lines.append(
                padded(row.check, 38) + ink.outcome(row.sound, padded(row.sound.short, 10))
                    + ink.outcome(row.flawed == .fails ? .holds : .fails, padded(row.flawed.short, 10))
                    + (row.tellsApart ? ink.green("tells apart") : ink.red("ERROR")))
            if !row.tellsApart { lines += wrapped(row.seen, width: width, indent: "    ") }
        }
        let good = rows.count { $0.tellsApart }
        lines += ["", "\(good) of \(rows.count) probes tell their flaw from a sound app"]
        return lines.joined(separator: "\n") + "\n"
    }
}
