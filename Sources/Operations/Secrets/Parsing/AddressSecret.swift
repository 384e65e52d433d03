/// User, password and host of an address such as `postgres://user:password@host:5432/name?password=…`, read from outside in:
/// only to judge the password. Whoever connects reads it by rules of its own.
struct AddressSecret {
    let user: String?
    let password: String?
    let host: String

    /// nil when it is no `scheme://…`.
    init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"), mark.lowerBound > text.startIndex else { return nil }
        let rest = text.suffix(from: mark.upperBound)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let after = rest.dropFirst(authority.count)
        var host = authority
        var user: String?
        var password: String?
        if let at = authority.lastIndex(of: "@") {
            let person = authority.prefix(upTo: at)
            host = authority.suffix(from: at).dropFirst()
            let parts = person.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = parts.first.map { AddressSecret.decoded($0) }
            password = parts.dropFirst().first.map { AddressSecret.decoded($0) }
        }
        // libpq and Redis clients take both from the query too.
        let query = after.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let value = parts.dropFirst().first.map({ AddressSecret.decoded($0) }) else { continue }
            switch parts.first {
            case "password": password = value
            case "user": user = value
            case "host": host = Substring(value)
            default: break
            }
        }
        self.user = user
        self.password = password
        self.host = String(host)
    }

    /// Whether the server is this machine, so that nobody is between.
    var isLocal: Bool {
        let name: Substring
        if host.hasPrefix("[") {
            name = host.dropFirst().prefix { $0 != "]" }
        } else if host.hasPrefix("/") || host.isEmpty {
            return true
        } else {
            name = host.prefix { $0 != ":" }
        }
        return name == "localhost" || name == "::1"
            || (name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." })
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                // can't trap: nil for what are no digits.
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
