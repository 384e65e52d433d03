internal import Kernel

/// Who stood before whom, read from `X-Forwarded-For` or `Forwarded` (RFC 7239) from the right.
enum ForwardedFor {
    /// One hop's claim: an address, or nil where it hides it (`unknown`, `_gateway`) or writes nonsense.
    typealias Hop = IPAddress?

    /// The hops in the order of the lines; at most the last 64 count, a longer chain is an attack.
    static func hops(xForwardedFor lines: [String]) -> [Hop] {
        Array(
            lines.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.suffix(64)
                .map { address($0.trimming(while: { $0 == " " || $0 == "\t" })) })
    }

    static func hops(forwarded lines: [String]) -> [Hop] {
        Array(
            lines.flatMap { split($0, at: 0x2C) }.suffix(64).map { element in
                parameter("for", of: element).flatMap { address($0) }
            })
    }

    /// The `proto` that the last element claims.
    static func proto(forwarded lines: [String]) -> Substring? {
        lines.last.flatMap { split($0, at: 0x2C).last }.flatMap { parameter("proto", of: $0) }
    }

    /// Walks from the right while the hop is trusted: the first that isn't is the client. When every hop is trusted,
    /// the leftmost counts. A hop that can't be read ends the walk at the one who reported it.
    static func client(peer: IPAddress, hops: [Hop], isTrusted: (IPAddress) -> Bool) -> IPAddress {
        guard isTrusted(peer) else { return peer }
        var client = peer
        for hop in hops.reversed() {
            guard let hop else { return client }
            client = hop
            if !isTrusted(hop) { return hop }
        }
        return client
    }

    /// `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`, `2001:db8::1`.
    static func address(_ text: Substring) -> IPAddress? {
        if text.utf8.first == 0x5B {
            guard let end = text.firstIndex(of: "]") else { return nil }
            // can't trap: the index was found in this very text.
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            // can't trap: the index was found in this very text.
            return IPAddress(strict: text[text.index(after: text.startIndex)..<end])
        }
        let colons = text.utf8.count { $0 == 0x3A }
        if colons == 1, let colon = text.firstIndex(of: ":") {
            // can't trap: the index was found in this very text.
            return isPort(text[colon...]) ? IPAddress(strict: text[..<colon]) : nil
        }
        return IPAddress(strict: text)
    }

    private static func isPort(_ text: Substring) -> Bool {
        let digits = text.dropFirst()
        return text.utf8.first == 0x3A && digits.utf8.count >= 1 && digits.utf8.count <= 5
            && digits.utf8.allSatisfy(\.isASCIIDigit)
    }

    /// A parameter's value without quotes.
    private static func parameter(_ name: String, of element: Substring) -> Substring? {
        for pair in split(String(element), at: 0x3B) {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            // can't trap: the index was found in this very text.
            let key = pair[..<equals].trimming(while: { $0 == " " || $0 == "\t" })
            guard key.isEqualIgnoringCase(to: name) else { continue }
            // can't trap: the index was found in this very text.
            let value = pair[pair.index(after: equals)...].trimming(while: { $0 == " " || $0 == "\t" })
            if value.utf8.count >= 2, value.utf8.first == 0x22, value.utf8.last == 0x22 {
                return value.dropFirst().dropLast()
            }
            return value
        }
        return nil
    }

    /// Splits outside of quoted strings.
    private static func split(_ text: String, at separator: UInt8) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var quoted = false
        for index in text.utf8.indices {
            // can't trap: the index was found in this very text.
            let byte = text.utf8[index]
            if byte == 0x22 { quoted.toggle() }
            if byte == separator && !quoted {
                // can't trap: the index was found in this very text.
                parts.append(text[start..<index])
                // can't trap: the index was found in this very text.
                start = text.utf8.index(after: index)
            }
        }
        // can't trap: the index was found in this very text.
        parts.append(text[start...])
        return parts
    }
}
