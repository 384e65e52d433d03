import Foundation
import Kernel
import TestKit
import Testing

@testable import Identity

@Suite("A password hash")
struct PasswordHasherTests {
    private let keys = TestKeys()

    private func hasher(_ change: (inout PasswordSettings) -> Void = { $0.cost = 4 }) -> PasswordHasher {
        var settings = PasswordSettings()
        settings.memory = 7168
        settings.passes = 1
        change(&settings)
        return PasswordHasher(settings: settings, keys: keys, random: SeededRandomSource(seed: 11))
    }

    @Test("costs 12 unless told otherwise, and names its key")
    func standard() throws {
        let hash = try hasher { _ in }.hash(Password("correct horse battery staple"))
        let id = try keys.signing(.passwordPepper).id
        #expect(hash.hasPrefix("v1:\(id):$2b$12$"))
        #expect(!hash.contains("horse"))
    }

    @Test("verifies its own password and no other, whatever the password", arguments: Seeds.first(12))
    func property(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = "abcXYZ0189 äöüß№🙂\u{301}\u{200F}\u{0}'\"<>&;--"
        let one = generator.text(0...300, of: alphabet)
        let other = generator.text(0...300, of: alphabet)
        let hasher = hasher()
        let hash = try hasher.hash(Password(one))
        #expect(hasher.verify(Password(one), against: hash).matches)
        let isSame = one.precomposedStringWithCanonicalMapping.utf8.elementsEqual(
            other.precomposedStringWithCanonicalMapping.utf8)
        #expect(hasher.verify(Password(other), against: hash).matches == isSame)
    }

    @Test("tells passwords apart beyond 72 bytes and behind a NUL, which bcrypt alone doesn't")
    func nothingIsCutOff() throws {
        let hasher = hasher()
        let long = String(repeating: "x", count: 72)
        let hash = try hasher.hash(Password(long + "a"))
        #expect(!hasher.verify(Password(long + "b"), against: hash).matches)
        let withNUL = try hasher.hash(Password("before\u{0}after"))
        #expect(!hasher.verify(Password("before\u{0}other"), against: withNUL).matches)
        #expect(!hasher.verify(Password("before"), against: withNUL).matches)
    }

    @Test("is the same for every way to type an accent")
    func composed() throws {
        let hasher = hasher()
        let hash = try hasher.hash(Password("caf\u{E9} cr\u{E8}me"))
        #expect(hasher.verify(Password("cafe\u{301} cre\u{300}me"), against: hash).matches)
    }

    @Test("is stale once cost, scheme or key are others, and still matches")
    func stale() throws {
        let password = Password("correct horse battery staple")
        let hash = try hasher().hash(password)
        #expect(hasher().verify(password, against: hash) == .init(matches: true, isStale: false))
        #expect(hasher { $0.cost = 5 }.verify(password, against: hash) == .init(matches: true, isStale: true))
        #expect(hasher { $0.scheme = .argon2id }.verify(password, against: hash) == .init(matches: true, isStale: true))
        let argon = try hasher { $0.scheme = .argon2id }.hash(password)
        #expect(argon.contains(":$argon2id$v=19$m=7168,t=1,p=1$"))
        #expect(
            hasher { $0.scheme = .argon2id }.verify(password, against: argon) == .init(matches: true, isStale: false))
        #expect(!hasher { $0.scheme = .argon2id }.verify(Password("another password"), against: argon).matches)
        #expect(hasher().verify(password, against: argon) == .init(matches: true, isStale: true))
        keys.rotate(.passwordPepper)
        #expect(hasher().verify(password, against: hash) == .init(matches: true, isStale: true))
        let newer = try hasher().hash(password)
        #expect(hasher().verify(password, against: newer) == .init(matches: true, isStale: false))
    }

    @Test("whose key was destroyed matches nothing")
    func destroyed() throws {
        let password = Password("correct horse battery staple")
        let hash = try hasher().hash(password)
        keys.destroy(try keys.signing(.passwordPepper).id)
        #expect(!hasher().verify(password, against: hash).matches)
    }

    @Test(
        "that is damaged matches nothing",
        arguments: ["v1:", "v1::", "v1:x:$2b$04$", "v1:0011223344556677:$2b$04$abc", "", "v2:a:b"])
    func damaged(text: String) {
        #expect(!hasher().verify(Password(""), against: text).matches)
        #expect(!hasher().verify(Password("password"), against: text).matches)
    }

    @Test("of another library is verified and asked to be renewed")
    func foreign() throws {
        let row = try #require(ForeignHashRow.all.first { $0.scheme == "pbkdf2:sha256" })
        #expect(hasher().verify(Password(row.password), against: row.hash) == .init(matches: true, isStale: true))
    }

    @Test("shows its password nowhere")
    func redacted() {
        let password = Password("canary-7f3a correct horse")
        var dumped = ""
        dump(password, to: &dumped)
        #expect(!"\(password) \(String(reflecting: password)) \(dumped)".contains("canary"))
    }
}

@Suite("The password policy")
struct PasswordPolicyTests {
    private let policy = PasswordPolicy(settings: PasswordSettings())
    private let context = ["maria.gonzalez@example.com", "portfolio.example.org", "seaworthy"]

    @Test(
        "takes what nobody would guess",
        arguments: [
            "correct horse battery staple", "vier Schafe trinken Limonade", "Zürich-Straße № 7 ünïcode",
            "tr0ub4dor&3 is not good", "🙂🙃😉😌 emoji also count", "k3F9!pQz7#Lm2@Xw", "one two buckle my shoe 3 4",
            "the winter of our discontent", "Donnerstag regnet es meistens",
        ])
    func taken(password: String) { #expect(policy.judge(Password(password), context: context) == nil) }

    @Test(
        "refuses what is tried first",
        arguments: [
            ("short", "too-short"), ("", "too-short"), ("14 characters.", "too-short"),
            (String(repeating: "ab cd ef ", count: 40), "too-long"),
            ("tab\u{9}tab and some more", "control-character"), ("nul\u{0}nul and some more", "control-character"),
            ("password1234567", "common"), ("P@ssw0rdP@ssw0rd!", "common"), ("iloveyou2024!!!!", "common"),
            ("Welcome12345678!", "common"), ("qwertypassword123", "common"), ("Summer2025!!!!!!!", "common"),
            ("1029384756102938", "common"), ("00000000000000000", "common"), ("Password-Password-1", "common"),
            ("aaaaaaaaaaaaaaaaaaaa", "pattern"), ("abcdefghijklmnopqrst", "pattern"),
            ("qwertyuiopasdfghjkl", "pattern"),
            ("xkcd xkcd xkcd xkcd ", "pattern"), ("zyxwvutsrqponmlkjihg", "pattern"),
            ("fghijk-fghijk-fghijk", "pattern"),
            ("maria.gonzalez@example.com", "personal"), ("Maria Gonzalez 77", "personal"),
            ("portfolio-seaworthy", "personal"), ("GONZALEZgonzalez12", "personal"),
        ])
    func refused(password: String, code: String) {
        let refusal = policy.judge(Password(password), context: context)
        #expect(refusal?.code == code)
        #expect(refusal?.detail.isEmpty == false)
    }

    @Test("counts characters, not bytes, after they are composed")
    func characters() {
        #expect(policy.judge(Password("äöüäöü ßßß äöüé"), context: []) == nil)
        // Fifteen scalars as typed are eight composed ones.
        #expect(
            policy.judge(Password("e\u{301}a\u{300}o\u{302}u\u{308}e\u{300}i\u{302}o\u{301}x"), context: [])?.code
                == "too-short")
    }

    @Test("asks for classes only when told")
    func classes() {
        var settings = PasswordSettings()
        settings.asksForClasses = true
        let strict = PasswordPolicy(settings: settings)
        #expect(strict.judge(Password("correct horse battery staple"), context: [])?.code == "classes")
        #expect(strict.judge(Password("Correct horse battery staple 7"), context: []) == nil)
    }

    @Test("off asks for eight characters and nothing else")
    func off() {
        var settings = PasswordSettings()
        settings.mode = .off
        let lax = PasswordPolicy(settings: settings)
        #expect(lax.judge(Password("password"), context: []) == nil)
        #expect(lax.judge(Password("passwor"), context: []) == .tooShort(minimum: 8))
    }
}

@Suite("A list of breached passwords")
struct BreachedPasswordsTests {
    private func list(_ text: String) throws -> BreachedPasswords {
        let directory = try TemporaryDirectory("breached")
        let path = directory.file("list.txt")
        try Data(text.utf8).write(to: URL(filePath: path))
        return try BreachedPasswords(path: path)
    }

    @Test("of plain passwords knows each, whatever ends its lines")
    func plain() throws {
        let list = try list("correct horse battery staple\r\nzürich zürich 123\n\nlast one without an end")
        #expect(list.count == 3)
        for one in ["correct horse battery staple", "zürich zürich 123", "last one without an end"] {
            #expect(list.contains(one))
        }
        for other in ["", "correct horse battery stapl", "Correct horse battery staple"] {
            #expect(!list.contains(other))
        }
    }

    @Test("of sorted hashes finds each of them by halving", arguments: ["\n", "\r\n"])
    func hashes(end: String) throws {
        let passwords = (0..<500).map { "breached password number \($0)" }
        let lines = passwords.map { TestDigest.sha1($0) }.sorted().enumerated().map { "\($0.element):\($0.offset)" }
        let list = try list(lines.joined(separator: end) + end)
        #expect(list.count == nil)
        for one in passwords { #expect(list.contains(one), "\(one)") }
        for number in 500..<700 { #expect(!list.contains("breached password number \(number)")) }
    }

    @Test("is refused where there is no file")
    func missing() {
        #expect(throws: BreachedPasswords.Unreadable.self) { try BreachedPasswords(path: "/nowhere/at/all") }
    }
}

@Suite("The threads that hash passwords")
struct PasswordPoolTests {
    private static let ofThread = __priority_which_t(PRIO_PROCESS.rawValue)

    @Test("let others go first, and only they")
    func nicer() async throws {
        let pool = PasswordPool(workers: 1, queue: 3)
        let own = getpriority(Self.ofThread, 0)
        let hashing = try await pool.run { getpriority(Self.ofThread, 0) }
        #expect(hashing == min(19, getpriority(Self.ofThread, id_t(getpid())) + 5))
        #expect(try await pool.run { getpriority(Self.ofThread, 0) } == hashing)
        #expect(getpriority(Self.ofThread, 0) == own && own < hashing)
        await pool.stop()
    }

    @Test("answer 503 with Retry-After once their queue is full, and go on afterwards")
    func full() async throws {
        let pool = PasswordPool(workers: 1, queue: 3)
        let gate = Gate()
        let outcomes = await withTaskGroup(of: Problem?.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    do {
                        try await pool.run { gate.wait() }
                        return nil
                    } catch { return error as? Problem }
                }
            }
            // All have been taken or refused before anything may end.
            try? await eventually { pool.current.running + pool.current.refused == 32 }
            gate.open()
            var outcomes: [Problem?] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        let refused = outcomes.compactMap(\.self)
        #expect(refused.count == 28 && outcomes.count == 32)
        #expect(refused.allSatisfy { $0.status == 503 && $0.retryAfter == 3 && $0.reason == "identity.busy" })
        #expect(try await pool.run { 7 } == 7)
        #expect(pool.current.running == 0 && pool.current.refused == 28)
        await pool.stop()
    }
}
