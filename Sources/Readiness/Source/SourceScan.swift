/// One scan of a folder: what was looked at, and what rules object to.
public struct SourceScan: Sendable {
    /// What a scan asks for.
    public struct Options: Sendable {
        public var exclude: [String] = []
        /// What a build must leave.
        public var artifacts: [DeclaredArtifact] = []
        public init() {}
    }

    public internal(set) var root: String
    public internal(set) var files = 0
    public internal(set) var bytes = 0
    public internal(set) var skipped = 0
    /// Folders and names that couldn't be looked at.
    public internal(set) var unread = 0
    public internal(set) var isCut = false
    var findings: [SourceFinding] = []
    /// Gate → how many things of its kind were looked at.
    var looked: [SourceGate: Int] = [:]
    /// Gates that couldn't look, and why.
    var unseen: [SourceGate: String] = [:]

    public init(root: String, options: Options = Options(), advisories: AdvisoryStore? = nil) throws(EvidenceProblem) {
        let tree = try SourceTree(root: root, exclude: options.exclude)
        self.root = root
        isCut = tree.isCut
        unread = tree.unread
        scan(tree.entries.map(\.path)) { index in tree.bytes(tree.entries[index]) }
        dependencies(tree, advisories)
        artifacts(tree, options.artifacts)
        sort()
    }

    /// A scan of texts by path, as fixtures have them.
    init(texts: [String: String]) {
        root = ""
        let paths = texts.keys.sorted()
        scan(paths) { index in Array((texts[paths[index]] ?? "").utf8) }
        sort()
    }

    mutating func sort() {
        findings.sort { ($0.file, $0.line, $0.rule) < ($1.file, $1.line, $1.rule) }
        if findings.count > 5_000 { findings = Array(findings.prefix(5_000)) }
    }

    /// Lost updates whose models may turn out to carry a version.
    private struct Updates {
        var findings: [(finding: SourceFinding, models: Set<String>)] = []
        var versioned: Set<String> = []
    }

    private mutating func scan(_ paths: [String], _ read: (Int) -> [UInt8]?) {
        var wiring = Wiring()
        var updates = Updates()
        for (index, path) in paths.enumerated() {
            guard let content = read(index) else {
                skipped += 1
                continue
            }
            files += 1
            bytes += content.count
            look(path, content, &wiring, &updates)
        }
        findings += updates.findings.filter { $0.models.isDisjoint(with: updates.versioned) }.map(\.finding)
        let wired = wiring.findings()
        findings += wired.findings
        looked[.unwired] = wired.looked
        if !wiring.hasApp { unseen[.unwired] = "no app of a framework that is known here is made in this tree" }
    }

    private mutating func look(_ path: String, _ content: [UInt8], _ wiring: inout Wiring, _ all: inout Updates) {
        secrets(path, content)
        if Manifests.isContainerFile(path) {
            looked[.deployment, default: 0] += 1
            if !path.isAside, !Self.isWorkshop(path) { findings += Manifests.containerFile(path, content) }
        } else if Manifests.isCompose(path) {
            guard let found = Manifests.services(path, content) else { return }
            looked[.deployment, default: 0] += 1
            if !path.isAside, !Self.isWorkshop(path) { findings += found }
        } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml"), !path.isAside,
            let found = Manifests.workloads(path, content)
        {
            looked[.deployment, default: 0] += 1
            findings += found
        }
        // What is minified was written elsewhere.
        guard let language = SourceLanguage(path: path), !path.hasSuffix(".min.js"), !path.hasSuffix(".d.ts"),
            !Self.isMinified(content)
        else { return }
        let file = SourceFile(path: path, language: language, bytes: content)
        wiring.add(file)
        guard !path.isAside else { return }
        if language == .python || language == .javascript {
            looked[.patterns, default: 0] += 1
            findings += DataFlow.findings(file)
        }
        // A migration runs once, alone.
        let parts = path.lowercased().split(separator: "/")
        if parts.contains("migrations") || parts.last?.hasPrefix("migrations.") ?? false { return }
        let updates = LostUpdates.scan(file)
        looked[.lostUpdates, default: 0] += updates.looked
        all.findings += updates.findings
        all.versioned.formUnion(updates.versioned)
    }

    private static let notForSecrets: Set<String> = [
        "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "poetry.lock", "uv.lock", "Pipfile.lock",
        "go.sum", "Package.resolved", "composer.lock", "Gemfile.lock",
    ]

    private mutating func secrets(_ path: String, _ content: [UInt8]) {
        let name = path.fileName
        guard !Self.notForSecrets.contains(name), !name.hasSuffix(".map"), !name.hasSuffix(".svg"),
            !name.hasSuffix(".min.js")
        else { return }
        looked[.secrets, default: 0] += 1
        // Tests and examples hold secrets that open nothing, nearly always.
        guard !path.isAside, !Self.isSampleName(name) else { return }
        let isProse = [".md", ".rst", ".txt", ".html", ".adoc", ".po", ".css", ".ipynb"].contains { name.hasSuffix($0) }
        let tests = name.hasSuffix(".rs") ? Self.testModule(content) : content.count
        let isBuild = Self.isBuildService(path)
        for seen in SecretScan.sightings(content, isProse: isProse, isPlain: Self.isSettings(name))
        where seen.place < tests && !(isBuild && seen.what.hasPrefix("a password")) {
            findings.append(
                SourceFinding(
                    rule: seen.rule, file: path, line: SecretScan.line(of: seen.place, in: content), seen: seen.what))
        }
    }

    /// Where the tests of a file of Rust begin, by custom at its end.
    private static func testModule(_ content: [UInt8]) -> Int {
        let mark = Array("#[cfg(test)]\nmod ".utf8)
        return content.firstRange(of: mark)?.lowerBound ?? content.count
    }

    /// What a build service is told: its databases live for minutes, and their passwords are in its manual.
    private static func isBuildService(_ path: String) -> Bool {
        let name = path.fileName.lowercased()
        return path.contains(".github/workflows/") || path.contains(".circleci/") || path.contains(".devcontainer/")
            || [
                "appveyor.yml", ".appveyor.yml", ".travis.yml", ".gitlab-ci.yml", ".drone.yml", "azure-pipelines.yml",
                "bitbucket-pipelines.yml", "buildspec.yml", ".cirrus.yml",
            ].contains(name)
    }

    /// Containers that developers and build services work in, and nobody deploys.
    static func isWorkshop(_ path: String) -> Bool {
        let parts = path.lowercased().split(separator: "/")
        return parts.dropLast().contains { part in
            [".devcontainer", ".gitpod", ".github", ".circleci", ".gitlab", ".ci", "ci", "jenkins", ".buildkite"]
                .contains(String(part))
        } || parts.last?.hasPrefix(".gitpod") ?? false
    }

    /// Files in which a value needs no quotes.
    private static func isSettings(_ name: String) -> Bool {
        let lower = name.lowercased()
        return lower.hasPrefix(".env") || lower.hasPrefix("dockerfile") || lower == "containerfile"
            || [".env", ".ini", ".cfg", ".conf", ".properties", ".toml", ".yml", ".yaml", ".sh", ".service", ".tfvars"]
                .contains { lower.hasSuffix($0) }
    }

    private static func isSampleName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return ["example", "sample", "template", ".dist", "test", "placeholder", "mock", "dummy"].contains {
            lower.contains($0)
        }
    }

    private static func isMinified(_ content: [UInt8]) -> Bool {
        guard content.count > 5_000 else { return false }
        let lines = content.prefix(200_000).count { $0 == 0x0A }
        return min(content.count, 200_000) / max(1, lines) > 500
    }

    // MARK: For a report

    /// One result per gate, judged like checks.
    public func results() -> [SuppliedResult] {
        SourceGate.allCases.compactMap { gate in
            let own = findings.filter {
                gate == SourceRule.byID[$0.rule]?.gate ?? SourceGate(rawValue: "source.\($0.rule.prefix { $0 != "." })")
            }
            if own.isEmpty, looked[gate] == nil, unseen[gate] == nil { return nil }
            var observations = own.prefix(200).map { finding in
                var seen = Observation.fails("\(finding.file):\(finding.line)", finding.seen)
                seen.location = CodeLocation(
                    file: visible(finding.file, limit: 300), line: finding.line, rule: finding.rule)
                return seen
            }
            if own.isEmpty {
                let count = looked[gate] ?? 0
                if let why = unseen[gate] {
                    observations = [
                        gate == .unwired ? .notApplicable(gate.rawValue, why) : .notAvailable(gate.rawValue, why)
                    ]
                } else if count == 0 {
                    observations = [.notApplicable(gate.rawValue, "there is nothing of this kind in the tree")]
                } else {
                    observations = [.holds(gate.rawValue, "nothing to object to in \(count) \(gate.unit)")]
                }
            }
            return SuppliedResult(sheet: gate.sheet, observations: observations)
        }
    }

    /// For the criteria of a checklist.
    public func figures() -> [Figure] {
        func count(_ gate: SourceGate) -> Double { Double(findings.count { SourceRule.byID[$0.rule]?.gate == gate }) }
        var figures: [(String, Double)] = []
        if looked[.secrets] ?? 0 > 0 { figures.append(("scan.secrets", count(.secrets))) }
        if looked[.unwired] ?? 0 > 0, unseen[.unwired] == nil { figures.append(("scan.unwired", count(.unwired))) }
        if looked[.lostUpdates] ?? 0 > 0 { figures.append(("scan.unlocked-updates", count(.lostUpdates))) }
        if looked[.dependencies] ?? 0 > 0, unseen[.dependencies] == nil {
            figures.append(("scan.vulnerabilities", Double(findings.count { $0.rule.hasPrefix("dependencies.") })))
        }
        if looked[.artifacts] != nil {
            figures.append(("artefacts.missing", Double(findings.count { $0.rule == "artifacts.missing" })))
        }
        if looked[.reproducible] ?? 0 > 0, unseen[.reproducible] == nil {
            figures.append(("artefacts.differing", Double(findings.count { $0.rule.hasPrefix("reproducible.") })))
        }
        return figures.map { Figure(id: $0.0, value: $0.1, source: "source of \(visible(root, limit: 100))") }
    }
}

extension SourceGate {
    /// What is counted.
    var unit: String {
        switch self {
        case .unwired: "declarations"
        case .lostUpdates: "functions that write"
        case .secrets: "files"
        case .dependencies: "locked dependencies"
        case .artifacts: "artefacts"
        case .reproducible: "artefacts, built twice and compared"
        case .deployment: "manifests"
        case .patterns: "files"
        case .claims: "statements"
        }
    }
}
