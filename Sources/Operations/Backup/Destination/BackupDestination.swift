public import Kernel

/// A backup as a destination lists it.
public struct StoredBackup: Sendable, Equatable {
    public let name: BackupName
    public let bytes: Int
}

/// Where backups are kept. A backup is there completely or not at all.
public protocol BackupDestination: Sendable {
    /// For people and events, such as `folder /var/backups` or `s3 bucket/prefix`: no secrets.
    var label: String { get }
    /// Where a new backup is written first: a path where no file is yet.
    func begin(_ name: BackupName) async throws -> String
    /// Makes the written file a backup. Afterwards nothing is at `path`.
    func publish(_ path: String, as name: BackupName) async throws
    /// All that are there, oldest first.
    func list() async throws -> [StoredBackup]
    /// The backup as a local file; `isTemporary` ones are the caller's to remove.
    func fetch(_ name: BackupName) async throws -> (path: String, isTemporary: Bool)
    /// Gone afterwards; no error when it was already.
    func remove(_ name: BackupName) async throws
    /// Removes what killed runs left half written before `time`.
    func sweep(before time: Timestamp) async
}
