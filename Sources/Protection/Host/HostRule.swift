/// Which hosts a request may name: exact names, `*.example.com` for its subdomains, or any.
public struct HostRule: Sendable, Equatable {
    private let exact: Set<String>
    /// With the leading dot.
    private let suffixes: [String]
    public let allowsAny: Bool
    /// Loopback names and IP literals are let in (development).
    private let allowsLocal: Bool

    public init(hosts: [String], allowsLocal: Bool) {
        allowsAny = hosts.contains("any")
        self.allowsLocal = allowsLocal
        let lowered = hosts.map { $0.lowercased() }
        exact = Set(lowered.filter { !$0.hasPrefix("*.") && $0 != "any" }.compactMap { HostName($0)?.host })
        suffixes = lowered.filter { $0.hasPrefix("*.") }.map { String($0.dropFirst()) }
    }

    /// Whether a `Host` value is one of the names to the byte: most are, and need no reading.
    func admitsVerbatim(_ text: String) -> Bool { exact.contains(text) }

    /// Whether anything is written down to hold a host against.
    public var isEmpty: Bool { exact.isEmpty && suffixes.isEmpty && !allowsAny }

    public func admits(_ name: HostName) -> Bool {
        if allowsAny || exact.contains(name.host) { return true }
        if allowsLocal, name.address != nil || name.host == "localhost" || name.host.hasSuffix(".localhost") {
            return true
        }
        return suffixes.contains { name.host.hasSuffix($0) && name.host.utf8.count > $0.utf8.count }
    }
}
