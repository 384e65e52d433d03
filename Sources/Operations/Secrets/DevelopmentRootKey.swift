import Foundation
public import Kernel
public import Store

extension RootKeys {
    /// The root keys that a process starts with: those given, else, in development on SQLite, one in a file beside the
    /// database that is made at the first start.
    ///
    /// - Throws: `KeyRingError` `.rootMissing` with what to do, `.file`.
    public init(
        settings: SecretSettings, environment: DeploymentEnvironment, database: DatabaseSettings.Address,
        random: any RandomSource
    ) throws(KeyRingError) {
        if settings.secretKeys.isEmpty, environment == .development, case .sqlite(let path) = database {
            try self.init([DevelopmentRootKey.obtain(at: DevelopmentRootKey.path(beside: path), random: random)])
        } else {
            try self.init(settings.secretKeys)
        }
    }
}

/// The root key of a developer's machine: a file that only its owner can read.
public enum DevelopmentRootKey {
    public static func path(beside database: String) -> String { database + ".key" }

    /// Reads it, or makes it when it isn't there. Two that start together get the same one.
    public static func obtain(at path: String, random: any RandomSource) throws(KeyRingError) -> Secret {
        if access(path, F_OK) != 0, errno == ENOENT { try make(at: path, random: random) }
        do {
            return try SecretFile(at: path, environment: .production).single()
        } catch {
            throw KeyRingError(.file, "\(path) \(error)")
        }
    }

    /// Writes it under another name and links it to its own: nobody ever sees half of it, and the first one stays.
    private static func make(at path: String, random: any RandomSource) throws(KeyRingError) {
        let draft = "\(path).\(Hexadecimal.text(random.bytes(8))).\(getpid())"
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { unlink(draft) }
        let text = Array((Hexadecimal.text(random.bytes(32)) + "\n").utf8)
        let isWritten = write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else { throw failure(path) }
        if link(draft, path) != 0, errno != EEXIST { throw failure(path) }
    }

    private static func failure(_ path: String) -> KeyRingError {
        KeyRingError(
            .file, "\(path) can't be made (\(String(cString: strerror(errno)))): give secret-key, or let it be written")
    }
}
