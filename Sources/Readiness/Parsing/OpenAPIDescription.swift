/// The little that probes need of an OpenAPI 3.0 or 3.1 description: paths, methods, and which of them ask for a
/// sign-in. References are not followed, so cycles can't bite.
struct OpenAPIDescription: Sendable {
    struct Entry: Sendable, Equatable {
        let method: String
        let path: String
        let isProtected: Bool
        var hasParameters: Bool { path.contains("{") }
    }

    private(set) var entries: [Entry] = []

    init?(bytes: [UInt8]) {
        guard bytes.count <= 1_048_576, let root = JSONValue(bytes: bytes), root.at("/openapi")?.string != nil else {
            return nil
        }
        guard let paths = root.at("/paths")?.members else { return nil }
        let byDefault = !(root.at("/security")?.items ?? []).isEmpty
        for path in paths.keys.sorted().prefix(500) where path.hasPrefix("/") {
            // can't trap: a dictionary answers nil for what it doesn't have
            guard let item = paths[path]?.members else { continue }
            for method in ["get", "put", "post", "delete", "patch", "head", "options"] {
                // can't trap: a dictionary answers nil for what it doesn't have
                guard let operation = item[method] else { continue }
                let own = operation.at("/security")?.items
                // An empty requirement `{}` among others makes the sign-in optional.
                let asks = own.map { !$0.isEmpty && !$0.contains(.object([:])) } ?? byDefault
                entries.append(Entry(method: method.uppercased(), path: path, isProtected: asks))
            }
        }
    }

    /// A path without parameters that can be read but has no such method.
    func pathWithout(method: String) -> String? {
        let taken = Set(entries.filter { $0.method == method }.map(\.path))
        return entries.first { $0.method == "GET" && !$0.hasParameters && !taken.contains($0.path) }?.path
    }

    /// Reads that ask for a sign-in and have no parameters in their path.
    var protectedReads: [Entry] { entries.filter { $0.method == "GET" && $0.isProtected && !$0.hasParameters } }
}
