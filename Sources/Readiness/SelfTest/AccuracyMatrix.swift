/// Every check against the example app with each flaw alone, with all and with none: how often it is right.
///
/// Each app is started once per seed, so that what it holds differs; what was measured before is taken over, so that a
/// matrix that was interrupted, or a check that was mended, costs only what is missing.
public struct AccuracyMatrix: Sendable {
    /// What one check said of one app.
    public struct Cell: Sendable, Codable, Equatable {
        /// `none`, `all` or the name of one flaw.
        public var flaws: String
        public var seed: Int
        public var check: String
        public var outcome: Outcome
        public var seen: String

        public init(flaws: String, seed: Int, check: String, outcome: Outcome, seen: String) {
            self.flaws = flaws
            self.seed = seed
            self.check = check
            self.outcome = outcome
            self.seen = seen
        }

        var key: String { "\(flaws) \(seed) \(check)" }
    }

    /// Room for a whole run without a wait, pages in two browsers included, also where all of it comes within a minute; a limit that
    /// isn't announced is met by a burst that was declared.
    static let requestsPerMinute = 1_200

    public let test: SelfTest
    /// Names of every flaw that the app can be started with.
    public let flaws: [String]
    public var seeds = [1, 2]
    /// Ids of the checks to measure; all when empty.
    public var only: [String] = []

    public init(test: SelfTest, flaws: [String]) {
        self.test = test
        self.flaws = flaws
    }

    private struct App: Sendable {
        let flaws: String
        let seed: Int
        /// Checks that were not asked about it yet; nil for every one.
        let missing: [String]
    }

    /// Measures what `known` doesn't hold yet, `test.width` apps at the same time.
    ///
    /// - Parameter note: told the cells of each app as soon as they are there.
    /// - Returns: all cells, the known ones included. An app that doesn't start is told as progress, and has none.
    public func run(
        known: [Cell] = [], progress: @escaping @Sendable (String) -> Void = { _ in },
        note: @escaping @Sendable ([Cell]) -> Void = { _ in }
    ) async throws -> [Cell] {
        let apps = missing(known)
        var cells = known
        await withTaskGroup(of: [Cell].self) { group in
            var waiting = Array(apps.enumerated())[...]
            func next() {
                guard !Task.isCancelled, let (index, app) = waiting.popFirst() else { return }
                group.addTask {
                    progress("\(index + 1) of \(apps.count): \(app.flaws), seed \(app.seed)")
                    do {
                        return try await measure(app)
                    } catch {
                        progress("\(app.flaws), seed \(app.seed): \(error)")
                        return []
                    }
                }
            }
            for _ in 0..<test.width { next() }
            while let fresh = await group.next() {
                note(fresh)
                cells += fresh
                next()
            }
        }
        return cells
    }

    private func missing(_ known: [Cell]) -> [App] {
        let done = Set(known.map(\.key))
        let wanted = CheckCatalogue.sheets.filter { sheet in
            (only.isEmpty || only.contains(sheet.id)) && !sheet.canaries.isEmpty && test.canProve(sheet)
        }.map(\.id)
        return seeds.flatMap { seed in
            (["none", "all"] + flaws).compactMap { name in
                let missing = wanted.filter { !done.contains("\(name) \(seed) \($0)") }
                return missing.isEmpty ? nil : App(flaws: name, seed: seed, missing: missing)
            }
        }
    }

    private func measure(_ app: App) async throws -> [Cell] {
        let report = try await test.report(
            flaws: [app.flaws], only: app.missing, requestsPerMinute: Self.requestsPerMinute, seed: app.seed,
            burst: Self.requestsPerMinute + 300)
        return report.checks.map {
            Cell(flaws: app.flaws, seed: app.seed, check: $0.id, outcome: $0.outcome, seen: $0.summary)
        }
    }
}
