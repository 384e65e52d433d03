import Crypto
import Foundation
import Testing

@testable import Readiness

@Suite("An attestation is believed only as far as its signature, its time and its subject go")
struct AttestationTests {
    /// Made by `openssl genpkey -algorithm ed25519` for this test alone; it opens nothing.
    static let privatePEM = pem(
        "PRIVATE KEY", [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20] + Array(1...32))
    static func publicPEM(_ seed: [UInt8]) throws -> String {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey
        return pem(
            "PUBLIC KEY", [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0] + Array(key.rawRepresentation))
    }
    static func pem(_ label: String, _ der: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Data(der).base64EncodedString())\n-----END \(label)-----\n"
    }
    private let issued = 1_795_000_000 as Int64
    private let digest = String(repeating: "ab", count: 32)

    private func envelope(_ change: (inout Report) -> Void = { _ in }) throws -> String {
        var report = try hostileReport()
        change(&report)
        let attestation = LaunchStatement(
            report, json: try report.json(), policy: Array("policy".utf8),
            subjects: [.init(name: "app.tar", sha256: digest)], commit: "abcdef", issuedAt: issued, validFor: 3_600)
        return try attestation.signed(by: try SigningKey(pem: Self.privatePEM))
    }

    private func verify(
        _ envelope: String, at now: Int64? = nil, seed: [UInt8] = Array(1...32),
        _ change: (inout Verification) -> Void = { _ in }
    ) throws -> Result<Verification.Statement, Verification.Refusal> {
        var verification = Verification(key: try VerifyingKey(pem: try Self.publicPEM(seed)), now: now ?? issued + 10)
        change(&verification)
        do throws(Verification.Refusal) { return .success(try verification.verify(Array(envelope.utf8))) } catch {
            return .failure(error)
        }
    }

    @Test("what was signed is verified, with its verdict, subject and evidence")
    func good() throws {
        let statement = try verify(try envelope()) {
            $0.target = "http://127.0.0.1:5000"
            $0.level = "mvp"
            $0.subject = digest.uppercased()
            $0.policy = sha256("policy".utf8)
            $0.commit = "abcdef"
        }.get()
        #expect(statement.verdict == .noGo && statement.score == 61 && statement.evidence == 1)
        #expect(statement.subjects == [.init(name: "app.tar", sha256: digest)])
        let report = try hostileReport()
        #expect(
            (try? verify(try envelope(), { $0.report = sha256((try? report.json())?.utf8 ?? "".utf8) }).get()) != nil)
    }

    @Test("an interrupted run attests to no judgement, even when nothing stood in the way")
    func interrupted() throws {
        let text = try envelope {
            $0.isInterrupted = true
            $0.verdicts = [Verdict(level: "mvp", decision: .go, blockers: [])]
        }
        #expect(try verify(text).get().verdict == .couldNotJudge)
    }

    @Test("a run of a few checks signs no GO; what it saw to be broken it signs")
    func part() throws {
        for (decision, expected) in [(Decision.go, Decision.couldNotJudge), (.noGo, .noGo)] {
            let text = try envelope {
                $0.only = ["headers.referrer-policy"]
                $0.verdicts = [Verdict(level: "mvp", decision: decision, blockers: [])]
            }
            #expect(try verify(text).get().verdict == expected)
        }
    }

    @Test("a changed payload or signature, in any byte tried, is refused")
    func tampered() throws {
        let text = try envelope()
        let value = try JSONReader.value(Array(text.utf8))
        let payload = try #require(value.at("/payload")?.string.flatMap { Data(base64Encoded: $0) })
        for index in stride(from: 0, to: payload.count, by: 37) {
            var changed = payload
            changed[index] ^= 1
            let other = text.replacing(payload.base64EncodedString(), with: changed.base64EncodedString())
            #expect(try verify(other) == .failure(.tampered))
        }
        let go = String(decoding: payload, as: UTF8.self).replacing("no-go", with: "go")
        #expect(
            try verify(text.replacing(payload.base64EncodedString(), with: Data(go.utf8).base64EncodedString()))
                == .failure(.tampered))
        let signature = try #require(value.at("/signatures/0/sig")?.string)
        #expect(
            try verify(text.replacing(signature, with: Data(count: 64).base64EncodedString())) == .failure(.tampered))
    }

    @Test("no byte of the whole envelope can be changed: not the key's name, not the unused bits of base64")
    func everyByte() throws {
        let bytes = Array(try envelope().utf8)
        let verification = Verification(
            key: try VerifyingKey(pem: try Self.publicPEM(Array(1...32))), now: issued + 10)
        var accepted: [Int] = []
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            if (try? verification.verify(changed)) != nil { accepted.append(index) }
        }
        #expect(accepted.isEmpty)
    }

    @Test("a name that comes twice is refused: somebody else would read the other one")
    func repeated() throws {
        let twice = try envelope().replacing(
            "\"payloadType\"", with: "\"payloadType\":\"text/plain\",\"payloadType\"")
        guard case .failure(.malformed(let why)) = try verify(twice) else {
            Issue.record("not malformed")
            return
        }
        #expect(why.contains("payloadType comes twice"))
    }

    @Test("another key, no signature, another time and another subject are each refused with the reason")
    func refused() throws {
        let text = try envelope()
        func said(_ result: Result<Verification.Statement, Verification.Refusal>) -> String {
            if case .failure(let why) = result { return why.description }
            return "verified"
        }
        #expect(said(try verify(text, seed: Array(2...33))).contains("isn't signed by this key"))
        #expect(said(try verify(text.replacing("\"signatures\"", with: "\"others\""))).contains("but by nobody"))
        #expect(said(try verify(text, at: issued + 3_600)).contains("expired on 2026-11-18T"))
        #expect(try verify(text, at: issued + 3_599).get().verdict == .noGo)
        #expect(said(try verify(text, at: issued - 301)).contains("from the future"))
        #expect(said(try verify(text) { $0.subject = String(repeating: "0", count: 64) }).contains("another subject"))
        #expect(said(try verify(text) { $0.target = "http://127.0.0.1:5001" }).contains("another target"))
        #expect(said(try verify(text) { $0.level = "edge" }).contains("another level"))
        #expect(said(try verify(text) { $0.policy = digest }).contains("another policy"))
        #expect(said(try verify(text) { $0.report = digest }).contains("another report"))
        #expect(said(try verify(text) { $0.commit = "123" }).contains("another commit"))
    }

    @Test(
        "what is no envelope is said to be none",
        arguments: [
            "", "{}", "[1]", "{\"payloadType\":\"text/plain\"}",
            "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"%\"}",
            String(repeating: "[", count: 10_000),
        ])
    func malformed(text: String) throws {
        guard case .failure(.malformed) = try verify(text) else {
            Issue.record("not malformed")
            return
        }
    }

    @Test(
        "keys of other kinds, encrypted ones and none are refused with what they are",
        arguments: [
            ("", "no PEM"), (pem("RSA PRIVATE KEY", [1]), "holds a RSA PRIVATE KEY"),
            (pem("ENCRYPTED PRIVATE KEY", [1]), "is encrypted"),
            (pem("PRIVATE KEY", [1, 2, 3]), "no Ed25519 key"),
            (pem("PRIVATE KEY", Array(repeating: 0, count: 48)), "no Ed25519 key"),
        ])
    func keys(text: String, reason: String) {
        do throws(KeyProblem) {
            _ = try SigningKey(pem: text)
            Issue.record("a key")
        } catch { #expect(error.description.contains(reason), "\(error)") }
    }
}
