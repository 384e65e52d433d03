import Crypto
import Foundation
import Kernel
import Operations
import TestKit
import Testing

@Suite("What counts as a secret")
struct SecretPolicyTests {
    static let weak: [(String, SecretJudgement.Flaw)] = [
        ("", .empty),
        ("secret", .wellKnown("everywhere")),
        ("CHANGE-ME", .wellKnown("everywhere")),
        ("dev", .wellKnown("Flask's tutorial")),
        ("keyboard cat", .wellKnown("Express' express-session")),
        ("your-256-bit-secret", .wellKnown("JWT.io")),
        ("a-string-secret-at-least-256-bits-long", .wellKnown("JWT.io")),
        ("ThisTokenIsNotSoSecretChangeIt", .wellKnown("Symfony's .env")),
        (
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            .wellKnown("FastAPI's documentation")
        ),
        ("django-insecure-k#3v9!x0q2w&8z$1m5n7b_c4d6f+g@h", .development),
        ("development_secret_0123456789abcdef0123456789", .development),
        ("<your secret key goes in this very place>", .placeholder),
        ("${SECRET_KEY_THAT_NOBODY_FILLED_IN_YET}", .placeholder),
        ("please-replace-me-with-a-real-one-before-launch", .placeholder),
        ("3f9a0c", .tooShort(atLeast: 32)),
        ("0123456789abcdef0123456789abcde", .tooShort(atLeast: 32)),
        (String(repeating: "a", count: 64), .repetitive),
        (String(repeating: "0123456789abcdef", count: 4), .repetitive),
        (String(repeating: "xK9#", count: 12), .repetitive),
        ("abcdefghijklmnopqrstuvwxyz0123456789", .predictable),
        ("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcc", .predictable),
        ("supersecretpasswordforproduction2026!", .predictable),
        ("qwertyuiopasdfghjklzxcvbnm1234567890", .predictable),
        ("the sun is always over our little boat", .predictable),
        ("hq5uVZb1vT0m8wWcYx3nJr7KdLpE2sGf\nBcc: x", .controlCharacter),
    ]

    @Test("weak, default, example and development secrets are told apart by their flaw", arguments: weak.indices)
    func weakOnes(_ index: Int) {
        let (text, flaw) = Self.weak[index]
        let judgement = SecretPolicy.judge(Secret(text))
        #expect(!judgement.isStrong)
        #expect(judgement.flaws.contains(flaw), "\(text): \(judgement)")
        if text.count > 6 { #expect(!judgement.description.contains(text)) }
    }

    @Test("random secrets of every usual form pass", arguments: Seeds.first(200))
    func strongOnes(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<48).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let hex = bytes.prefix(16).map { Vault.hex($0) }.joined()
        let all = bytes.map { Vault.hex($0) }.joined()
        let base64 = Data(bytes).base64EncodedString()
        let short = Data(bytes.prefix(24)).base64EncodedString()
        let printable = generator.text(
            32...32, of: "!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ^_abcdefghijklmnopqrstuvwxyz~")
        let named = "sk_live_production_secret_key_" + all
        for text in [hex, all, base64, short, printable, named] {
            let judgement = SecretPolicy.judge(Secret(text))
            #expect(judgement.isStrong, "\(text): \(judgement)")
        }
    }

    @Test(
        "passwords in addresses are judged too",
        arguments: [
            ("postgres://app:app@db/app", false, SecretJudgement.Flaw.passwordIsUser),
            ("postgres://u:postgres@db/app", false, .wellKnown("PostgreSQL's image")),
            ("postgres://u:short1@db/app", false, .tooShort(atLeast: 16)),
            ("postgres://u:p%61ssword@db/app", false, .wellKnown("everywhere")),
            ("postgres://db/app?user=u&password=hunter2", false, .wellKnown("everywhere")),
            ("redis://:foobared@cache:6379/0", true, .wellKnown("Redis' old redis.conf")),
            ("redis://cache:6379", true, .passwordMissing),
            ("redis://127.0.0.1.evil.example", true, .passwordMissing),
            ("not an address", true, .notAnAddress), ("://", false, .notAnAddress),
        ])
    func addresses(_ text: String, _ needsPassword: Bool, _ flaw: SecretJudgement.Flaw) {
        let judgement = SecretPolicy.judgeAddress(Secret(text), needsPassword: needsPassword)
        #expect(judgement.flaws.contains(flaw), "\(text): \(judgement)")
    }

    @Test(
        "addresses with a random password, or none where none is needed, pass",
        arguments: [
            ("postgres://app:Vx9Kq2Lm7Rt4Zp8W@db.example:5432/app?sslmode=verify-full", false),
            ("postgres://app@db/app", false), ("redis://127.0.0.1:6379", true), ("redis://[::1]:6379/1", true),
            ("redis://:Vx9Kq2Lm7Rt4Zp8Wc1@cache", true),
        ])
    func goodAddresses(_ text: String, _ needsPassword: Bool) {
        let judgement = SecretPolicy.judgeAddress(Secret(text), needsPassword: needsPassword)
        #expect(judgement.isStrong, "\(judgement)")
    }

    @Test("the parser of addresses bears anything", arguments: Seeds.first(100))
    func fuzz(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let text = generator.text(0...40, of: "a:/@%?#&=[]0é\u{0}p ")
            _ = SecretPolicy.judgeAddress(Secret(text + "://" + text), needsPassword: generator.oneIn(2))
            _ = SecretPolicy.judge(Secret(text))
        }
    }

    @Test("one secret under two names is found")
    func reused() {
        let found = SecretPolicy.reused([("A", Vault.rootA), ("B", Vault.rootB), ("C", Vault.rootA), ("D", Secret(""))])
        #expect(found.map(\.name) == ["C"] && found.map(\.sameAs) == ["A"])
    }

    @Test("equality looks at every byte")
    func timingSafe() {
        let bytes = Array(0...31 as ClosedRange<UInt8>)
        #expect(TimingSafe.equal(bytes, bytes))
        #expect(!TimingSafe.equal(bytes, Array(bytes.dropLast())))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(!TimingSafe.equal(bytes, other))
        }
    }
}
