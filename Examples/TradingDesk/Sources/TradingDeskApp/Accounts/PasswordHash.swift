import CTradingDeskCrypt
import Crypto
import Dispatch
import Foundation

/// bcrypt through libxcrypt, away from the threads that serve requests.
struct PasswordHashing: Sendable {
    /// 4…15; each step doubles the time, 12 takes about 190 ms.
    let cost: Int
    /// A hash of nothing anybody knows: unknown accounts are verified against it, so that they take as long as known ones.
    let dummy: String

    struct Failure: Error {}

    init(cost: Int) throws {
        self.cost = cost
        dummy = try Self.hash(RandomToken.make(), cost: cost)
    }

    /// What is tried first; digits and marks around it don't help.
    private static let common: Set<String> = [
        "password", "passwort", "passwordpassword", "qwertyuiop", "welcome", "letmein", "iloveyou", "administrator",
        "tradingdesk",
    ]

    /// - Throws: 422 for fewer than 12 characters, more than bcrypt's 72 bytes, NUL, or (unless the flaw says so) a common one.
    static func judge(_ password: String, takesCommon: Bool = false) throws {
        guard takesCommon || !common.contains(password.lowercased().filter(\.isLetter)) else {
            throw DeskError.invalid("common-password", "This password is among the first that others would try.")
        }
        guard password.count >= 12, password.utf8.count <= 72, !password.utf8.contains(0) else {
            throw DeskError.invalid(
                "invalid-password", "A password has to have 12 characters or more, and up to 72 bytes.")
        }
    }

    /// `$2b$…` of a password.
    func hash(_ password: String) async throws -> String {
        let cost = cost
        return try await offThread { try Self.hash(password, cost: cost) }
    }

    /// Whether `password` is the one that `hash` was made of; `nil` costs as much and is never it.
    func verify(_ password: String, hash: String?) async throws -> Bool {
        let setting = hash ?? dummy
        let fits = password.utf8.count <= 72 && !password.utf8.contains(0)
        let tried = try await offThread { try Self.run(fits ? password : "-", setting: setting) }
        return fits && hash != nil && Self.equal(tried, setting)
    }

    static func hash(_ password: String, cost: Int) throws -> String {
        let random = RandomToken.bytes(16)
        var setting = [CChar](repeating: 0, count: Int(TRADINGDESK_CRYPT_OUTPUT_SIZE))
        guard tradingdesk_bcrypt_setting(Int32(clamping: cost), random, random.count, &setting) == 0 else {
            throw Failure()
        }
        return try run(password, setting: text(setting))
    }

    private static func run(_ password: String, setting: String) throws -> String {
        var output = [CChar](repeating: 0, count: Int(TRADINGDESK_CRYPT_OUTPUT_SIZE))
        guard tradingdesk_bcrypt_hash(password, setting, &output) == 0 else { throw Failure() }
        return text(output)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func equal(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func offThread(_ work: @escaping @Sendable () throws -> String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async { continuation.resume(with: Result { try work() }) }
        }
    }
}

/// Unguessable values.
enum RandomToken {
    static func bytes(_ count: Int) -> [UInt8] {
        SymmetricKey(size: .init(bitCount: count * 8)).withUnsafeBytes { Array($0) }
    }

    /// 256 bits as 64 hexadecimal digits.
    static func make() -> String { hexadecimal(bytes(32)) }

    /// What the database keeps of a token.
    static func hash(_ token: String) -> String { hexadecimal(Array(SHA256.hash(data: Data(token.utf8)))) }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
