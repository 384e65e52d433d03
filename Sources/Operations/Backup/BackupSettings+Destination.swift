import FoundationEssentials
public import Kernel

extension BackupSettings {
    /// Where the settings say backups go.
    ///
    /// - Parameter sender: the outbound client, which a bucket needs.
    /// - Throws: `BackupError` with code `.configuration` when they name no place, and as `FolderDestination` does.
    public func destination(
        sender: (any ObjectStoreSender)?, clock: any WallClock
    ) throws -> any BackupDestination {
        switch place {
        case nil:
            throw BackupError(.configuration, "no place for backups: operations.backup.to: /var/backups/seaworthy")
        case .folder(let path):
            return try FolderDestination(path: path)
        case .bucket:
            guard let s3, let sender else { throw BackupError(.configuration, "the bucket's access key is missing") }
            let folder = workspace ?? FileManager.default.temporaryDirectory.path + "/seaworthy-backup-workspace"
            return try S3Destination(s3, sender: sender, workspace: folder, clock: clock)
        }
    }
}
