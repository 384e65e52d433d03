import CArgon2
import Crypto
import CryptoExtras
import Foundation
import Kernel

/// Hashes that other systems made and accounts are imported with: Werkzeug, Django, passlib and PHP.
///
/// They are only ever verified; the first sign-in replaces them. Parameters are bounded, so that no imported row can make a
/// sign-in take minutes or gigabytes.
enum ForeignHash {
    /// Which library's form a text has; nil for what isn't a hash that we can verify.
    static func scheme(of text: String) -> String? { parse(text)?.name }

    /// Whether the password is the one that was hashed: as it came, else in its composed form.
    static func verify(_ password: Password, against text: String) -> Bool {
        guard let form = parse(text) else { return false }
        if form.matches(password.raw) { return true }
        return password.composed.utf8.elementsEqual(password.raw.utf8) ? false : form.matches(password.composed)
    }

    private struct Form {
        let name: String
        let matches: (String) -> Bool
    }

    private static func parse(_ text: String) -> Form? {
        guard text.utf8.count <= 512, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        if text.hasPrefix("$") { return modular(text) }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard let method = parts.first else { return nil }
        if method.contains(":") { return werkzeug(method, Array(parts.dropFirst())) }
        return django(method, Array(parts.dropFirst()), text)
    }

    // MARK: Werkzeug: `scrypt:N:r:p$salt$hex`, `pbkdf2:sha256:rounds$salt$hex`

    private static func werkzeug(_ method: String, _ parts: [String]) -> Form? {
        guard parts.count == 2, let salt = parts.first, let sum = parts.last.flatMap(hexadecimal) else { return nil }
        let words = method.split(separator: ":").map(String.init)
        let numbers = words.dropFirst().compactMap { Int($0) }
        if words.first == "scrypt", words.count == 4, numbers.count == 3,
            let cost = numbers.first, let block = numbers.dropFirst().first, let lanes = numbers.last
        {
            return scrypt("werkzeug scrypt", salt: Array(salt.utf8), cost: cost, block: block, lanes: lanes, sum: sum)
        }
        guard words.first == "pbkdf2", words.count == 3, let digest = words.dropFirst().first, let rounds = numbers.last
        else { return nil }
        return pbkdf2("werkzeug pbkdf2", digest: digest, rounds: rounds, salt: Array(salt.utf8), sum: sum)
    }

    // MARK: Django: `algorithm$…`

    private static func django(_ method: String, _ parts: [String], _ text: String) -> Form? {
        switch method {
        case "pbkdf2_sha256", "pbkdf2_sha1":
            guard parts.count == 3, let rounds = parts.first.flatMap({ Int($0) }), let salt = parts.dropFirst().first,
                let sum = parts.last.flatMap(base64)
            else { return nil }
            return pbkdf2(
                "django \(method)", digest: String(method.dropFirst(7)), rounds: rounds, salt: Array(salt.utf8),
                sum: sum)
        case "scrypt":
            guard parts.count == 5, let cost = parts.first.flatMap({ Int($0) }), let salt = parts.dropFirst().first,
                let block = parts.dropFirst(2).first.flatMap({ Int($0) }),
                let lanes = parts.dropFirst(3).first.flatMap({ Int($0) }), let sum = parts.last.flatMap(base64)
            else { return nil }
            return scrypt("django scrypt", salt: Array(salt.utf8), cost: cost, block: block, lanes: lanes, sum: sum)
        case "argon2": return argon2("django argon2", String(text.dropFirst(6)))
        case "bcrypt": return bcrypt("django bcrypt", String(text.dropFirst(7)))
        case "bcrypt_sha256":
            return bcrypt("django bcrypt_sha256", String(text.dropFirst(14))) { password in
                HexText.text(SHA256.hash(data: Array(password.utf8)))
            }
        default: return nil
        }
    }

    // MARK: The modular crypt format: passlib, PHP and libxcrypt's own

    private static func modular(_ text: String) -> Form? {
        let parts = text.dropFirst().split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first else { return nil }
        switch name {
        case "2a", "2b", "2y": return bcrypt("bcrypt", text)
        case "argon2i", "argon2id": return argon2(name, text)
        case "5", "6": return sha2Crypt(name, parts, text)
        case "pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512":
            guard parts.count == 4, let rounds = parts.dropFirst().first.flatMap({ Int($0) }),
                let salt = parts.dropFirst(2).first.flatMap(base64), let sum = parts.last.flatMap(base64)
            else { return nil }
            let digest = name == "pbkdf2" ? "sha1" : String(name.dropFirst(7))
            return pbkdf2("passlib \(name)", digest: digest, rounds: rounds, salt: salt, sum: sum)
        case "scrypt":
            let values = parameters(parts.dropFirst().first ?? "")
            guard parts.count == 4, let log = values.value("ln"), (1...20).contains(log), let block = values.value("r"),
                let lanes = values.value("p"), let salt = parts.dropFirst(2).first.flatMap(base64),
                let sum = parts.last.flatMap(base64)
            else { return nil }
            // can't trap: `log` is at most 20.
            return scrypt("passlib scrypt", salt: salt, cost: 1 << log, block: block, lanes: lanes, sum: sum)
        case "bcrypt-sha256":
            let values = parameters(parts.dropFirst().first ?? "")
            guard parts.count == 4, values.value("v") == 2, let cost = values.value("r"), (4...16).contains(cost),
                let salt = parts.dropFirst(2).first, salt.utf8.count == 22, let sum = parts.last
            else { return nil }
            let padded = cost < 10 ? "0\(cost)" : "\(cost)"
            return bcrypt("passlib bcrypt-sha256", "$2b$\(padded)$\(salt)\(sum)") { password in
                let key = SymmetricKey(data: Array(salt.utf8))
                return Data(HMAC<SHA256>.authenticationCode(for: Array(password.utf8), using: key))
                    .base64EncodedString()
            }
        default: return nil
        }
    }

    private static func bcrypt(_ name: String, _ hash: String, prehash: @escaping (String) -> String = { $0 }) -> Form?
    {
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard hash.utf8.count == 60, parts.count == 4, let cost = parts.dropFirst(2).first.flatMap({ Int($0) }),
            (4...16).contains(cost)
        else { return nil }
        return Form(name: name) { password in PasswordHasher.compare(prehash(password), hash) }
    }

    private static func sha2Crypt(_ name: String, _ parts: [String], _ hash: String) -> Form? {
        guard parts.count == 3 || parts.count == 4 else { return nil }
        if parts.count == 4 {
            guard let rounds = parts.dropFirst().first, rounds.hasPrefix("rounds="),
                let count = Int(rounds.dropFirst(7)), (1000...1_000_000).contains(count)
            else { return nil }
        }
        return Form(name: name == "5" ? "sha256-crypt" : "sha512-crypt") { PasswordHasher.compare($0, hash) }
    }

    private static func argon2(_ name: String, _ hash: String) -> Form? {
        let parts = hash.dropFirst().split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        let values = parameters(parts.dropFirst(2).first ?? "")
        guard parts.count == 5, let kind = parts.first, kind == "argon2i" || kind == "argon2id",
            let memory = values.value("m"), (8...1_048_576).contains(memory), let passes = values.value("t"),
            (1...20).contains(passes), let lanes = values.value("p"), (1...16).contains(lanes)
        else { return nil }
        return Form(name: name) { password in
            let bytes = Array(password.utf8)
            let status =
                kind == "argon2i"
                ? argon2i_verify(hash, bytes, bytes.count) : argon2id_verify(hash, bytes, bytes.count)
            return status == ARGON2_OK.rawValue
        }
    }

    private static func pbkdf2(_ name: String, digest: String, rounds: Int, salt: [UInt8], sum: [UInt8]) -> Form? {
        let function: KDF.Insecure.PBKDF2.HashFunction
        switch digest {
        case "sha1": function = .insecureSHA1
        case "sha256": function = .sha256
        case "sha512": function = .sha512
        default: return nil
        }
        guard (1...5_000_000).contains(rounds), (16...64).contains(sum.count) else { return nil }
        return Form(name: name) { password in
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: Array(password.utf8), salt: salt, using: function, outputByteCount: sum.count,
                unsafeUncheckedRounds: rounds)
            return matches(key, sum)
        }
    }

    private static func scrypt(
        _ name: String, salt: [UInt8], cost: Int, block: Int, lanes: Int, sum: [UInt8]
    ) -> Form? {
        // 128·N·r bytes of memory: at most 256 MiB.
        guard cost >= 2, cost <= 1_048_576, cost & (cost &- 1) == 0, (1...64).contains(block), (1...16).contains(lanes),
            cost.multipliedReportingOverflow(by: block).partialValue <= 2_097_152, (16...128).contains(sum.count)
        else { return nil }
        return Form(name: name) { password in
            let key = try? KDF.Scrypt.deriveKey(
                from: Array(password.utf8), salt: salt, outputByteCount: sum.count, rounds: cost, blockSize: block,
                parallelism: lanes)
            return matches(key, sum)
        }
    }

    private static func matches(_ key: SymmetricKey?, _ sum: [UInt8]) -> Bool {
        guard let key else { return false }
        return key.withUnsafeBytes { isEqualInConstantTime(Array($0), sum) }
    }

    // MARK: Texts of numbers and bytes

    /// `m=8192,t=2,p=1`.
    private struct Parameters {
        var values: [String: Int] = [:]
        func value(_ name: String) -> Int? { values.first { $0.key == name }?.value }
    }

    private static func parameters(_ text: String) -> Parameters {
        var found = Parameters()
        for pair in text.split(separator: ",") {
            let halves = pair.split(separator: "=", maxSplits: 1)
            if halves.count == 2, let name = halves.first, let value = halves.last.flatMap({ Int($0) }) {
                found.values.updateValue(value, forKey: String(name))
            }
        }
        return found
    }

    static func hexadecimal(_ text: String) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 2), text.utf8.count <= 256 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            let nibble = UInt8(truncatingIfNeeded: value)
            if let held = high {
                bytes.append(held &* 16 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        return bytes
    }

    /// Either alphabet (`+` or passlib's `.`), with or without padding.
    static func base64(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 256 else { return nil }
        let plain = text.replacing(".", with: "+").replacing("=", with: "")
        let missing = (4 - plain.utf8.count % 4) % 4  // can't trap: between 0 and 4
        return Data(base64Encoded: "\(plain)\(String(repeating: "=", count: missing))").map { Array($0) }
    }
}
