public import Kernel

/// Where Redis is: `redis://[USER][:PASSWORD]@HOST[:PORT][/DATABASE]`, or `redis+unix:///path/to/socket`.
public struct RedisAddress: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public let place: Place
    public let user: String?
    public let password: Secret?
    public let database: Int

    /// Without password.
    public var description: String {
        switch place {
        case .tcp(let host, let port): "redis://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path): "redis+unix://\(path)"
        }
    }

    /// - Throws: `DatabaseError` with code `.configuration`; never shows the password.
    public init(_ text: Secret) throws(DatabaseError) {
        let text = text.reveal()
        if text.hasPrefix("rediss://") {
            throw DatabaseError(
                .configuration,
                "rediss:// needs a hiredis with TLS, and Debian's has none: use a tunnel (stunnel, WireGuard) to a redis:// address on this machine or network"
            )
        }
        if text.hasPrefix("redis+unix://") {
            let path = text.dropFirst("redis+unix://".count)
            guard path.hasPrefix("/"), path.count > 1 else {
                throw RedisAddress.malformed("an absolute path is missing")
            }
            place = .unix(path: String(path))
            (user, password, database) = (nil, nil, 0)
            return
        }
        guard text.hasPrefix("redis://") else { throw RedisAddress.malformed("it doesn't begin with redis://") }
        var rest = text.dropFirst("redis://".count)
        guard !rest.contains("?"), !rest.contains("#") else { throw RedisAddress.malformed("no ? or # please") }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: at)...]
            guard let name = RedisAddress.decoded(parts[0]),
                let word = parts.count > 1 ? RedisAddress.decoded(parts[1]) : ""
            else { throw RedisAddress.malformed("user or password are not percent-encoded rightly") }
            user = name.isEmpty ? nil : name
            password = word.isEmpty ? nil : Secret(word)
        } else {
            (user, password) = (nil, nil)
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        place = try RedisAddress.place(parts.first ?? "")
        let number = parts.count > 1 ? String(parts[1]) : ""
        guard number.isEmpty || Int(number).map({ (0...9999).contains($0) }) == true else {
            throw RedisAddress.malformed("the database is a number, such as redis://127.0.0.1:6379/0")
        }
        database = Int(number) ?? 0
    }

    private static func place(_ text: Substring) throws(DatabaseError) -> Place {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw malformed("a ] is missing") }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw malformed("the port comes after ]:") }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace }) else { throw malformed("the host is missing") }
        let number = port.map { Int($0) ?? 0 } ?? 6379
        guard (1...65535).contains(number) else {
            throw malformed("a port is a number from 1 to 65535")
        }
        return .tcp(host: String(host), port: number)
    }

    private static func malformed(_ why: String) -> DatabaseError {
        DatabaseError(
            .configuration,
            "not a Redis address (\(why)): redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER], or redis+unix:///PATH")
    }

    /// Percent-decoding of user and password.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
