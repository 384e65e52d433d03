import FoundationEssentials
public import Kernel
import NIOPosix
import Store

/// What a backup holds, once all of it was read and found right.
public struct BackupContents: Sendable, Equatable {
    /// The engine that it was taken from; it restores into either.
    public let engine: String
    /// The program's version that took it.
    public let program: String
    /// When its snapshot was begun.
    public let takenAt: Timestamp
    /// Ids of the schema's steps that it has.
    public let migrations: [String]
    public let tables: Int
    public let rows: Int
    /// Of the file.
    public let bytes: Int
}

/// A backup as a file on this machine.
struct BackupFile: Sendable {
    enum Unlock: Sendable {
        case opener(BackupOpener)
        /// Made by this very process: right after writing, nobody has to know the private key.
        case known(FileKey)
    }

    let path: String
    let unlock: Unlock

    init(path: String, opener: BackupOpener) {
        self.path = path
        unlock = .opener(opener)
    }

    init(path: String, key: FileKey) {
        self.path = path
        unlock = .known(key)
    }

    /// Derives the key once; then the file can be read more than once without that cost.
    func unlocked() throws -> BackupFile {
        let envelope = try BackupEnvelope(reading: try FileSource(path: path))
        return BackupFile(path: path, key: try key(for: envelope))
    }

    /// Its records from the beginning. Nothing that comes out is other than it was written; only the end says whether all
    /// of it came.
    func decoder() throws -> DumpDecoder {
        let file = try FileSource(path: path)
        let envelope = try BackupEnvelope(reading: file)
        let key = try key(for: envelope)
        return try DumpDecoder(from: try Inflater(from: SealedReader(from: file, key: key)))
    }

    private func key(for envelope: BackupEnvelope) throws -> FileKey {
        switch unlock {
        case .opener(let opener): return try opener.fileKey(for: envelope)
        case .known(let key):
            guard BackupEnvelope.header(envelope.method) == key.header, envelope.check == key.check else {
                throw BackupError(.damaged, "the backup's first bytes aren't those that were written")
            }
            return key
        }
    }

    /// Reads all of it, on a thread where waiting for a disk harms nobody.
    ///
    /// - Throws: `BackupError` that says what is wrong with it.
    func verified() async throws -> BackupContents {
        try await NIOThreadPool.singleton.runIfActive { try contents() }
    }

    func contents() throws -> BackupContents {
        let decoder = try decoder()
        while let record = try decoder.next() {
            guard case .end(let tables, let rows) = record else { continue }
            return BackupContents(
                engine: decoder.header.engine.rawValue, program: decoder.header.program,
                takenAt: decoder.header.takenAt, migrations: decoder.header.migrations.map(\.id), tables: tables,
                rows: rows, bytes: try FileSource(path: path).size)
        }
        throw BackupError(.truncated, "the backup ends too early")
    }
}

extension BackupFile {
    /// Derives a key on a thread where its second of work harms nobody.
    static func deriving(_ work: @escaping @Sendable () throws -> FileKey) async throws -> FileKey {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}
