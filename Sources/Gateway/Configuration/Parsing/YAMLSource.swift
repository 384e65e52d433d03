import Kernel
import Yams

/// A YAML document as keys with dots: maps are flattened, lists stay lists, each value knows its line.
///
/// Scalars are taken as they are written (`yes`, `0o17` and `1e3` are text here; each setting's form decides).
/// Anchors and aliases are refused: nothing here needs them, and they are how a small file becomes a huge one.
struct YAMLSource {
    static let sizeLimit = 1_048_576
    private static let depthLimit = 16
    private static let nodeLimit = 50_000

    /// As shown in origins, such as `seaworthy.yaml`.
    let name: String
    let known: KnownKeys
    private(set) var values: [String: ConfigurationValue] = [:]
    private(set) var errors: [ConfigurationError] = []
    private var lines: [String: Int] = [:]
    private var nodes = 0

    init(name: String, known: KnownKeys) {
        self.name = name
        self.known = known
    }

    mutating func read(_ text: String) {
        switch YAMLSource.compose(text) {
        case .failure(let problem):
            reject("file", problem.explanation, line: problem.line)
        case .success(nil):
            break
        case .success(let root?):
            guard case .mapping(let mapping) = root else {
                if YAMLSource.isNull(root) { return }
                return reject("file", "must be a map of keys, such as `mode: observe`", line: root.mark?.line)
            }
            for (key, value) in mapping { visit(key, value, under: "", depth: 1) }
        }
    }

    /// The node of a flag's or a variable's text: flow syntax in brackets is a list or a map, all else is text.
    static func node(of text: String) -> Result<ConfigurationNode, SyntaxProblem> {
        let isFlow = (text.hasPrefix("[") && text.hasSuffix("]")) || (text.hasPrefix("{") && text.hasSuffix("}"))
        guard isFlow else { return .success(.scalar(text)) }
        return compose(text).flatMap { root in
            var source = YAMLSource(name: "", known: KnownKeys([]))
            guard let root, let node = source.convert(root, depth: 1) else {
                return .failure(
                    SyntaxProblem(source.errors.first?.valid ?? "must be a list or a map in YAML's flow syntax"))
            }
            return .success(node)
        }
    }

    private mutating func reject(_ key: String, _ explanation: String, line: Int?) {
        errors.append(ConfigurationError(key: key, given: nil, valid: explanation, origin: origin(line)))
    }

    private func origin(_ line: Int?) -> String { line.map { "\(name):\($0)" } ?? name }

    private mutating func visit(_ keyNode: Node, _ value: Node, under path: String, depth: Int) {
        let line = keyNode.mark?.line
        guard case .scalar(let scalar) = keyNode, !scalar.string.isEmpty else {
            return reject(path.isEmpty ? "file" : path, "a key must be a word", line: line)
        }
        let key = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
        guard depth <= YAMLSource.depthLimit else {
            return reject(path, "is nested deeper than \(YAMLSource.depthLimit) levels", line: line)
        }
        if case .mapping(let mapping) = value, known.isSection(key) || !known.contains(key) {
            if mapping.isEmpty, !known.isSection(key) { keep(.mapping([]), at: key, line: line) }
            for (inner, innerValue) in mapping { visit(inner, innerValue, under: key, depth: depth &+ 1) }
            return
        }
        // `protection:` with everything under it commented out says nothing; neither does `public-url:`.
        if YAMLSource.isNull(value), known.contains(key) || known.isSection(key) { return }
        guard let node = convert(value, depth: depth) else { return }
        keep(node, at: KnownKeys.canonical(key), line: line)
    }

    private mutating func keep(_ node: ConfigurationNode, at key: String, line: Int?) {
        if values[key] != nil {  // can't trap: a dictionary
            // can't trap: a dictionary
            let first = lines[key].map { " (first on line \($0))" } ?? ""
            return reject(key, "given twice\(first); keep one", line: line)
        }
        // can't trap: a dictionary
        values[key] = ConfigurationValue(node, origin: origin(line))
        // can't trap: a dictionary
        lines[key] = line
    }

    private mutating func convert(_ node: Node, depth: Int) -> ConfigurationNode? {
        nodes &+= 1
        guard depth <= YAMLSource.depthLimit, nodes <= YAMLSource.nodeLimit else {
            reject(
                "file", "is nested deeper than \(YAMLSource.depthLimit) levels or has too many values",
                line: node.mark?.line)
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return .scalar(scalar.string)
        case .sequence(let sequence):
            var items: [ConfigurationNode] = []
            for item in sequence {
                guard let item = convert(item, depth: depth &+ 1) else { return nil }
                items.append(item)
            }
            return .list(items)
        case .mapping(let mapping):
            var entries: [ConfigurationEntry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    reject("file", "a key must be a word", line: key.mark?.line)
                    return nil
                }
                guard let value = convert(value, depth: depth &+ 1) else { return nil }
                entries.append(ConfigurationEntry(key: name.string, value: value))
            }
            return .mapping(entries)
        case .alias:
            return nil
        }
    }

    private static func isNull(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
