import Crypto
import Foundation
import Kernel
import TestKit
import Testing

@testable import Identity

@Suite("Access tokens")
struct AccessTokenTests {
    struct Hostile: Sendable, CustomTestStringConvertible {
        let name: String
        let refusal: TokenRefusal
        let make: @Sendable (TokenForge) throws -> String
        var testDescription: String { name }
        init(_ name: String, _ refusal: TokenRefusal, _ make: @escaping @Sendable (TokenForge) throws -> String) {
            (self.name, self.refusal, self.make) = (name, refusal, make)
        }
    }

    private static func publicKey(_ forge: TokenForge) throws -> [UInt8] {
        guard case .edDSA(let key, _) = try forge.signer() else { return [] }
        return Array(key.publicKey.rawRepresentation)
    }

    private static func doubled(_ text: String, _ name: String, _ value: String) -> String {
        "{\"\(name)\":\"\(value)\"," + text.dropFirst()
    }

    static let table: [Hostile] = [
        Hostile("nothing", .malformed) { _ in "" },
        Hostile("two dots", .malformed) { _ in ".." },
        Hostile("two parts", .malformed) { try $0.good().split(separator: ".").dropLast().joined(separator: ".") },
        Hostile("four parts", .malformed) { try $0.good() + ".AA" },
        Hostile("five parts, as of an encrypted token", .malformed) { forge in
            let head = Base64URL.text(
                TokenForge.json(["alg": "dir", "enc": "A256GCM", "kid": try forge.signer().id]).utf8)
            return "\(head)..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"
        },
        Hostile("alg none without a signature", .algorithm) { forge in
            var parts = try forge.with(header: ["alg": "none"]).split(separator: ".").map(String.init)
            parts[2] = ""
            return parts.joined(separator: ".")
        },
        Hostile("alg none with one", .algorithm) { try $0.with(header: ["alg": "none"]) },
        Hostile("alg NoNe", .algorithm) { try $0.with(header: ["alg": "NoNe"]) },
        Hostile("alg eddsa in small letters", .algorithm) { try $0.with(header: ["alg": "eddsa"]) },
        Hostile("HS256 with the public key as its secret", .algorithm) { forge in
            var header = try forge.header()
            header["alg"] = "HS256"
            return forge.hmac(header, key: try publicKey(forge))
        },
        Hostile("HMAC with the public key, called EdDSA", .signature) { forge in
            forge.hmac(try forge.header(), key: try publicKey(forge))
        },
        Hostile("ES256 under the EdDSA key's name", .algorithm) { forge in
            var header = try forge.header()
            header["alg"] = "ES256"
            return try forge.sign(header, forge.claims, .es256)
        },
        Hostile("EdDSA under the ES256 key's name", .algorithm) { forge in
            var header = try forge.header(.es256)
            header["alg"] = "EdDSA"
            return try forge.sign(header, forge.claims)
        },
        Hostile("no alg", .header) { try $0.with(header: ["alg": nil]) },
        Hostile("alg as a number", .algorithm) { try $0.with(header: ["alg": 1]) },
        Hostile("no typ", .header) { try $0.with(header: ["typ": nil]) },
        Hostile("typ JWT", .type) { try $0.with(header: ["typ": "JWT"]) },
        Hostile("an identity token's typ", .type) { try $0.with(header: ["typ": "seaworthy-identity+jwt"]) },
        Hostile("typ in capitals", .type) { try $0.with(header: ["typ": "AT+JWT"]) },
        Hostile("no kid", .header) { try $0.with(header: ["kid": nil]) },
        Hostile("an unknown kid", .key) { try $0.with(header: ["kid": "sat-0000000000000000"]) },
        Hostile("a kid without our prefix", .key) { forge in
            try forge.with(header: ["kid": String(forge.signer().id.dropFirst(4))])
        },
        Hostile("a kid that is a path", .key) { try $0.with(header: ["kid": "sat-../../../../dev/null"]) },
        Hostile("a kid of SQL", .key) { try $0.with(header: ["kid": "sat-' UNION SELECT 'x' --"]) },
        Hostile("a long kid", .key) { try $0.with(header: ["kid": "sat-" + String(repeating: "0", count: 500)]) },
        Hostile("a destroyed key", .key) { forge in
            let token = try forge.good()
            forge.keys.destroy(try forge.keys.signing(.accessToken).id)
            return token
        },
        Hostile("the key of another purpose", .signature) { forge in
            let signer = try TokenSigner(forge.keys.signing(.token), .edDSA)
            let text =
                Base64URL.text(TokenForge.json(try forge.header()).utf8) + "."
                + Base64URL.text(TokenForge.json(forge.claims).utf8)
            return text + "." + Base64URL.text(try signer.signature(over: Array(text.utf8)))
        },
        Hostile("crit", .critical) { try $0.with(header: ["crit": "exp"]) },
        Hostile("crit as a list", .malformed) { try $0.with(header: ["crit": ["exp"]]) },
        Hostile("a key in the header", .malformed) { try $0.with(header: ["jwk": ["kty": "OKP"]]) },
        Hostile("a key's address in the header", .header) { try $0.with(header: ["jku": "https://evil.example"]) },
        Hostile("x5u", .header) { try $0.with(header: ["x5u": "https://evil.example"]) },
        Hostile("b64", .header) { try $0.with(header: ["b64": false]) },
        Hostile("zip", .header) { try $0.with(header: ["zip": "DEF"]) },
        Hostile("a duplicate member of the header", .malformed) { forge in
            try forge.sign(doubled(TokenForge.json(forge.header()), "alg", "none"), TokenForge.json(forge.claims))
        },
        Hostile("a duplicate claim", .malformed) { forge in
            try forge.sign(TokenForge.json(forge.header()), doubled(TokenForge.json(forge.claims), "sub", "root"))
        },
        Hostile("a duplicate claim by an escape", .malformed) { forge in
            try forge.sign(TokenForge.json(forge.header()), doubled(TokenForge.json(forge.claims), "s\\u0075b", "root"))
        },
        Hostile("another issuer", .issuer) { try $0.with(claims: ["iss": "https://evil.example"]) },
        Hostile("the issuer with a slash", .issuer) { try $0.with(claims: ["iss": "https://app.example/"]) },
        Hostile("no issuer", .issuer) { try $0.with(claims: ["iss": nil]) },
        Hostile("another audience", .audience) { try $0.with(claims: ["aud": "app"]) },
        Hostile("no audience", .audience) { try $0.with(claims: ["aud": nil]) },
        Hostile("audiences", .malformed) { try $0.with(claims: ["aud": ["https://app.example", "x"]]) },
        Hostile("expired", .expired) { try $0.with(claims: ["exp": $0.now - 1]) },
        Hostile("expiring now", .expired) { try $0.with(claims: ["exp": $0.now]) },
        Hostile("no end", .malformed) { try $0.with(claims: ["exp": nil]) },
        Hostile("an end that is no number", .malformed) { try $0.with(claims: ["exp": "never"]) },
        Hostile("a huge end", .malformed) { forge in
            try forge.sign(
                TokenForge.json(forge.header()),
                TokenForge.json(forge.claims).replacing("\"exp\":\(forge.now + 60)", with: "\"exp\":1e400"))
        },
        Hostile("an end beyond 64 bits", .malformed) { forge in
            try forge.sign(
                TokenForge.json(forge.header()),
                TokenForge.json(forge.claims).replacing(
                    "\"exp\":\(forge.now + 60)", with: "\"exp\":99999999999999999999"))
        },
        Hostile("good from tomorrow", .early) { try $0.with(claims: ["nbf": $0.now + 86_400]) },
        Hostile("good from the next second", .early) { try $0.with(claims: ["nbf": $0.now + 1]) },
        Hostile("no beginning", .malformed) { try $0.with(claims: ["nbf": nil]) },
        Hostile("nobody", .malformed) { try $0.with(claims: ["sub": nil]) },
        Hostile("no sign-in", .malformed) { try $0.with(claims: ["sid": nil]) },
        Hostile("padded base64", .malformed) { forge in
            let parts = try forge.good().split(separator: ".").map(String.init)
            return "\(parts[0]).\(parts[1]).\(parts[2])=="
        },
        Hostile("plain base64's letters", .malformed) { try $0.good() + "+/" },
        Hostile("bits left over in the signature", .malformed) { forge in
            // 64 bytes are 86 characters, of whose last four bits count for nothing.
            let token = try forge.good()
            let last = token.utf8.last ?? 0
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
            let place = alphabet.firstIndex(of: last) ?? 0
            return token.dropLast() + String(decoding: [alphabet[place | 1]], as: UTF8.self)
        },
        Hostile("white space", .malformed) { try $0.good() + " " },
        Hostile("a line end", .malformed) { try $0.good() + "\n" },
        Hostile("NUL", .malformed) { try $0.good() + "\u{0}" },
        Hostile("a short signature", .signature) { forge in
            try forge.good().split(separator: ".").dropLast().joined(separator: ".") + ".AAAA"
        },
        Hostile("a signature of zeros", .signature) { forge in
            let zeros = Base64URL.text([UInt8](repeating: 0, count: 64))
            return try forge.good().split(separator: ".").dropLast().joined(separator: ".") + "." + zeros
        },
        Hostile("claims of another token under its signature", .signature) { forge in
            let (one, two) = (try forge.good(), try forge.with(claims: ["sub": "root"]))
            let (a, b) = (one.split(separator: "."), two.split(separator: "."))
            return "\(a[0]).\(b[1]).\(a[2])"
        },
        Hostile("a huge token", .malformed) { forge in
            try forge.with(claims: ["x": String(repeating: "x", count: 1_000_000)])
        },
        Hostile("deep claims", .malformed) { forge in
            try forge.sign(
                TokenForge.json(forge.header()),
                String(repeating: "{\"a\":", count: 150) + "1" + String(repeating: "}", count: 150))
        },
        Hostile("claims that are a list", .malformed) { try $0.sign(TokenForge.json($0.header()), "[]") },
        Hostile("claims that aren't UTF-8", .malformed) { forge in
            let head = Base64URL.text(TokenForge.json(try forge.header()).utf8)
            let text = head + "." + Base64URL.text([0x7B, 0xFF, 0x7D])
            return text + "." + Base64URL.text(try forge.signer().signature(over: Array(text.utf8)))
        },
    ]

    @Test("are refused for whatever is wrong with one, the first time and the next", arguments: table)
    func hostile(row: Hostile) throws {
        let forge = TokenForge()
        let reader = forge.reader()
        let token = try row.make(forge)
        for _ in 0..<2 {
            #expect(throws: row.refusal) { try reader.verify(token[...]) }
        }
    }

    @Test("verify under either algorithm, whichever signs now", arguments: TokenAlgorithm.allCases)
    func good(algorithm: TokenAlgorithm) throws {
        let forge = TokenForge()
        for reader in [forge.reader(.edDSA), forge.reader(.es256)] {
            let claims = try reader.verify(try forge.good(algorithm)[...])
            #expect(claims.account == "account" && claims.family == "family" && claims.id == "one")
            let own = try reader.make(for: "somebody", family: "sign-in", validFor: .seconds(3600))
            let read = try forge.reader(.edDSA).verify(own[...])
            #expect(read.account == "somebody" && read.family == "sign-in")
            #expect(read.expiresAt - read.issuedAt == 3600 && AccessTokens.isOne(own[...]))
        }
    }

    @Test("end on time though their verification is remembered")
    func rememberedEnds() throws {
        let forge = TokenForge()
        let reader = forge.reader()
        let token = try forge.good()
        _ = try reader.verify(token[...])
        forge.clock.advance(by: .seconds(59))
        _ = try reader.verify(token[...])
        forge.clock.advance(by: .seconds(1))
        #expect(throws: TokenRefusal.expired) { try reader.verify(token[...]) }
    }

    @Test("go on through a rotation, and end with their key though remembered")
    func rotation() throws {
        let forge = TokenForge()
        let reader = forge.reader()
        let old = try reader.make(for: "a", family: "f", validFor: .seconds(3600))
        let first = try forge.keys.signing(.accessToken).id
        forge.keys.rotate(.accessToken)
        let new = try reader.make(for: "a", family: "f", validFor: .seconds(3600))
        _ = try reader.verify(old[...])
        _ = try reader.verify(new[...])
        let keySet = String(decoding: try reader.keySet(), as: UTF8.self)
        #expect(keySet.components(separatedBy: "\"kid\":\"sat-").count == 3)
        forge.keys.destroy(first)
        #expect(throws: TokenRefusal.key) { try reader.verify(old[...]) }
        _ = try reader.verify(new[...])
        #expect(!String(decoding: try reader.keySet(), as: UTF8.self).contains(first))
    }

    @Test("a stranger's bearer isn't taken for one of ours")
    func strangers() throws {
        let forge = TokenForge()
        for text in [
            "", "x", "eyJ", "eyJ.", "theirs", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "a.b.c",
            try forge.with(header: ["kid": "theirs"]), try forge.with(header: ["kid": nil]),
        ] {
            #expect(!AccessTokens.isOne(text[...]), "\(text.prefix(30))")
        }
        #expect(AccessTokens.isOne(try forge.with(header: ["alg": "none"])[...]))
    }

    @Test("what ends like one that is remembered is no other's proof")
    func alike() throws {
        let forge = TokenForge()
        let reader = forge.reader()
        let token = Array(try forge.good().utf8)
        #expect(try reader.verify(String(decoding: token, as: UTF8.self)[...]).account == "account")
        for place in token.indices.dropLast(8) {
            var changed = token
            changed[place] = changed[place] == 0x41 ? 0x42 : 0x41
            #expect((try? reader.verify(String(decoding: changed, as: UTF8.self)[...])) == nil, "\(place)")
        }
        #expect((try? reader.verify(String(decoding: token.suffix(8), as: UTF8.self)[...])) == nil)
        #expect((try? reader.verify("")) == nil)
        #expect(try reader.verify(String(decoding: token, as: UTF8.self)[...]).account == "account")
    }

    @Test("parts are told by exactly two dots", arguments: ["", ".", "..", "...", "a.b", "a.b.c.d", "..a", "é.é.é"])
    func parts(text: String) throws {
        let forge = TokenForge()
        #expect(throws: TokenRefusal.malformed) { try CompactToken(text[...]) }
        let good = try forge.good()
        #expect(throws: TokenRefusal.malformed) { try CompactToken((good + text + ".")[...]) }
    }

    @Test("any change of one character is refused", arguments: [1, 2, 3] as [UInt64])
    func flips(seed: UInt64) throws {
        let forge = TokenForge()
        let reader = forge.reader()
        let token = Array(try forge.good().utf8)
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ABCXYZabcxyz0189-_.=".utf8)
        for _ in 0..<300 {
            var changed = token
            let place = Int.random(in: 0..<changed.count, using: &random)
            changed[place] = alphabet.randomElement(using: &random) ?? 0x41
            guard changed != token else { continue }
            let text = String(decoding: changed, as: UTF8.self)
            #expect((try? reader.verify(text[...])) == nil, "\(place)")
        }
    }
}
