internal import Kernel

/// A pattern for paths: `/admin` exactly, `/admin/**` with everything below (and itself), `/users/*/posts` one segment,
/// `/projects/{project}/**` one that has a name.
public struct RoutePattern: Sendable, Hashable {
    public let text: String
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case any
    }
    private let segments: [Segment]
    private let isPrefix: Bool
    /// Where the segments with a name stand.
    private let named: [String: Int]

    /// nil unless it begins with `/`, has `**` at the end only, and no name in braces twice.
    public init?(_ text: String) {
        guard text.utf8.first == 0x2F, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        isPrefix = parts.last == "**"
        if isPrefix { parts.removeLast() }
        guard !parts.contains("**") else { return nil }
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        if parts == [""] && isPrefix { parts = [] }
        var named: [String: Int] = [:]
        var segments: [Segment] = []
        for (index, part) in parts.enumerated() {
            guard part.contains("{") || part.contains("}") else {
                segments.append(part == "*" ? .any : .literal(String(part)))
                continue
            }
            guard let name = RoutePattern.name(part), named.updateValue(index, forKey: name) == nil else { return nil }
            segments.append(.any)
        }
        self.text = text
        self.named = named
        self.segments = segments
    }

    /// `{name}`: a small letter, then such letters, digits, `-` and `_`.
    private static func name(_ part: Substring) -> String? {
        guard part.hasPrefix("{"), part.hasSuffix("}"), part.utf8.count > 2 else { return nil }
        let name = part.dropFirst().dropLast()
        guard name.utf8.count <= 40, let first = name.utf8.first, (0x61...0x7A).contains(first),
            name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
        return String(name)
    }

    /// Names that stand in braces.
    public var names: [String] { named.keys.sorted() }

    /// What stands in a path where the pattern has `{name}`, as it is written; nil where there is no such place.
    func segment(_ name: String, of path: String) -> String? {
        guard let index = named[name] else { return nil }
        let parts = path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.indices.contains(index) else { return nil }
        return String(parts[index])
    }

    /// How much a pattern says: the more literal segments, the more.
    var weight: (Int, Int, Int) {
        let literals = segments.count { if case .literal = $0 { true } else { false } }
        return (isPrefix ? 0 : 1, literals, segments.count)
    }

    func matches(_ path: String) -> Bool {
        var rest = path.utf8.dropFirst()
        var isFirst = true
        for segment in segments {
            if !isFirst {
                guard rest.first == 0x2F else { return false }
                rest = rest.dropFirst()
            }
            isFirst = false
            let end = rest.firstIndex(of: 0x2F) ?? rest.endIndex
            switch segment {
            case .literal(let text): if !rest[..<end].elementsEqual(text.utf8) { return false }
            case .any: if end == rest.startIndex { return false }
            }
            rest = rest[end...]
        }
        return rest.isEmpty || (isPrefix && (rest.first == 0x2F || segments.isEmpty))
    }
}
