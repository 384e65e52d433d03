import Foundation

/// The files of a folder that somebody wrote: what is installed, built or recorded is left out.
struct SourceTree: Sendable {
    struct Entry: Sendable, Equatable {
        /// Relative to the root.
        var path: String
        var size: Int
    }

    /// Folders that hold other people's code or what was built.
    static let excludedFolders: Set<String> = [
        ".git", ".hg", ".svn", "node_modules", "bower_components", "vendor", "third_party", "site-packages",
        "dist-packages", ".venv", "venv", "env",
        ".tox", ".nox", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", "target", ".build", "build",
        "dist", "out", ".next", ".nuxt",
        ".svelte-kit", "coverage", "htmlcov", ".gradle", ".idea", ".vscode", ".terraform", ".eggs", "Pods",
        "DerivedData", ".cache", ".yarn", "static.dist", "CACHE",
    ]

    var root: String
    var entries: [Entry] = []
    /// Files that are too large to be somebody's source.
    var skipped = 0
    /// Folders that couldn't be listed, and names that couldn't be looked at.
    var unread = 0
    /// Set where there were more files than are looked at.
    var isCut = false
    static let largestFile = 2 * 1_048_576
    static let mostFiles = 200_000

    /// Walks the folder without following links. `exclude`: patterns of paths; `.gitignore` of the root counts too.
    init(root: String, exclude: [String] = []) throws(EvidenceProblem) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
            throw EvidenceProblem(file: root, what: "isn't there", isMissing: true)
        }
        guard isFolder.boolValue else { throw EvidenceProblem(file: root, what: "is a file, not a folder") }
        self.root = root
        let ignored = Self.ignored(root) + exclude
        let patterns = ignored.map { PathPattern($0) }
        let deep = ignored.map { PathPattern("**/\($0)") }
        var waiting = [""]
        while let folder = waiting.popLast() {
            let place = folder.isEmpty ? root : "\(root)/\(folder)"
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: place) else {
                unread += 1
                continue
            }
            for name in names.sorted() {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                // Of the name itself: a link leads nowhere here.
                guard let state = try? FileManager.default.attributesOfItem(atPath: "\(root)/\(path)"),
                    let kind = state[.type] as? FileAttributeType
                else {
                    unread += 1
                    continue
                }
                if !patterns.isEmpty,
                    patterns.contains(where: { $0.matches(path) }) || deep.contains(where: { $0.matches(path) })
                {
                    continue
                }
                switch kind {
                case .typeDirectory:
                    if !Self.excludedFolders.contains(name), !name.hasSuffix(".egg-info") { waiting.append(path) }
                case .typeRegular:
                    guard entries.count < Self.mostFiles else {
                        isCut = true
                        return
                    }
                    entries.append(Entry(path: path, size: (state[.size] as? NSNumber)?.intValue ?? 0))
                default: break
                }
            }
        }
        entries.sort { $0.path < $1.path }
    }

    /// The plain lines of the root's `.gitignore`: names and paths with `*`; exceptions (`!`) are not followed.
    private static func ignored(_ root: String) -> [String] {
        guard let (bytes, _) = try? EvidenceReader.contents("\(root)/.gitignore") else { return [] }
        return text(of: bytes).split(whereSeparator: \.isNewline).map(\.trimmed)
            .filter { !$0.isEmpty && !$0.hasPrefix("#") && !$0.hasPrefix("!") && $0 != "*" }.prefix(200)
            .map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    /// A file's bytes; nil where it is no text or too large.
    func bytes(_ entry: Entry) -> [UInt8]? {
        guard entry.size <= Self.largestFile, let data = FileManager.default.contents(atPath: "\(root)/\(entry.path)"),
            !data.prefix(4_096).contains(0)
        else { return nil }
        return Array(data)
    }
}

extension String {
    /// The last part of a path.
    var fileName: String { String(split(separator: "/").last ?? "") }

    /// Whether a path leads to tests, fixtures, examples or documents.
    var isAside: Bool {
        let parts = lowercased().split(separator: "/")
        let folders = [
            "test", "tests", "testing", "__tests__", "spec", "specs", "fixtures", "testdata", "examples", "example",
            "samples", "docs", "doc", "demo", "benchmarks", "bench", "e2e", "mocks", "testutils", "test_utils",
            "project_template",
        ]
        if parts.dropLast().contains(where: { folders.contains(String($0)) }) { return true }
        let name = parts.last.map(String.init) ?? ""
        return name.hasPrefix("test_") || name.hasSuffix("_test.py") || name.hasSuffix("_test.go")
            || name.contains(".test.")
            || name.contains(".spec.") || name == "conftest.py" || name.hasSuffix("tests.swift") || name == "tests.py"
    }
}
