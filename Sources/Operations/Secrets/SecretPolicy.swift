import Foundation
public import Kernel

/// Whether a secret is one: long, unpredictable, nobody's example. Pure: it judges, others refuse.
///
/// The measure is what is left of the text without words, sequences and repetitions that a guesser tries anyway; a random
/// secret that spells a word by chance passes (ASVS 5.0 V11.2.3, V13.3.1: 128 bits where nobody chose the letters).
public enum SecretPolicy {
    public static let shortest = 32
    /// By Shannon's measure over the text's own characters, which makes short texts look poorer than their source: 32
    /// random hexadecimal digits (128 bits) measure 105 to 125.
    static let leastBits = 80.0
    /// A password in an address is typed into nothing, so it can be random too; but it is checked online, by a server that
    /// can be slow about it.
    public static let shortestPassword = 16
    static let leastPasswordBits = 44.0

    /// A key: `secret-key`, `SECRET_KEY`, `JWT_SECRET`.
    public static func judge(_ secret: Secret) -> SecretJudgement {
        judge(secret.reveal(), atLeast: shortest, bits: leastBits)
    }

    /// A password.
    public static func judgePassword(_ secret: Secret) -> SecretJudgement {
        judge(secret.reveal(), atLeast: shortestPassword, bits: leastPasswordBits)
    }

    /// An address with a password, such as `DATABASE_URL` and `REDIS_URL`.
    ///
    /// - Parameter needsPassword: whether one must be there when the server is another machine. Redis has nothing else;
    ///   PostgreSQL has certificates and password files.
    public static func judgeAddress(_ secret: Secret, needsPassword: Bool) -> SecretJudgement {
        guard let address = AddressSecret(secret.reveal()) else { return SecretJudgement([.notAnAddress]) }
        guard let password = address.password, !password.isEmpty else {
            return needsPassword && !address.isLocal ? SecretJudgement([.passwordMissing]) : .strong
        }
        if let user = address.user, TimingSafe.equal(Array(user.utf8), Array(password.utf8)) {
            return SecretJudgement([.passwordIsUser])
        }
        return judgePassword(Secret(password))
    }

    /// Names of secrets that are equal to an earlier one: what one place loses, the other loses too.
    public static func reused(_ secrets: [(name: String, secret: Secret)]) -> [(name: String, sameAs: String)] {
        var found: [(String, String)] = []
        for (index, later) in secrets.enumerated() {
            let bytes = Array(later.secret.reveal().utf8)
            var same: String?
            for earlier in secrets.prefix(index)
            where TimingSafe.equal(Array(earlier.secret.reveal().utf8), bytes) && same == nil {
                same = earlier.name
            }
            if let same, !bytes.isEmpty { found.append((later.name, same)) }
        }
        return found
    }

    private static func judge(_ text: String, atLeast shortest: Int, bits: Double) -> SecretJudgement {
        guard !text.isEmpty else { return SecretJudgement([.empty]) }
        var flaws: [SecretJudgement.Flaw] = []
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { flaws.append(.controlCharacter) }
        if let place = KnownSecrets.place(of: text) {
            flaws.append(.wellKnown(place))
        } else if KnownSecrets.isPlaceholder(text) {
            flaws.append(.placeholder)
        } else if KnownSecrets.isForDevelopment(text) {
            flaws.append(.development)
        }
        if text.unicodeScalars.count < shortest { flaws.append(.tooShort(atLeast: shortest)) }
        if flaws.isEmpty {
            let bytes = Array(text.utf8)
            if Guessing.unit(of: bytes).count < bytes.count {
                flaws.append(.repetitive)
            } else if Guessing.bits(bytes) < bits {
                flaws.append(.predictable)
            }
        }
        return SecretJudgement(flaws)
    }
}

/// What a guesser would have to guess.
enum Guessing {
    /// The shortest piece whose repetition gives the text; the text itself when there is none.
    static func unit(of bytes: [UInt8]) -> ArraySlice<UInt8> {
        let half = bytes.count / 2
        for period in 1..<max(2, half + 1) where period <= half {
            if zip(bytes, bytes.dropFirst(period)).allSatisfy({ $0 == $1 }) { return bytes.prefix(period) }
        }
        return bytes[...]
    }

    /// Bits of what is left when words, runs and sequences count as one character each.
    static func bits(_ bytes: [UInt8]) -> Double {
        let spelled = isSpelled(bytes)
        let rest = withoutRuns(withoutWords(bytes))
        var counts: [UInt8: Int] = [:]
        for byte in rest { counts[byte, default: 0] += 1 }
        let total = Double(rest.count)
        let perCharacter = counts.values.reduce(0.0) { sum, count in
            let share = Double(count) / total
            return sum - share * log2(share)
        }
        // Spelled words: as a passphrase of random words has them, no more.
        return total * (spelled ? min(perCharacter, 2) : perCharacter)
    }

    /// Lower-case letters with separators that look like a language: vowels among them, no long rows of consonants.
    private static func isSpelled(_ bytes: [UInt8]) -> Bool {
        var letters = 0
        var vowels = 0
        var consonants = 0
        var longest = 0
        var capitals = 0
        for byte in bytes {
            let lower = byte | 0x20
            if (0x61...0x7A).contains(lower) {
                letters += 1
                if byte < 0x61 { capitals += 1 }
                if "aeiou".utf8.contains(lower) {
                    vowels += 1
                    consonants = 0
                } else {
                    consonants += 1
                    longest = max(longest, consonants)
                }
            } else {
                consonants = 0
                guard [0x20, 0x2D, 0x2E, 0x5F, 0x2C, 0x21].contains(byte) else { return false }
            }
        }
        return letters > 0 && vowels * 10 >= letters * 3 && longest <= 4 && capitals * 4 <= letters
    }

    private static func withoutWords(_ bytes: [UInt8]) -> [UInt8] {
        let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        var rest: [UInt8] = []
        var index = 0
        while index < lower.count {
            let tail = lower[index...]
            if let word = words.first(where: { tail.starts(with: $0) }) {
                rest.append(0)
                index += word.count
            } else {
                rest.append(bytes[index])
                index += 1
            }
        }
        return rest
    }

    /// `aaaa`, `abcd` and `4321` say little more than their first character.
    private static func withoutRuns(_ bytes: [UInt8]) -> [UInt8] {
        var rest: [UInt8] = []
        var index = 0
        while index < bytes.count {
            var end = index + 1
            if end < bytes.count {
                let step = Int(bytes[end]) - Int(bytes[index])
                if abs(step) <= 1 {
                    while end < bytes.count, Int(bytes[end]) - Int(bytes[end - 1]) == step { end += 1 }
                }
            }
            rest.append(bytes[index])
            if end - index >= 4 {
                index = end
            } else {
                index += 1
            }
        }
        return rest
    }

    /// Longest first, so that the longest is taken.
    private static let words: [[UInt8]] = [
        "production", "development", "application", "environment", "authentication", "administrator", "configuration",
        "supersecret", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty", "qwerty", "password", "passphrase",
        "passwort",
        "changeme", "insecure", "private", "secret", "session", "cookie", "signing", "encryption", "database",
        "postgres",
        "redis", "example", "default", "testing", "staging", "server", "service", "company", "website", "please",
        "replace",
        "change", "random", "string", "should", "really", "never", "token", "master", "admin", "login", "local",
        "super",
        "strong", "secure", "key", "jwt", "this", "that", "with", "very", "long", "must", "least", "characters",
        "character",
        "your", "my", "the", "and", "for", "not", "use", "api", "app", "dev", "test", "prod", "user", "root", "pass",
        "hello",
        "world", "welcome", "foobar", "bazqux", "lorem", "ipsum", "dolor", "2020", "2021", "2022", "2023", "2024",
        "2025",
        "2026", "2027",
    ].sorted { $0.count > $1.count }.map { Array($0.utf8) }
}
