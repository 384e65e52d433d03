/// A ZIP archive (PKWARE's APPNOTE 6.3.10, ZIP64 with it) by its list of contents, read strictly.
///
/// Two readers must not see two archives in one file: the list must be whole and stand right before the end record,
/// entries may not overlap, and each must say the same of itself where it stands as in the list. What leads out of a
/// folder, or comes twice, isn't taken at all. Nothing is ever written to disk.
struct ZipArchive: Sendable {
    struct Entry: Sendable, Equatable {
        var name: String
        /// 0 stored, 8 deflated; others can't be read here.
        var method: Int
        var isEncrypted: Bool
        var checksum: UInt32
        /// Bytes in the archive, and inflated.
        var packed: Int
        var size: Int
        /// Where its own header stands.
        var offset: Int
        /// MS-DOS time and date, as they stand: local time in steps of two seconds.
        var stamp: Int
        /// What the system that made it says of the file: on Unix, mode in the upper half.
        var attributes: Int
        fileprivate var rawName: [UInt8]
        /// Where the next one, or the list of contents, begins.
        fileprivate var end = 0

        var isFolder: Bool { name.hasSuffix("/") }
    }

    let entries: [Entry]
    private let file: ArchiveFile
    private let limits: ArchiveLimits

    init(_ file: ArchiveFile, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveProblem) {
        self.file = file
        self.limits = limits
        let end = try EndRecord(file)
        guard end.count <= limits.entries else { throw ArchiveProblem("has over \(limits.entries) entries") }
        guard end.length <= limits.directory, let bytes = file.read(at: end.start, count: end.length) else {
            throw ArchiveProblem("its list of contents is larger than is read")
        }
        var cursor = ByteCursor(bytes)
        var read: [Entry] = []
        // An entry of the list has 46 bytes at least: what a header promises reserves no memory beyond that.
        read.reserveCapacity(min(end.count, end.length / 46))
        for _ in 0..<end.count { read.append(try Self.entry(&cursor)) }
        guard cursor.isAtEnd else { throw ArchiveProblem("its list of contents has more in it than it counts") }
        try Self.hold(read, before: end.start, limits)
        entries = try Self.apart(read, before: end.start)
    }

    private static func entry(_ cursor: inout ByteCursor) throws(ArchiveProblem) -> Entry {
        guard cursor.starts(with: "PK\u{1}\u{2}") else {
            throw ArchiveProblem("its list of contents is cut off or damaged")
        }
        let flags = cursor.word(8)
        let (nameLength, extraLength, noteLength) = (cursor.word(28), cursor.word(30), cursor.word(32))
        let start = cursor.position
        let length = 46 &+ nameLength &+ extraLength &+ noteLength
        guard length <= cursor.count &- start else { throw ArchiveProblem("its list of contents is cut off") }
        let rawName = Array(cursor.slice(start &+ 46, start &+ 46 &+ nameLength))
        var entry = Entry(
            name: text(of: rawName), method: cursor.word(10), isEncrypted: flags & 0x2041 != 0,
            checksum: UInt32(truncatingIfNeeded: cursor.long(16)), packed: cursor.long(20), size: cursor.long(24),
            offset: cursor.long(42), stamp: cursor.word(14) &<< 16 | cursor.word(12), attributes: cursor.long(38),
            rawName: rawName)
        guard cursor.word(34) == 0 || cursor.word(34) == 0xFFFF else {
            throw ArchiveProblem("is a part of several disks")
        }
        try large(
            &entry, ByteCursor(Array(cursor.slice(start &+ 46 &+ nameLength, start &+ 46 &+ nameLength &+ extraLength)))
        )
        cursor.advance(length)
        return entry
    }

    /// ZIP64: what doesn't fit in 32 bits stands in a field of its own, in this order, and only then.
    private static func large(_ entry: inout Entry, _ extra: ByteCursor) throws(ArchiveProblem) {
        let marker = 0xFFFF_FFFF
        guard entry.size == marker || entry.packed == marker || entry.offset == marker else { return }
        var extra = extra
        while !extra.isAtEnd {
            let (id, length) = (extra.word(0), extra.word(2))
            extra.advance(4)
            guard id == 1 else {
                extra.advance(length)
                continue
            }
            let end = extra.position &+ length
            func next(_ value: Int) throws(ArchiveProblem) -> Int {
                guard value == marker else { return value }
                guard extra.position &+ 8 <= min(end, extra.count), let wide = extra.quad(0) else {
                    throw ArchiveProblem("a size of over 4 GiB is damaged")
                }
                extra.advance(8)
                return wide
            }
            entry.size = try next(entry.size)
            entry.packed = try next(entry.packed)
            entry.offset = try next(entry.offset)
            return
        }
        throw ArchiveProblem("a size of over 4 GiB is missing")
    }

    /// Names, sizes and places of all entries, held against each other and against the bounds.
    private static func hold(_ entries: [Entry], before end: Int, _ limits: ArchiveLimits) throws(ArchiveProblem) {
        var names: Set<[UInt8]> = []
        var total = 0
        for entry in entries {
            let shown = visible(entry.name, limit: 80)
            if let why = ArchiveName.objection(entry.rawName) {
                throw ArchiveProblem("has an entry `\(shown)`: \(why)")
            }
            guard names.insert(entry.rawName).inserted else { throw ArchiveProblem("has `\(shown)` twice") }
            guard entry.packed >= 0, entry.size >= 0, entry.offset >= 0, entry.packed <= end, entry.offset <= end else {
                throw ArchiveProblem("`\(shown)` is said to lie outside the file")
            }
            // DEFLATE makes 1,032 bytes of one at the very most.
            guard entry.method != 8 || entry.size <= entry.packed.multipliedReportingOverflow(by: 1_032).partialValue,
                entry.method != 0 || entry.isEncrypted || entry.size == entry.packed
            else { throw ArchiveProblem("`\(shown)` is said to have \(entry.size) bytes, and can't") }
            let (sum, overflow) = total.addingReportingOverflow(entry.size)
            guard !overflow, sum <= limits.total else {
                throw ArchiveProblem("holds over \(limits.total / 1_048_576) MiB when inflated")
            }
            total = sum
        }
    }

    /// The entries, each with where the next begins: one may not lie on top of another, which makes bombs of little.
    private static func apart(_ entries: [Entry], before end: Int) throws(ArchiveProblem) -> [Entry] {
        var read = entries
        let order = entries.indices.sorted { entries[$0].offset > entries[$1].offset }  // can't trap: its own indices
        var next = end
        for index in order {
            // can't trap: an index of the same list
            read[index].end = next
            // can't trap: an index of the same list
            let entry = read[index]
            guard entry.offset &+ 30 &+ entry.rawName.count &+ entry.packed <= next else {
                throw ArchiveProblem("has entries that lie on top of each other")
            }
            next = entry.offset
        }
        return read
    }

    /// What an entry holds, checked against its length and checksum.
    /// - Throws: encrypted, another method than stored or deflated, larger than `limits.entry`, or damaged.
    func bytes(_ entry: Entry) throws(ArchiveProblem) -> [UInt8] {
        if entry.isEncrypted { throw ArchiveProblem("is encrypted") }
        guard entry.method == 0 || entry.method == 8 else { throw ArchiveProblem("is packed by an unknown method") }
        guard entry.size <= limits.entry else { throw ArchiveProblem("is larger than \(limits.entry / 1_048_576) MiB") }
        let damaged = ArchiveProblem("is damaged")
        guard let header = file.read(at: entry.offset, count: 30).map(ByteCursor.init),
            header.starts(with: "PK\u{3}\u{4}"), header.word(8) == entry.method,
            header.word(26) == entry.rawName.count,
            let name = file.read(at: entry.offset &+ 30, count: header.word(26)), name == entry.rawName,
            case let start = entry.offset &+ 30 &+ header.word(26) &+ header.word(28),
            start &+ entry.packed <= entry.end, let packed = file.read(at: start, count: entry.packed)
        else { throw damaged }
        guard let bytes = entry.method == 0 ? packed : Inflation.exactly(entry.size, of: packed),
            Inflation.checksum(bytes) == entry.checksum
        else { throw damaged }
        return bytes
    }
}

/// The record at the end of an archive: where its list of contents stands.
private struct EndRecord {
    var count: Int
    var start: Int
    var length: Int

    init(_ file: ArchiveFile) throws(ArchiveProblem) {
        let reach = min(file.size, 22 &+ 0xFFFF)
        guard reach >= 22, let bytes = file.read(at: file.size &- reach, count: reach) else {
            throw ArchiveProblem("is no whole archive: its end is missing")
        }
        let tail = ByteCursor(bytes)
        // The remark after it may hold anything: only where it ends with the file is it the record.
        var place = reach &- 22
        while place >= 0,
            !(tail.starts(with: "PK\u{5}\u{6}", at: place) && place &+ 22 &+ tail.word(at: place &+ 20) == reach)
        {
            place &-= 1
        }
        guard place >= 0 else { throw ArchiveProblem("is no whole archive: its end is missing") }
        (count, length, start) = (tail.word(at: place &+ 10), tail.long(at: place &+ 12), tail.long(at: place &+ 16))
        var isOnOneDisk = tail.word(at: place &+ 8) == count && tail.word(at: place &+ 4) == tail.word(at: place &+ 6)
        var end = file.size &- reach &+ place
        if let locator = file.read(at: end &- 20, count: 20).map(ByteCursor.init), locator.starts(with: "PK\u{6}\u{7}")
        {
            guard let at = locator.quad(8), let wide = file.read(at: at, count: 56).map(ByteCursor.init),
                wide.starts(with: "PK\u{6}\u{6}"), let extra = wide.quad(4), extra >= 44,
                at &+ 12 &+ min(extra, file.size) == end &- 20,
                let entries = wide.quad(32), let here = wide.quad(24), let size = wide.quad(40),
                let first = wide.quad(48)
            else { throw ArchiveProblem("its end record for over 4 GiB is damaged") }
            isOnOneDisk = here == entries && wide.long(16) == wide.long(20)
            (count, length, start, end) = (entries, size, first, at)
        }
        guard isOnOneDisk else { throw ArchiveProblem("is a part of several disks") }
        guard count >= 0, length >= 0, start >= 0, start <= end, length == end &- start, count <= length / 46 else {
            throw ArchiveProblem("its list of contents isn't where, or as long as, its end says")
        }
    }
}

/// What a name in an archive must not be.
enum ArchiveName {
    /// Why a name isn't taken; nil where nothing is wrong with it.
    static func objection(_ name: [UInt8]) -> String? {
        if name.isEmpty || name.count > 4_096 { return "a name has 1 to 4096 bytes" }
        if name.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "a name has no control characters" }
        let slash = UInt8(ascii: "/")
        if name.first == slash || name.first == UInt8(ascii: "\\") || name.dropFirst().first == UInt8(ascii: ":") {
            return "a name doesn't begin at a root"
        }
        let steps = name.split(whereSeparator: { $0 == slash || $0 == UInt8(ascii: "\\") })
        return steps.contains { $0.elementsEqual("..".utf8) } ? "a name doesn't lead upwards" : nil
    }
}

extension ByteCursor {
    /// Two, four and eight bytes, the lowest first, from the current place or from any; zeros past the end.
    func word(_ distance: Int) -> Int { word(at: position &+ distance) }
    func long(_ distance: Int) -> Int { long(at: position &+ distance) }
    func word(at place: Int) -> Int { Int(self[at: place]) | Int(self[at: place &+ 1]) &<< 8 }
    func long(at place: Int) -> Int { word(at: place) | word(at: place &+ 2) &<< 16 }
    /// nil where it doesn't fit.
    func quad(_ distance: Int) -> Int? {
        let high = long(distance &+ 4)
        return high < 0x8000_0000 ? long(distance) | high &<< 32 : nil
    }
}
