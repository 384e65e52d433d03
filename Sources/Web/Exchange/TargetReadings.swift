/// A request target in every way that a framework might read its path; policy holds for the strictest of them.
public struct TargetReadings: Sendable, Equatable {
    /// The path as written, without the query.
    public var path: String
    /// The query as written, without `?`; nil where there is none.
    public var query: String?
    /// Every distinct path reading, `path` first: decoded, case-folded, without trailing slash, extension, `;` parameter.
    public var readings: [String]

    public init(path: String = "/", query: String? = nil, readings: [String] = ["/"]) {
        self.path = path
        self.query = query
        self.readings = readings
    }
}
