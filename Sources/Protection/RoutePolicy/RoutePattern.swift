/// A pattern for paths: `/admin` exactly, `/admin/**` with everything below (and itself), `/users/*/posts` one segment.
public struct RoutePattern: Sendable, Hashable {
    public let text: String
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case any
    }
    private let segments: [Segment]
    private let isPrefix: Bool

    /// nil unless it begins with `/` and has `**` at the end only.
    public init?(_ text: String) {
        guard text.utf8.first == 0x2F, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        isPrefix = parts.last == "**"
        if isPrefix { parts.removeLast() }
        guard !parts.contains("**") else { return nil }
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        if parts == [""] && isPrefix { parts = [] }
        self.text = text
        segments = parts.map { $0 == "*" ? .any : .literal(String($0)) }
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
