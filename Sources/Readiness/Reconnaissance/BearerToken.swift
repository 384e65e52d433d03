import Crypto
import FoundationEssentials

/// A JSON Web Token taken apart, so that a probe can put it together again in ways that nobody honest would.
struct BearerToken: Sendable {
    let header: [String: JSONValue]
    let claims: [String: JSONValue]
    let text: String

    /// nil for anything but three parts of base64url with JSON objects in the first two.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 16_384, parts.count == 3,
            let header = Self.decode(parts[0]).flatMap({ JSONValue(bytes: $0) })?.members,
            let claims = Self.decode(parts[1]).flatMap({ JSONValue(bytes: $0) })?.members
        else { return nil }
        self.header = header
        self.claims = claims
        self.text = text
    }

    var algorithm: String { header["alg"]?.string ?? "" }
    /// Seconds since 1970.
    var expiry: Int64? { claims["exp"]?.numeric.flatMap { Int64(exactly: $0.rounded(.down)) } }

    /// The same claims, without a signature, as `alg` says.
    func unsigned(_ algorithm: String) -> String {
        var header = header
        header["alg"] = .string(algorithm)
        header["kid"] = nil
        return "\(Self.encode(.object(header))).\(Self.encode(.object(claims)))."
    }

    /// The same claims signed with HS256 and a key of ours.
    func signed(with key: [UInt8]) -> String {
        var header = header
        header["alg"] = .string("HS256")
        let body = "\(Self.encode(.object(header))).\(Self.encode(.object(claims)))"
        let code = HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: SymmetricKey(data: key))
        return "\(body).\(Self.encode(Array(code)))"
    }

    /// The last characters of the signature changed.
    var altered: String { AlteredSessionsAreRefused.altered(text) }

    /// Other claims under the signature of these.
    func claiming(_ name: String, _ value: JSONValue) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var claims = claims
        claims[name] = value
        return "\(parts[0]).\(Self.encode(.object(claims))).\(parts[2])"
    }

    /// The key that signed it, if it is one of the words that everybody tries; found without asking anybody.
    func guessedKey(among words: [String]) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let code = Self.decode(parts[2]) else { return nil }
        let body = Data("\(parts[0]).\(parts[1])".utf8)
        func signs<H: HashFunction>(_ word: String, _ hash: H.Type) -> Bool {
            HMAC<H>.isValidAuthenticationCode(
                code, authenticating: body, using: SymmetricKey(data: Data(word.utf8)))
        }
        return words.first { word in
            switch algorithm {
            case "HS256": signs(word, SHA256.self)
            case "HS384": signs(word, SHA384.self)
            case "HS512": signs(word, SHA512.self)
            default: false
            }
        }
    }

    /// Keys out of tutorials, examples and defaults of frameworks; the empty one first.
    static let usualKeys = [
        "", "secret", "Secret", "SECRET", "password", "changeme", "change-me", "change_me", "changeit", "key", "mykey",
        "my-secret", "mysecret", "my_secret", "my-secret-key", "my_secret_key", "secretkey", "secret-key", "secret_key",
        "SECRET_KEY", "jwt", "jwtsecret", "jwt-secret", "jwt_secret", "JWT_SECRET", "jwt-key", "your-256-bit-secret",
        "your-secret-key", "your_secret_key", "your-jwt-secret", "yoursecretkey", "supersecret", "super-secret",
        "super_secret", "supersecretkey", "super-secret-key", "topsecret", "token", "test", "testing", "dev",
        "development",
        "default", "admin", "root", "1234", "12345", "123456", "12345678", "qwerty", "abc123", "letmein", "example",
        "private", "privatekey", "signing-key", "hmac", "hs256", "shhhhh", "shhhh", "keyboard cat", "django-insecure",
        "flask", "express", "spring", "node", "localhost", "insecure", "notasecret", "not-a-secret", "none", "null",
        "undefined", "string", "a-string-secret-at-least-256-bits-long",
        "GuvCzbJ0Hx2fX9kYH8rFqQ", "dev-secret", "dev_secret", "development-secret", "this-is-a-secret", "thisisasecret",
        "ThisIsMySecret", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    ]

    private static func encode(_ value: JSONValue) -> String { encode(Array(value.compact.utf8)) }

    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        let fill = String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        return Data(base64Encoded: padded + fill).map { Array($0) }
    }
}

extension Reconnaissance {
    /// A fresh token of somebody's, read from where `token` of the configuration says.
    func token(of name: String, shortLived: Bool = false) async throws -> (token: BearerToken, seen: Sighting) {
        guard let rule = configuration.token, let person = identity(name) else {
            throw Obstacle.notAvailable("no `token` is declared")
        }
        let body = shortLived ? rule.shortLived ?? rule.body : rule.body
        let seen = try await send(
            request(
                rule.operation.method, rule.operation.path, body, ["user": person.user, "password": person.password]))
        guard seen.answer.isSuccess, let text = seen.answer.json?.at(rule.pointer)?.string else {
            throw Obstacle.notAvailable("\(seen.subject) answers \(seen.status), and no token at \(rule.pointer)")
        }
        remember(text, as: "\(name)_TOKEN")
        guard let token = BearerToken(text) else {
            throw Obstacle.notApplicable("the token is no JSON Web Token: only who made it can read it")
        }
        return (token, evidence(seen.request, seen.answer))
    }

    /// Reads that a token opens and nobody gets without one.
    func readsByToken(_ token: BearerToken, of name: String) async throws -> [Reachable] {
        var found: [Reachable] = []
        for read in try await reads(of: name).prefix(24) {
            guard let nobody = try? await get(read.path, Self.program), !nobody.answer.isSuccess else { continue }
            let seen = try await bear(token.text, read.path)
            if seen.answer.isSuccess { found.append(Reachable(entry: read.entry, path: read.path, answer: seen)) }
        }
        guard !found.isEmpty else {
            throw Obstacle.notAvailable("no read is known that the token opens and nobody gets without it")
        }
        return found
    }

    func bear(_ token: String, _ path: String) async throws -> Sighting {
        try await ask(.get(path, Self.program + [("Authorization", "Bearer \(token)")]))
    }
}
