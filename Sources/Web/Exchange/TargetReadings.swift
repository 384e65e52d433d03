/// A request target in every way that a framework might read its path; policy holds for the strictest of them.
public struct TargetReadings: Sendable, Equatable {
    /// The path as written, without the query.
    public var path: String
    /// The query as written, without `?`; nil where there is none.
    public var query: String?
    /// Every other distinct reading: decoded, case-folded, without trailing slash, extension, `;` parameter.
    public var others: [String]

    /// The path is known to have no escape, capital, dot, `;` or empty segment, so that there is one way to read it.
    public var isPlain: Bool

    /// Every distinct path reading, `path` first.
    public var readings: [String] { [path] + others }

    public init(path: String = "/", query: String? = nil, others: [String] = [], isPlain: Bool = false) {
        self.isPlain = isPlain
        self.path = path
        self.query = query
        self.others = others
    }
}
