import Crypto
import Foundation
import Kernel
import TestKit
import Testing

@testable import Identity

/// Other people's programs on the same tokens: PyJWT and jwcrypto, from PyPI.
@Suite("Access tokens, by PyJWT and jwcrypto")
struct TokenOracleTests {
    /// Runs a script that reads JSON and writes JSON.
    static func python(_ script: String, _ input: [String: Any]) async throws -> [String: Any] {
        let directory = try TemporaryDirectory("oracle")
        defer { directory.remove() }
        let data = try JSONSerialization.data(withJSONObject: input)
        let file = try directory.write(String(decoding: data, as: UTF8.self), to: "input.json")
        let program = try directory.write(script, to: "oracle.py")
        let run = try await ForeignProgram.run("python3", [program, file])
        #expect(run.status == 0, "\(run.errors.suffix(800))")
        return try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any] ?? [:]
    }

    private static func privatePEM(_ signer: TokenSigner) -> String {
        switch signer {
        case .es256(let key, _): return key.pemRepresentation
        case .edDSA(let key, _):
            // PKCS #8 of RFC 8410 §7 around the 32 bytes.
            let head: [UInt8] = [
                0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
            ]
            let text = Data(head + Array(key.rawRepresentation)).base64EncodedString()
            return "-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n"
        }
    }

    @Test("verify ours with nothing but the key set, and ours verifies theirs", arguments: TokenAlgorithm.allCases)
    func bothWays(algorithm: TokenAlgorithm) async throws {
        let forge = TokenForge()
        let reader = forge.reader(algorithm)
        let token = try reader.make(for: "somebody", family: "sign-in", validFor: .seconds(100_000_000))
        let signer = try forge.signer(algorithm)
        let answer = try await Self.python(
            """
            import json, sys, jwt
            from jwcrypto import jwk, jwt as jwcrypto_jwt
            given = json.load(open(sys.argv[1]))
            token, alg = given["token"], given["alg"]
            keys = jwt.PyJWKSet.from_dict(given["keys"])
            head = jwt.get_unverified_header(token)
            claims = jwt.decode(token, keys[head["kid"]].key, algorithms=[alg], audience=given["issuer"],
                                issuer=given["issuer"], options={"require": ["exp", "nbf", "iat", "sub", "aud", "iss"]},
                                leeway=10**9)
            key_set = jwk.JWKSet.from_json(json.dumps(given["keys"]))
            other = jwcrypto_jwt.JWT(jwt=token, key=key_set, algs=[alg],
                                     check_claims={"iss": given["issuer"], "aud": given["issuer"], "nbf": None, "exp": None})
            mine = {"alg": alg, "typ": "at+jwt", "kid": given["kid"]}
            made = jwt.encode(given["claims"], given["pem"], algorithm=alg, headers=mine)
            key = jwk.JWK.from_pem(given["pem"].encode())
            second = jwcrypto_jwt.JWT(header=mine, claims=given["claims"])
            second.make_signed_token(key)
            json.dump({"claims": claims, "head": head, "jwcrypto": json.loads(other.claims), "made": made,
                       "second": second.serialize()}, sys.stdout)
            """,
            [
                "token": token, "alg": algorithm.rawValue, "issuer": forge.issuer, "kid": signer.id,
                "keys": try JSONSerialization.jsonObject(with: Data(reader.keySet())), "claims": forge.claims,
                "pem": Self.privatePEM(signer),
            ])
        for name in ["claims", "jwcrypto"] {
            let claims = try #require(answer[name] as? [String: Any])
            #expect(claims["sub"] as? String == "somebody" && claims["sid"] as? String == "sign-in", "\(name)")
        }
        #expect((answer["head"] as? [String: Any])?["typ"] as? String == "at+jwt")
        for name in ["made", "second"] {
            let made = try #require(answer[name] as? String)
            #expect(try reader.verify(made[...]).account == "account", "\(name)")
        }
    }
}
