internal import Kernel
internal import Web

/// What a rule asks of its caller's membership in a project, and where a request names the project.
public struct ProjectRule: Sendable, Equatable {
    /// Where a request names the project that it is about.
    public enum Source: Sendable, Equatable {
        /// The segment of the path that the pattern has this name for.
        case segment(String)
        /// A field of the head.
        case header(String)
        /// A parameter of the query.
        case parameter(String)

        /// `{name}`, `header:NAME` or `query:NAME`; nil for anything else.
        init?(_ text: String) {
            if text.hasPrefix("{"), text.hasSuffix("}") {
                let name = String(text.dropFirst().dropLast())
                self = .segment(name)
                return
            }
            for (kind, isHeader) in [("header:", true), ("query:", false)] where text.hasPrefix(kind) {
                let name = text.dropFirst(kind.count).lowercased()
                guard (1...40).contains(name.utf8.count), let first = name.utf8.first, (0x61...0x7A).contains(first),
                    name.utf8.allSatisfy({ byte in
                        (0x61...0x7A).contains(byte) || byte.isASCIIDigit || byte == 0x2D
                            || (!isHeader && byte == 0x5F)
                    })
                else { return nil }
                self = isHeader ? .header(name) : .parameter(name)
                return
            }
            return nil
        }
    }

    public let source: Source
    public let role: String?
    public let permission: String?

    public init(source: Source, role: String? = nil, permission: String? = nil) {
        self.source = source
        self.role = role
        self.permission = permission
    }

    func demand(of path: String, _ pattern: RoutePattern) -> ProjectDemand {
        var demand = ProjectDemand(roles: role.map { [$0] } ?? [], permissions: permission.map { [$0] } ?? [])
        switch source {
        case .segment(let name):
            if let text = pattern.segment(name, of: path) {
                demand.names = [text]
            } else {
                demand.isUnclear = true
            }
        case .header(let name): demand.headers = [name]
        case .parameter(let name): demand.parameters = [name]
        }
        return demand
    }
}
