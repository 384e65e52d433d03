import Crypto
import CryptoExtras
import FoundationEssentials
public import Kernel

/// What a backup is closed with.
public enum BackupSeal: Sendable {
    /// Whoever knows it can open it: it must be kept where the database isn't.
    case passphrase(Secret, cost: ScryptCost = .standard)
    /// Only the holder of the private half can open it: the machine that makes backups can't.
    case recipient(BackupPublicKey)

    /// - Throws: `BackupError` with code `.configuration` when the passphrase is too short to mean anything.
    public static func checked(passphrase: Secret) throws(BackupError) -> BackupSeal {
        guard passphrase.reveal().utf8.count >= 16 else {
            throw BackupError(
                .configuration,
                "the passphrase is shorter than 16 characters: `openssl rand -base64 24` makes a good one")
        }
        return .passphrase(passphrase)
    }

    /// A key for one file: salted or encapsulated anew, so that no two files share one.
    func fileKey(random: any RandomSource) throws -> FileKey {
        switch self {
        case .passphrase(let passphrase, let cost):
            let salt = (0..<2).flatMap { _ in withUnsafeBytes(of: random.next()) { [UInt8]($0) } }
            let method = BackupEnvelope.Method.passphrase(salt: salt, cost: cost)
            return FileKey(method, try FileKey.scrypt(passphrase, salt, cost))
        case .recipient(let recipient):
            let sender = try HPKE.Sender(
                recipientKey: recipient.key, ciphersuite: FileKey.suite, info: Data(FileKey.purpose.utf8))
            let secret = try sender.exportSecret(context: Data(FileKey.purpose.utf8), outputByteCount: 32)
            return FileKey(.recipient(id: recipient.id, encapsulated: [UInt8](sender.encapsulatedKey)), secret)
        }
    }
}

/// What a backup is opened with.
public enum BackupOpener: Sendable {
    case passphrase(Secret)
    case identity(BackupPrivateKey)

    /// - Throws: `BackupError` with code `.key`, or `.damaged`.
    func fileKey(for envelope: BackupEnvelope) throws -> FileKey {
        let key: FileKey
        switch (self, envelope.method) {
        case (.passphrase(let passphrase), .passphrase(let salt, let cost)):
            key = FileKey(envelope.method, try FileKey.scrypt(passphrase, salt, cost))
        case (.identity(let identity), .recipient(let id, let encapsulated)):
            guard id == identity.publicKey.id else {
                throw BackupError(
                    .key,
                    "this backup was made for another key: \(hexadecimal(id)), given \(hexadecimal(identity.publicKey.id))"
                )
            }
            key = FileKey(envelope.method, try FileKey.decapsulate(encapsulated, identity))
        case (.passphrase, .recipient(let id, _)):
            throw BackupError(
                .key, "this backup was made for a public key (\(hexadecimal(id))): give the private key to it")
        case (.identity, .passphrase):
            throw BackupError(.key, "this backup was made with a passphrase: give that instead of a private key")
        }
        guard key.check == envelope.check else {
            throw BackupError(
                .key, "the passphrase or key doesn't open this backup (or the backup's first bytes were changed)")
        }
        return key
    }
}

/// scrypt's parameters (RFC 7914). Memory is 128 · r · 2^logN bytes.
public struct ScryptCost: Sendable, Equatable {
    public let logN: Int
    public let r: Int
    public let p: Int

    /// 32 MiB, three times: as OWASP's password storage cheat sheet has it.
    public static let standard = ScryptCost(checkedLogN: 15, r: 8, p: 3)
    /// For tests, where a thousand files are opened.
    public static let lowest = ScryptCost(checkedLogN: 10, r: 8, p: 1)

    private init(checkedLogN: Int, r: Int, p: Int) {
        self.logN = checkedLogN
        self.r = r
        self.p = p
    }

    /// nil where a file asks for less than is worth anything, or for more than 256 MiB or eight rounds: a stranger's file
    /// must not take the machine's memory.
    public init?(logN: Int, r: Int, p: Int) {
        guard (10...18).contains(logN), r == 8, (1...8).contains(p) else { return nil }
        self.init(checkedLogN: logN, r: r, p: p)
    }
}

/// The key of one file with the envelope that leads back to it.
struct FileKey: Sendable {
    let header: [UInt8]
    let check: [UInt8]
    let key: SymmetricKey

    static let purpose = "seaworthy backup 1"
    static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly

    init(_ method: BackupEnvelope.Method, _ secret: SymmetricKey) {
        let header = BackupEnvelope.header(method)
        self.header = header
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Data("\(FileKey.purpose) chunks".utf8), outputByteCount: 32)
        let checkKey = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Data("\(FileKey.purpose) header".utf8), outputByteCount: 32)
        check = [UInt8](HMAC<SHA256>.authenticationCode(for: header, using: checkKey))
    }

    static func scrypt(_ passphrase: Secret, _ salt: [UInt8], _ cost: ScryptCost) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: Array(passphrase.reveal().utf8), salt: salt, outputByteCount: 32, rounds: 1 << cost.logN,
            blockSize: cost.r, parallelism: cost.p)
    }

    static func decapsulate(_ encapsulated: [UInt8], _ identity: BackupPrivateKey) throws -> SymmetricKey {
        do {
            let recipient = try HPKE.Recipient(
                privateKey: identity.key, ciphersuite: suite, info: Data(purpose.utf8),
                encapsulatedKey: Data(encapsulated))
            return try recipient.exportSecret(context: Data(purpose.utf8), outputByteCount: 32)
        } catch {
            throw BackupError(.damaged, "the backup's first bytes were changed: they hold no key")
        }
    }
}
