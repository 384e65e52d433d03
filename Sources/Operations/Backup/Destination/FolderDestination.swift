import FoundationEssentials
import Glibc
public import Kernel

/// A folder on this machine, or on one that is mounted. Files are made under another name, written to the disk and then
/// renamed: a run that is killed leaves nothing that counts as a backup.
public struct FolderDestination: BackupDestination {
    public let path: String
    public var label: String { "folder \(path)" }

    /// Makes the folder (0700) when it isn't there.
    ///
    /// - Throws: `BackupError` when it can't be made or others may write into it.
    public init(path: String) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if mkdir(self.path, 0o700) != 0, errno != EEXIST {
            guard errno != ENOENT else {
                throw BackupError(.cannotCreate, "the folder \(self.path) has no place: make the one above it first")
            }
            throw BackupError(errno: errno, "make", self.path)
        }
        var status = stat()
        guard stat(self.path, &status) == 0 else { throw BackupError(errno: errno, "read", self.path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw BackupError(.configuration, "\(self.path) is no folder") }
        guard status.st_mode & 0o022 == 0 else {
            throw BackupError(.configuration, "others may write into \(self.path): chmod 700 \(self.path)")
        }
    }

    private func file(_ name: BackupName) -> String { "\(path)/\(name.text)" }
    private static let prefix = ".partial-"

    public func begin(_ name: BackupName) async throws -> String { "\(path)/\(FolderDestination.prefix)\(name.text)" }

    public func publish(_ partial: String, as name: BackupName) async throws {
        guard rename(partial, file(name)) == 0 else { throw BackupError(errno: errno, "rename", partial) }
        // The name is on the disk only when the folder is.
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw BackupError(errno: errno, "read", path) }
        defer { _ = close(folder) }
        guard fsync(folder) == 0 else { throw BackupError(errno: errno, "write", path) }
    }

    public func list() async throws -> [StoredBackup] {
        try names().compactMap { text in
            guard let name = BackupName(text), let source = try? FileSource(path: file(name)) else { return nil }
            return StoredBackup(name: name, bytes: source.size)
        }.sorted { $0.name < $1.name }
    }

    private func names() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw BackupError(.missing, "can't read the folder \(path)")
        }
    }

    public func fetch(_ name: BackupName) async throws -> (path: String, isTemporary: Bool) {
        guard access(file(name), R_OK) == 0 else {
            throw BackupError(.missing, "there is no \(name) in \(path)")
        }
        return (file(name), false)
    }

    public func remove(_ name: BackupName) async throws {
        guard unlink(file(name)) == 0 || errno == ENOENT else { throw BackupError(errno: errno, "remove", file(name)) }
    }

    public func sweep(before time: Timestamp) async {
        for name in (try? names()) ?? [] where name.hasPrefix(FolderDestination.prefix) {
            let partial = "\(path)/\(name)"
            let descriptor = open(partial, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { _ = close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0,
                Int64(status.st_mtim.tv_sec) < time.nanosecondsSinceEpoch / 1_000_000_000
            else { continue }
            // Whoever still writes it holds it.
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { _ = unlink(partial) }
        }
    }
}
