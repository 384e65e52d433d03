/// An http or https address: scheme, host, port and the path that a person typed after it.
///
/// Only what a probe needs of RFC 3986: no user information, no fragment. The host is kept in lower case, an IPv6
/// address without its brackets.
public struct SiteURL: Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Scheme: String, Sendable, Hashable, Codable {
        case http, https
        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    public let scheme: Scheme
    public let host: String
    public let port: Int
    /// Path and query as typed, always beginning with `/`.
    public let path: String

    public init(scheme: Scheme, host: String, port: Int, path: String = "/") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path.hasPrefix("/") ? path : "/\(path)"
    }

    /// Reads `http://host[:port][/path]`; nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.range(of: "://") else { return nil }
        // can't trap: the index was found in this very collection
        guard let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased()) else { return nil }
        // can't trap: the index was found in this very collection
        let rest = text[colon.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "\\" }
        guard !authority.isEmpty, !authority.contains("@"), !rest.contains("\\") else { return nil }
        let tail = rest.dropFirst(authority.count)
        guard let (host, port) = SiteURL.hostAndPort(authority, defaultPort: scheme.defaultPort) else { return nil }
        guard tail.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else { return nil }
        self.init(scheme: scheme, host: host, port: port, path: tail.isEmpty ? "/" : String(tail))
    }

    private static func hostAndPort(_ authority: Substring, defaultPort: Int) -> (String, Int)? {
        let host: Substring
        let after: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            // can't trap: the index was found in this very collection
            host = authority[..<close].dropFirst()
            // can't trap: the index was found in this very collection
            after = authority[close...].dropFirst()
            guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            after = authority.dropFirst(host.count)
            guard host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }) else {
                return nil
            }
        }
        guard !host.isEmpty else { return nil }
        if after.isEmpty { return (host.lowercased(), defaultPort) }
        guard after.hasPrefix(":"), let port = Int(after.dropFirst()), (1...65535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }

    /// `host` or `host:port` as a Host header writes it.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    /// `scheme://host[:port]`, as an Origin header writes it (RFC 6454 §6.2).
    public var origin: String { "\(scheme.rawValue)://\(authority)" }

    public var description: String { path == "/" ? origin : "\(origin)\(path)" }

    /// Whether connecting to it can only reach this machine: 127.0.0.0/8, ::1 or the name `localhost`.
    public var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.first == "127" else { return false }
        return parts.allSatisfy { part in
            guard let number = Int(part), part.count <= 3 else { return false }
            return (0...255).contains(number)
        }
    }

    public func isSameOrigin(as other: SiteURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    public func withPath(_ path: String) -> SiteURL {
        SiteURL(scheme: scheme, host: host, port: port, path: path)
    }

    /// Where a `Location` value read on this page leads; nil when it is no http address at all.
    ///
    /// Reads it as lenient browsers do: `//host`, `\/host` and `/\host` lead to another host.
    public func resolving(location: String) -> SiteURL? {
        let text = String(location.map { $0 == "\\" ? "/" : $0 }.drop { $0 == " " || $0 == "\t" })
        if text.hasPrefix("//") { return SiteURL("\(scheme.rawValue):\(text)") }
        if text.hasPrefix("/") { return withPath(String(text.prefix { $0 != "#" })) }
        if let absolute = SiteURL(text) { return absolute }
        let head = text.prefix { $0 != "/" && $0 != "?" }
        if head.contains(":") { return nil }
        let folder = path.prefix { $0 != "?" }
        // can't trap: the index was found in this very collection
        let base = folder.lastIndex(of: "/").map { folder[...$0] } ?? "/"
        return withPath("\(base)\(text)")
    }
}

extension StringProtocol {
    /// The first place where `other` stands, without Foundation.
    func range(of other: String) -> Range<Index>? {
        guard !other.isEmpty else { return nil }
        var start = startIndex
        while start < endIndex {
            // can't trap: `start` walks from the first index to the last
            let rest = self[start...]
            // can't trap: the other text stands here whole
            if rest.hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            // can't trap: `start` is not the end yet
            start = index(after: start)
        }
        return nil
    }
}
