import Crypto
import Foundation

/// Builds artefacts twice, in two copies of the source at two paths and two times, and compares what comes out: with each
/// other, and with what lies in the source folder.
///
/// It runs the project's own commands, with all the rights of whoever runs this: only when asked to.
public struct Rebuild: Sendable {
    public struct Surroundings: Sendable {
        /// Of which the builds get `PATH` and what the declaration names.
        public var environment: [String: String]
        /// How much later the second build begins at least; archives know times in steps of two seconds.
        public var apart: Duration
        public var isStopped: @Sendable () -> Bool
        public var progress: @Sendable (String) -> Void
        public init(
            environment: [String: String], apart: Duration = .milliseconds(2_100),
            isStopped: @escaping @Sendable () -> Bool = { false },
            progress: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.environment = environment
            self.apart = apart
            self.isStopped = isStopped
            self.progress = progress
        }
    }
    /// Somebody stopped it; nothing of it is left behind.
    public struct Interrupted: Error {}

    let root: String
    let around: Surroundings
    private(set) var findings: [SourceFinding] = []
    /// How many artefacts were built twice and compared.
    private(set) var compared = 0
    /// Commands that nobody could try here, and why.
    private(set) var unseen: [String] = []

    init(root: String, _ around: Surroundings) {
        self.root = URL(fileURLWithPath: root).standardizedFileURL.path
        self.around = around
    }

    mutating func run(_ artifacts: [DeclaredArtifact]) throws(Interrupted) {
        TreeCopy.sweep()
        var recipes: [DeclaredArtifact.Recipe] = []
        for recipe in artifacts.compactMap(\.recipe) where !recipes.contains(recipe) { recipes.append(recipe) }
        guard !recipes.isEmpty else { return }
        let epoch = epoch()
        for recipe in recipes {
            try build(artifacts.filter { $0.recipe == recipe }, recipe, epoch)
        }
    }

    private mutating func build(
        _ artifacts: [DeclaredArtifact], _ recipe: DeclaredArtifact.Recipe, _ epoch: Int
    ) throws(Interrupted) {
        let clock = ContinuousClock()
        let start = clock.now
        var copies: [TreeCopy] = []
        defer { for copy in copies { copy.remove() } }
        for (index, name) in ["source", "the-same-source-elsewhere"].enumerated() {
            do throws(TreeCopy.Failure) {
                copies.append(
                    try TreeCopy(
                        of: root, name: name, without: recipe.leaveOut + artifacts.map(\.path),
                        // Another day and second: what takes the time of files along shows it.
                        seconds: epoch + index * 86_402, backwards: index == 1, isStopped: around.isStopped))
            } catch {
                if around.isStopped() { throw Interrupted() }
                unseen.append(error.description)
                return
            }
        }
        for (index, copy) in copies.enumerated() {
            while index == 1, clock.now - start < around.apart, !around.isStopped() { usleep(20_000) }
            around.progress("building \(index + 1) of 2: \(visible(recipe.build, limit: 60))")
            let process = BuildProcess(
                command: recipe.build, folder: copy.tree, environment: environment(recipe, copy, epoch, index),
                timeout: recipe.timeout)
            let result = process.run(isStopped: around.isStopped)
            if result.ending == .interrupted { throw Interrupted() }
            guard succeeded(result, artifacts, recipe) else { return }
        }
        for artifact in artifacts { compare(artifact, copies) }
    }

    /// What a build may know: where its tools are, a home and a place for scratch of its own, and the time of the commit.
    private func environment(
        _ recipe: DeclaredArtifact.Recipe, _ copy: TreeCopy, _ epoch: Int, _ index: Int
    ) -> [String: String] {
        var variables = [
            "PATH": around.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "HOME": copy.home,
            "TMPDIR": copy.temporary, "LANG": "C.UTF-8", "SOURCE_DATE_EPOCH": "\(epoch)",
            "TZ": index == 0 ? "UTC0" : "XYZ-11",
        ]
        for name in recipe.environment { if let value = around.environment[name] { variables[name] = value } }
        return variables
    }

    private mutating func succeeded(
        _ result: BuildProcess.Result, _ artifacts: [DeclaredArtifact], _ recipe: DeclaredArtifact.Recipe
    ) -> Bool {
        let what = "`\(visible(recipe.build, limit: 100))`"
        let last = result.said.split(whereSeparator: \.isNewline).suffix(3).map { visible($0, limit: 160) }
        let said = last.isEmpty ? "" : ": \(last.joined(separator: " / "))"
        let why: String
        switch result.ending {
        case .exit(0): return true
        case .exit(126), .exit(127), .notStarted:
            unseen.append("\(what) can't be run here\(said)")
            return false
        case .exit(let code): why = "ends with \(code)\(said)"
        case .signal(let number): why = "is ended by signal \(number)\(said)"
        case .timedOut: why = "isn't done after \(recipe.timeout.components.seconds) s\(said)"
        case .interrupted: return false
        }
        for artifact in artifacts {
            findings.append(
                SourceFinding(rule: "reproducible.build-fails", file: artifact.path, line: 1, seen: "\(what) \(why)"))
        }
        return false
    }

    private mutating func compare(_ artifact: DeclaredArtifact, _ copies: [TreeCopy]) {
        let built = copies.map { Self.matches(artifact.path, in: $0.tree) }
        let names = Set(built.joined()).sorted()
        guard !names.isEmpty else {
            object(
                "reproducible.not-built", artifact.path,
                "`\(visible(artifact.build ?? "", limit: 100))` leaves no such file")
            return
        }
        for name in names.prefix(200) {
            let files = copies.map { copy in copy.file(name).flatMap { try? ArchiveFile(path: $0) } }
            guard let first = files.first ?? nil, let second = files.last ?? nil else {
                object("reproducible.not-built", name, "isn't left by both builds as a plain file inside the tree")
                continue
            }
            compared += 1
            let digests = [first, second].map(Self.digest)
            if digests.first != digests.last {
                let difference = ArtifactDifference(first, second, paths: copies.map(\.tree))
                object("reproducible.differs", name, "two builds differ: \(difference.description)")
                continue
            }
            // One that leads out of the tree isn't this project's; that it is missing is said elsewhere.
            guard let present = TreeCopy.inside(root, name), let kept = try? ArchiveFile(path: present) else {
                continue
            }
            if Self.digest(kept) != digests.first {
                let difference = ArtifactDifference(kept, first, paths: copies.map(\.tree) + [root])
                object(
                    "reproducible.stale", name, "isn't what the build makes of this source: \(difference.description)")
            }
        }
    }

    private mutating func object(_ rule: String, _ file: String, _ seen: String) {
        findings.append(SourceFinding(rule: rule, file: file, line: 1, seen: seen))
    }

    private static func matches(_ pattern: String, in tree: String) -> [String] {
        EvidenceReader.files("\(tree)/\(pattern)").filter { FileManager.default.fileExists(atPath: $0) }
            .map { String($0.dropFirst(tree.count + 1)) }
    }

    private static func digest(_ file: ArchiveFile) -> [UInt8]? {
        var hash = SHA256()
        var place = 0
        while place < file.size {
            let count = min(1_048_576, file.size - place)
            guard let bytes = file.read(at: place, count: count) else { return nil }
            hash.update(data: bytes)
            place += count
        }
        return Array(hash.finalize())
    }

    /// Of the last commit; without one, of the newest file.
    private func epoch() -> Int {
        let git = BuildProcess(
            command: "git log -1 --format=%ct", folder: root,
            environment: [
                "PATH": around.environment["PATH"] ?? "/usr/bin:/bin", "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*", "GIT_OPTIONAL_LOCKS": "0",
            ], timeout: .seconds(20))
        let result = git.run(isStopped: around.isStopped)
        if result.ending == .exit(0), let seconds = Int(result.said.trimmed), seconds > 315_619_200 { return seconds }
        var newest = 0
        for entry in (try? SourceTree(root: root))?.entries ?? [] {
            var state = stat()
            if lstat("\(root)/\(entry.path)", &state) == 0 { newest = max(newest, state.st_mtim.tv_sec) }
        }
        // ZIP knows no time before 1980.
        return max(newest, 315_619_200)
    }
}
