import Foundation

/// What a repository holds, as far as claims about it can be held against it: documents as lines, everything else as the
/// words, quoted words and path segments that occur in it. Bounded, and never outside its folder.
public struct RepositoryTree: Sendable {
    struct Document: Sendable {
        /// From the root.
        var path: String
        var lines: [String]
    }

    var documents: [Document] = []
    /// Every file and folder, from the root.
    var paths: Set<String> = []
    /// Words of letters and digits in what isn't documentation, in lower case.
    var words: Set<String> = []
    /// Words right behind a slash or between quotation marks.
    var segments: Set<String> = []
    /// Functions and blocks that are tests, by how frameworks write them.
    var testCases = 0
    /// Whether some tests run with many arguments, so that cases can't be counted.
    var hasParameterisedTests = false
    /// Text of manifests, by path: package.json, pyproject.toml, Makefile and so on.
    var manifests: [String: String] = [:]
    var routes = RouteTable()
    /// Files were left out of it: that one isn't there says nothing.
    var isPartial = false
    /// Files of code.
    var sources = 0
    /// Licences by the path of their file; nil where the text is none that is known.
    var licences: [String: String?] = [:]
    /// Share of lines that a report in the tree says are covered, with its path.
    var coverage: (share: Double, path: String)?
    /// Names that version control ignores: they come about by running the thing.
    var ignored: Set<String> = []
    /// Documents that are larger than what is read, or no text.
    public internal(set) var unread: [String] = []
    /// Set when the tree was larger than what is read.
    public var isCut = false

    /// Paths by their last part.
    private var byName: [String: [String]] = [:]

    static let mostFiles = 100_000
    static let largestFile = 1_048_576
    public static let largestDocument = 8_388_608
    static let mostBytes = 268_435_456

    public var documentCount: Int { documents.count }

    /// Reads a folder. Links are not followed; dependencies, builds and version control are not read.
    public init(folder: String) {
        let root = URL(filePath: folder).standardizedFileURL
        let keys: [URLResourceKey] = [.isRegularFileKey, .isSymbolicLinkKey, .fileSizeKey, .isDirectoryKey]
        guard
            let files = FileManager.default.enumerator(
                at: root, includingPropertiesForKeys: keys, options: [], errorHandler: { _, _ in true })
        else { return }
        let prefix = root.path.hasSuffix("/") ? root.path : root.path + "/"
        var bytes = 0
        for case let file as URL in files {
            if paths.count >= Self.mostFiles || bytes >= Self.mostBytes {
                isCut = true
                break
            }
            let path = file.path.hasPrefix(prefix) ? String(file.path.dropFirst(prefix.count)) : file.lastPathComponent
            let values = try? file.resourceValues(forKeys: Set(keys))
            if values?.isDirectory == true {
                if Self.isForeign(file.lastPathComponent) { files.skipDescendants() } else { paths.insert(path) }
                continue
            }
            guard values?.isSymbolicLink != true, values?.isRegularFile == true else {
                paths.insert(path)
                continue
            }
            paths.insert(path)
            let isDocument = Self.isDocument(path.lowercased())
            guard let size = values?.fileSize, !Self.isBinary(path),
                size <= (isDocument ? Self.largestDocument : Self.largestFile)
            else {
                if isDocument { unread.append(path) }
                continue
            }
            guard let data = FileManager.default.contents(atPath: file.path)
            else { continue }
            bytes += data.count
            take(path, [UInt8](data))
        }
        finish()
        documents.sort { $0.path < $1.path }
    }

    /// For tests: files by path.
    init(files: [String: String]) {
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            paths.insert(path)
            var folder = path.split(separator: "/").dropLast()
            while !folder.isEmpty {
                paths.insert(folder.joined(separator: "/"))
                folder = folder.dropLast()
            }
            take(path, Array(text.utf8))
        }
        finish()
    }

    private mutating func finish() {
        isPartial = leavesOut()
        byName = Dictionary(grouping: paths) { Self.name($0) }
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The paths that are this one, or end in it after a slash.
    func ending(in path: String) -> [String] {
        let end = "/" + path
        return (byName[Self.name(path)] ?? []).filter { $0 == path || $0.hasSuffix(end) }
    }

    private mutating func take(_ path: String, _ bytes: [UInt8]) {
        let name = Self.name(path)
        let lower = name.lowercased()
        if Self.isDocument(lower) {
            guard !isBrought(path) else { return }
            guard DocumentText.isText(bytes) else { return unread.append(path) }
            documents.append(Document(path: path, lines: DocumentText(bytes).lines))
            return
        }
        // A carriage return and a line feed are one Character: lines would not be told apart.
        let bytes = bytes.contains(0x0D) ? bytes.filter { $0 != 0x0D } : bytes
        // The documents once more, as packagers lay them in.
        guard name != "PKG-INFO", !path.contains(".egg-info/") else { return }
        note(path, name: lower, bytes)
        if lower.hasSuffix(".rst") || lower.hasSuffix(".txt") && !lower.contains("requirements") { return }
        guard !bytes.prefix(2_000).contains(0) else { return }
        if Self.manifestNames.contains(lower) || lower.hasSuffix(".mk") {
            let text = String(decoding: bytes, as: UTF8.self)
            manifests[path] = text
            SourceWords.collect(Array(Self.withoutPraise(text).utf8), into: &self)
            return
        }
        if RouteTable.isSource(lower) { sources += 1 }
        routes.read(bytes, file: path)
        for part in path.lowercased().split(whereSeparator: { $0 == "/" || $0 == "." }) {
            segments.insert(String(part))
        }
        words.insert("." + (lower.split(separator: ".").last.map(String.init) ?? lower))
        words.insert(lower)
        SourceWords.collect(bytes, into: &self)
    }

    /// Whether some word of the sources has this in it.
    func mentions(_ token: String) -> Bool {
        if words.contains(token) { return true }
        guard token.utf8.count >= 4, !token.hasPrefix(".") else { return false }
        let phrase = Phrases([token])
        return words.contains { phrase.occur(in: $0) }
    }

    static func isForeign(_ name: String) -> Bool {
        [
            ".git", "node_modules", ".build", "vendor", "dist", "target", "venv", ".venv", "__pycache__", ".tox",
            "Pods",
            "third_party", ".next", "site-packages", "bower_components", ".idea", ".gradle", "coverage",
        ].contains(name)
    }

    private static func isBinary(_ path: String) -> Bool {
        let endings = [
            ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".pdf", ".zip", ".gz", ".jar",
            ".min.js", ".map", ".mp4", ".webp", ".so", ".o", ".a", ".po", ".mo",
        ]
        return endings.contains { path.lowercased().hasSuffix($0) }
    }

    private static let manifestNames: Set = [
        "package.json", "pyproject.toml", "setup.py", "setup.cfg", "makefile", "gnumakefile", "makefile.am",
        "cmakelists.txt", "makefile.in",
    ]
}

/// The words of a source file, in one pass over its bytes.
enum SourceWords {
    static func collect(_ bytes: [UInt8], into tree: inout RepositoryTree) {
        var word: [UInt8] = []
        var before: UInt8 = 0x0A
        var start: UInt8 = 0x0A
        var lineStart = true
        var line: [UInt8] = []
        for byte in bytes + [0x0A] {
            let isWord =
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
            if isWord || (isJoint(byte) && !word.isEmpty) {
                if word.isEmpty { start = before }
                if word.count < 64 { word.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) }
            } else if !word.isEmpty {
                keep(word, start, &tree)
                word.removeAll(keepingCapacity: true)
            }
            if byte == 0x0A {
                note(line, &tree)
                line.removeAll(keepingCapacity: true)
                lineStart = true
            } else if !lineStart || (byte != 0x20 && byte != 0x09) {
                lineStart = false
                if line.count < 120 { line.append(byte) }
            }
            before = byte
        }
    }

    private static func isJoint(_ byte: UInt8) -> Bool { byte == 0x2D || byte == 0x5F }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x60 }

    private static func keep(_ word: [UInt8], _ start: UInt8, _ tree: inout RepositoryTree) {
        let text = String(decoding: word, as: UTF8.self)
        if start == 0x2F || isQuote(start) { tree.segments.insert(text) }
        guard tree.words.insert(text).inserted, word.contains(where: isJoint) else { return }
        for part in word.split(whereSeparator: isJoint) { tree.words.insert(String(decoding: part, as: UTF8.self)) }
        tree.words.insert(String(decoding: word.filter { !isJoint($0) }, as: UTF8.self))
    }

    /// Counts what is a test by the way its line begins.
    private static func note(_ line: [UInt8], _ tree: inout RepositoryTree) {
        guard let first = line.first, [0x40, 0x23, 0x64, 0x61, 0x69, 0x74, 0x66, 0x70, 0x62, 0x76].contains(first)
        else {
            return
        }
        let text = String(decoding: line, as: UTF8.self)
        if beginnings.contains(where: text.hasPrefix) { tree.testCases += 1 }
        if !tree.hasParameterisedTests, many.occur(in: line) { tree.hasParameterisedTests = true }
    }

    private static let many: Phrases = [
        "parametrize", "arguments:", ".each(", "@ParameterizedTest", "@given", "proptest!", "rstest",
    ]
    private static let beginnings = [
        "def test", "async def test", "it('", "it(\"", "it(`", "test('", "test(\"", "test(`", "@Test", "#[test]",
        "#[tokio::test", "func Test", "func test", "public function test", "void test",
    ]
}
