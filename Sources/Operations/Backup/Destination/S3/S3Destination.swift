import FoundationEssentials
public import Kernel

/// A bucket of an S3-compatible store. Written to a local file first: the picture of the database is short, the way to the
/// store may be long, and a part can be sent again.
public struct S3Destination: BackupDestination {
    private let client: S3Client
    /// Where locked backups lie while they are sent or read.
    private let folder: FolderDestination
    /// Bytes of a part; 5 MiB at least, as S3 wants.
    private let part: Int

    public var label: String {
        let prefix = client.location.prefix
        return "s3 \(client.location.bucket)\(prefix.isEmpty ? "" : "/\(prefix)")"
    }

    /// - Parameters:
    ///   - workspace: a folder of our own with room for one backup.
    ///   - part: for tests.
    public init(
        _ location: S3Location, sender: any ObjectStoreSender, workspace: String, clock: any WallClock,
        part: Int = 8 << 20,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws {
        client = S3Client(location: location, sender: sender, clock: clock, pause: pause)
        folder = try FolderDestination(path: workspace)
        self.part = part
    }

    private func key(_ name: BackupName) -> String {
        client.location.prefix.isEmpty ? name.text : "\(client.location.prefix)/\(name.text)"
    }

    public func begin(_ name: BackupName) async throws -> String { try await folder.begin(name) }
    public func sweep(before time: Timestamp) async { await folder.sweep(before: time) }

    public func publish(_ path: String, as name: BackupName) async throws {
        let size = try FileSource(path: path).size
        if size <= part {
            _ = try await client.call("PUT", key: key(name), body: try S3Destination.slice(path, 0, size))
        } else {
            try await upload(path, size, key(name))
        }
        removeFile(path)
    }

    /// Part by part; the object appears when the last call succeeds, and not before.
    private func upload(_ path: String, _ size: Int, _ key: String) async throws {
        let begun = try await client.call("POST", key: key, query: [("uploads", "")])
        guard let id = S3Text.element("UploadId", in: String(decoding: begun.body, as: UTF8.self)) else {
            throw BackupError(.unavailable, "the store began no upload")
        }
        do {
            // 10,000 parts at most.
            let step = max(part, size / 9000 + 1)
            var list = ""
            for (number, offset) in stride(from: 0, to: size, by: step).enumerated() {
                let answer = try await client.call(
                    "PUT", key: key, query: [("partNumber", "\(number + 1)"), ("uploadId", id)],
                    body: try S3Destination.slice(path, offset, step))
                guard let tag = answer.headers.first(where: { $0.name.lowercased() == "etag" })?.value else {
                    throw BackupError(.unavailable, "the store named no part")
                }
                list += "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
            }
            let body = "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>"
            _ = try await client.call("POST", key: key, query: [("uploadId", id)], body: Array(body.utf8))
        } catch {
            _ = try? await client.call("DELETE", key: key, query: [("uploadId", id)])
            throw error
        }
    }

    private static func slice(_ path: String, _ offset: Int, _ count: Int) throws -> [UInt8] {
        try FileSource(path: path).slice(from: offset, count: count)
    }

    public func list() async throws -> [StoredBackup] {
        var found: [StoredBackup] = []
        var token: String?
        let prefix = client.location.prefix.isEmpty ? "" : client.location.prefix + "/"
        // A store that never stops is stopped: a million names.
        for _ in 0..<1000 {
            var query = [("list-type", "2"), ("prefix", prefix + "seaworthy-")]
            if let token { query.append(("continuation-token", token)) }
            let answer = try await client.call("GET", key: nil, query: query, answerLimit: 4 << 20)
            let text = String(decoding: answer.body, as: UTF8.self)
            for item in S3Text.elements("Contents", in: text) {
                guard let key = S3Text.element("Key", in: item), key.hasPrefix(prefix),
                    let name = BackupName(String(key.dropFirst(prefix.count))),
                    let bytes = S3Text.element("Size", in: item).flatMap({ Int($0) })
                else { continue }
                found.append(StoredBackup(name: name, bytes: bytes))
            }
            token = S3Text.element("NextContinuationToken", in: text)
            if token == nil { break }
        }
        return found.sorted { $0.name < $1.name }
    }

    public func fetch(_ name: BackupName) async throws -> (path: String, isTemporary: Bool) {
        let path = try await folder.begin(name)
        removeFile(path)
        let sink = try FileSink(path: path)
        do {
            var offset = 0
            while true {
                let range = "bytes=\(offset)-\(offset + part - 1)"
                let answer = try await client.call(
                    "GET", key: key(name), headers: [("Range", range)], answerLimit: part, accepts: [416])
                // 416: its size is a multiple of a part, and all of it is here.
                if answer.status == 416 { break }
                guard answer.status == 206 || offset == 0 else {
                    throw BackupError(.unavailable, "the store sends the whole object instead of a part")
                }
                try sink.write(answer.body)
                offset += answer.body.count
                if answer.body.count < part { break }
            }
            try sink.finish()
            return (path, true)
        } catch {
            removeFile(path)
            throw error
        }
    }

    public func remove(_ name: BackupName) async throws {
        _ = try await client.call("DELETE", key: key(name), accepts: [404])
    }
}
