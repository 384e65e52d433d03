public import Kernel
import Store

/// A file beside an item, without what is in it.
public struct ItemFile: Sendable, Equatable {
    public let id: String
    public let name: String
    public let type: String
    public let size: Int
    public let actor: String
    public let at: Timestamp

    init(_ row: Row) throws {
        id = try row["id"]
        name = try row["name"]
        type = try row["type"]
        size = try row["size_bytes"]
        actor = try row["actor"]
        at = try row["at"]
    }
}

extension LaunchDesk {
    public static let largestFile = 2_097_152
    public static let mostFiles = 20

    /// Keeps a file beside an item. What kind it is says its content, not its name.
    ///
    /// - Throws: `Failure` for an empty or too large file, one of another kind, or one too many.
    @discardableResult
    public func attach(_ content: [UInt8], named name: String, to item: String) async throws -> String {
        guard !content.isEmpty else { throw Failure.attachment("it is empty") }
        guard content.count <= LaunchDesk.largestFile else {
            throw Failure.attachment("it has more than \(LaunchDesk.largestFile / 1_048_576) MB")
        }
        guard let kind = FileKind(content) else {
            throw Failure.attachment("only PNG, JPEG, GIF, WebP, PDF and plain text are kept")
        }
        let name = kind.name(from: name)
        let now = clock.now()
        let id = newID(at: now)
        return try await database.transaction("uat.attach") { [self] db in
            let known = try locked(item, in: db)
            let count: Int = try db.value("SELECT COUNT(*) FROM uat_files WHERE item = \(known.id)") ?? 0
            guard count < LaunchDesk.mostFiles else {
                throw Failure.attachment("the item has \(LaunchDesk.mostFiles) files already")
            }
            try db.execute(
                """
                INSERT INTO uat_files (id, item, name, type, size_bytes, content, actor, at)
                VALUES (\(id), \(known.id), \(name), \(kind.type), \(content.count), \(content), \(actor), \(now))
                """)
            try audit.append(
                AuditEvent(
                    "uat.attached", actor: actor,
                    details: [
                        "plan": known.plan, "item": known.key, "type": kind.type, "bytes": "\(content.count)",
                    ]), in: db)
            return id
        }
    }

    /// A file with its content.
    public func file(_ id: String, of item: String) async throws -> (file: ItemFile, content: [UInt8]) {
        try await database.read("uat.file") { db in
            guard
                let row = try db.row(
                    """
                    SELECT id, name, type, size_bytes, content, actor, at FROM uat_files
                    WHERE id = \(id) AND item = \(item)
                    """)
            else { throw Failure.noAttachment }
            return (try ItemFile(row), try row["content"])
        }
    }
}
