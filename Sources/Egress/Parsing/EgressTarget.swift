public import Kernel

/// A URL that may be called, taken apart in the one way that leaves nothing to interpretation.
public struct EgressTarget: Sendable, Equatable {
    public enum Host: Sendable, Equatable {
        /// In lower case, without a trailing dot.
        case name(String)
        case address(IPAddress)
    }

    public let isTLS: Bool
    public let host: Host
    public let port: Int
    /// Path and query as they go into the request line.
    public let path: String

    /// Reads `https://host[:port]/path?query`.
    ///
    /// - Throws: `EgressError` `.target` for everything else: user info, fragments are dropped; names that aren't ASCII (write the
    ///   `xn--` form), and every way of writing an IPv4 address that isn't four decimal numbers.
    public init(_ url: String) throws(EgressError) {
        let lower = url.prefix(8).lowercased()
        let rest: Substring
        if lower.hasPrefix("https://") {
            isTLS = true
            rest = url.dropFirst(8)
        } else if lower.hasPrefix("http://") {
            isTLS = false
            rest = url.dropFirst(7)
        } else {
            throw EgressError(.target, "https://HOST/… is wanted")
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        // can't trap: the index is one of this very text.
        let (name, port) = try EgressTarget.authority(rest[..<end])
        self.port = port ?? (isTLS ? 443 : 80)
        host = try EgressTarget.host(name)
        // can't trap: the index is one of this very text.
        path = try EgressTarget.path(rest[end...])
    }

    private static func authority(_ text: Substring) throws(EgressError) -> (Substring, Int?) {
        // A backslash or an at sign is where URL parsers disagree about which host is meant.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x40 && $0 != 0x5C && $0 != 0x25 }) else {
            throw EgressError(.target, "the host may hold neither user info nor anything but ASCII (write xn--… names)")
        }
        var name = text
        var digits: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw EgressError(.target, "“[” without “]”") }
            // can't trap: the index is one of this very text.
            name = text[...close]
            // can't trap: the index is one of this very text.
            let after = text[close...].dropFirst()
            if !after.isEmpty {
                guard after.hasPrefix(":") else { throw EgressError(.target, "after “]” comes a port or nothing") }
                digits = after.dropFirst()
            }
        } else if let colon = text.firstIndex(of: ":") {
            // can't trap: the index is one of this very text.
            name = text[..<colon]
            // can't trap: the index is one of this very text.
            digits = text[colon...].dropFirst()
        }
        guard let digits else { return (name, nil) }
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isASCIIDigit), let port = Int(digits),
            (1...65_535).contains(port)
        else { throw EgressError(.target, "a port is a number from 1 to 65535") }
        return (name, port)
    }

    private static func host(_ text: Substring) throws(EgressError) -> Host {
        if text.hasPrefix("[") {
            guard let address = IPAddress(strict: text.dropFirst().dropLast()), text.utf8.contains(0x3A) else {
                throw EgressError(.target, "between brackets stands an IPv6 address without a zone")
            }
            return .address(address)
        }
        // can't trap: the index is one of this very text.
        var name = text.lowercased()[...]
        if name.hasSuffix(".") { name = name.dropLast() }
        if let address = IPAddress(strict: name) { return .address(address) }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { $0.isASCIIDigit || $0.isASCIILetter || $0 == 0x2D || $0 == 0x5F }
            }
        guard isName, let last = labels.last else { throw EgressError(.target, "that isn't a host's name") }
        // 127.1, 0x7f.1, 017700000001, 2130706433: addresses to some, names to others (WHATWG URL “ends in a number”).
        let isHex = last.hasPrefix("0x") && last.dropFirst(2).utf8.allSatisfy { $0.hexDigitValue != nil }
        guard !isHex, !last.utf8.allSatisfy(\.isASCIIDigit) else {
            throw EgressError(.target, "an IPv4 address is four decimal numbers without leading zeros")
        }
        return .name(String(name))
    }

    private static func path(_ text: Substring) throws(EgressError) -> String {
        let target = text.prefix { $0 != "#" }
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw EgressError(.target, "path and query are percent-encoded ASCII")
        }
        if target.isEmpty { return "/" }
        return target.hasPrefix("/") ? String(target) : "/\(target)"
    }

    /// For `Host` and messages: without a default port.
    public var authority: String {
        let name: String
        switch host {
        case .name(let text): name = text
        case .address(let address): name = address.family == .v6 ? "[\(address)]" : "\(address)"
        }
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}
