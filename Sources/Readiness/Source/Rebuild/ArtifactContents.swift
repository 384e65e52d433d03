/// What is inside of an artefact, where it is an archive that can be opened here: ZIP (wheels, jars), tar, tar in gzip.
struct ArtifactContents {
    struct Member {
        var name: String
        var size: Int
        /// What says whether the content is the same, without reading it, where the archive has that.
        var checksum: UInt32?
        /// What the archive says of its time.
        var stamp: String
        /// Mode, owner and the like.
        var attributes: String
        var content: () -> [UInt8]?
    }
    var members: [Member]
    /// The time that stands in a gzip file's head.
    var packedAt: Int?
    /// Bytes of a member, or of a compressed tar, that are looked into.
    static let mostInside = 128 * 1_048_576

    /// nil where it is no archive, or a damaged one: then bytes are compared.
    init?(_ file: ArchiveFile) {
        guard let head = file.read(at: 0, count: min(512, file.size)) else { return nil }
        if head.starts(with: Array("PK".utf8)) {
            guard let zip = try? ZipArchive(file, limits: ArchiveLimits(entry: Self.mostInside)) else { return nil }
            members = zip.entries.map { entry in
                Member(
                    name: entry.name, size: entry.size, checksum: entry.checksum,
                    stamp: "\(entry.stamp)", attributes: "\(entry.attributes) \(entry.method)",
                    content: { try? zip.bytes(entry) })
            }
            return
        }
        guard file.size <= Self.mostInside else { return nil }
        var bytes: [UInt8]
        if head.starts(with: [0x1F, 0x8B, 8]) {
            guard let packed = file.read(at: 0, count: file.size),
                let whole = Inflation.gzip(packed, most: Self.mostInside)
            else { return nil }
            packedAt = ByteCursor(Array(head.prefix(8))).long(4)
            bytes = whole
        } else if TarArchive.isOne(head) {
            bytes = file.read(at: 0, count: file.size) ?? []
        } else {
            return nil
        }
        guard TarArchive.isOne(bytes) else {
            // One file, compressed.
            members = [Member(name: "", size: bytes.count, stamp: "", attributes: "", content: { bytes })]
            return
        }
        guard let tar = try? TarArchive(bytes) else { return nil }
        members = tar.entries.map { entry in
            Member(
                name: entry.name, size: entry.content.count, stamp: entry.stamp, attributes: entry.attributes,
                content: { Array(entry.content) })
        }
    }
}
