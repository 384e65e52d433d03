import Foundation
import Testing

@testable import Readiness

@Suite("A signed launch file is taken only from the key that counts, whole and in time")
struct SignedLaunchTests {
    private let issued = 1_795_000_000 as Int64
    private let file = LaunchFile(
        madeAt: "2026-11-26T10:00:00Z", target: "http://app", figures: [.init(figure: "uat.pass-rate", value: 91.5)],
        signatures: [])

    private func sealed() throws -> String {
        try SignedLaunch.sealed(
            file, by: try SigningKey(pem: AttestationTests.privatePEM), issuedAt: issued, validFor: 3_600)
    }

    private func taken(_ text: String, seed: [UInt8]? = Array(1...32), at now: Int64? = nil) throws -> String {
        let key = try seed.map { try VerifyingKey(pem: try AttestationTests.publicPEM($0)) }
        do throws(LaunchFile.Refusal) {
            let read = try LaunchFile(json: Array(text.utf8), signedBy: key, now: now ?? issued + 10)
            return read == file ? "taken" : "another"
        } catch { return error.description }
    }

    @Test("what was signed is taken as it was exported, and verify shows it")
    func good() throws {
        #expect(try taken(try sealed()) == "taken")
        #expect(try taken(file.json(), seed: nil) == "taken")
        let key = try VerifyingKey(pem: try AttestationTests.publicPEM(Array(1...32)))
        let verified = try Verification(key: key, now: issued).launch(Array(try sealed().utf8))
        #expect(verified?.text.contains("uat.pass-rate 91.5") == true)
    }

    @Test("another key, another time, no key, no signature and another statement are refused")
    func refused() throws {
        #expect(try taken(try sealed(), seed: Array(2...33)).contains("isn't signed by this key"))
        #expect(try taken(try sealed(), at: issued + 3_601).contains("expired"))
        #expect(try taken(try sealed(), at: issued - 301).contains("from the future"))
        #expect(try taken(try sealed(), seed: nil).contains("say whose signature counts"))
        #expect(try taken(file.json()).contains("isn't signed, and a key is given"))
        let report = try hostileReport()
        let verdict = try LaunchStatement(
            report, json: try report.json(), policy: [], subjects: [], commit: nil, issuedAt: issued, validFor: 3_600
        ).signed(by: try SigningKey(pem: AttestationTests.privatePEM))
        #expect(try taken(verdict).contains("the verdict of a check"))
        let key = try VerifyingKey(pem: try AttestationTests.publicPEM(Array(1...32)))
        var other = Verification(key: key, now: issued)
        other.target = "http://other"
        #expect(throws: Verification.Refusal.self) { try other.launch(Array(try sealed().utf8)) }
        other.target = nil
        other.level = "mvp"
        #expect(throws: Verification.Refusal.self) { try other.launch(Array(try sealed().utf8)) }
        // And the other way round: people's decisions are no verdict.
        #expect(throws: Verification.Refusal.self) {
            try Verification(key: key, now: issued).verify(Array(try sealed().utf8))
        }
    }

    @Test("a changed payload or signature, in any byte tried, is refused")
    func tampered() throws {
        let whole = try sealed()
        let bytes = Array(whole.utf8)
        for mark in ["\"payload\"", "\"sig\""] {
            let range = try #require(whole.range(of: mark))
            let start = whole.utf8.distance(from: whole.startIndex, to: range.upperBound) + 4
            for step in stride(from: 0, to: 60, by: 3) {
                var changed = bytes
                changed[start + step] =
                    changed[start + step] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                #expect(try taken(String(decoding: changed, as: UTF8.self)) != "taken", "\(mark) \(step)")
            }
        }
        for length in stride(from: 0, to: bytes.count - 2, by: 41) {
            #expect(try taken(String(decoding: bytes.prefix(length), as: UTF8.self)) != "taken", "\(length)")
        }
    }
}
