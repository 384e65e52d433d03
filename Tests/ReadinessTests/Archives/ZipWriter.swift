@testable import Readiness

/// Writes ZIP archives byte by byte, right ones and wrong ones.
struct ZipWriter {
    struct Item {
        var name: String
        var content: [UInt8]
        var method = 0
        var flags = 0
        /// What the list says instead of the truth.
        var size: Int?
        var checksum: UInt32?
        /// What the entry's own header says instead of the name.
        var ownName: String?
        var isLarge = false

        init(_ name: String, _ content: String, method: Int = 0, flags: Int = 0) {
            self.name = name
            self.content = Array(content.utf8)
            self.method = method
            self.flags = flags
        }

        /// As DEFLATE has it: one block, stored.
        var packed: [UInt8] {
            guard method == 8 else { return content }
            let count = content.count
            return [1] + ZipWriter.word(count) + ZipWriter.word(~count & 0xFFFF) + content
        }
    }

    var items: [Item]
    var isLarge = false
    var remark = ""
    /// Where the list of contents says that each entry lies, instead of where it does.
    var place: Int?
    var countOffset = 0
    var before: [UInt8] = []

    init(_ items: [Item]) { self.items = items }

    static func word(_ value: Int) -> [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    static func long(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    static func quad(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

    func bytes() -> [UInt8] {
        var out = before
        var list: [UInt8] = []
        for item in items {
            let offset = place ?? out.count
            let name = Array(item.name.utf8)
            let own = Array((item.ownName ?? item.name).utf8)
            let size = item.size ?? item.content.count
            let sums = Self.long(Int(item.checksum ?? Inflation.checksum(item.content)))
            let common = Self.word(20) + Self.word(item.flags) + Self.word(item.method) + [0, 0, 0x21, 0x5D] + sums
            out += Array("PK\u{3}\u{4}".utf8) + common + Self.long(item.packed.count) + Self.long(size)
            out += Self.word(own.count) + Self.word(0) + own + item.packed
            let extra =
                item.isLarge
                ? Self.word(1) + Self.word(24) + Self.quad(size) + Self.quad(item.packed.count) + Self.quad(offset) : []
            list += Array("PK\u{1}\u{2}".utf8) + Self.word(20) + common
            list += Self.long(item.isLarge ? 0xFFFF_FFFF : item.packed.count)
            list += Self.long(item.isLarge ? 0xFFFF_FFFF : size)
            list +=
                Self.word(name.count) + Self.word(extra.count) + Self.word(0) + Self.word(0) + Self.word(0)
                + Self.long(0)
            list += Self.long(item.isLarge ? 0xFFFF_FFFF : offset) + name + extra
        }
        let start = out.count
        out += list
        let count = items.count + countOffset
        if isLarge {
            let end = out.count
            out +=
                Array("PK\u{6}\u{6}".utf8) + Self.quad(44) + Self.word(45) + Self.word(45) + Self.long(0) + Self.long(0)
            out += Self.quad(count) + Self.quad(count) + Self.quad(list.count) + Self.quad(start)
            out += Array("PK\u{6}\u{7}".utf8) + Self.long(0) + Self.quad(end) + Self.long(1)
        }
        out += Array("PK\u{5}\u{6}".utf8) + Self.word(0) + Self.word(0)
        out += Self.word(isLarge ? 0xFFFF : count) + Self.word(isLarge ? 0xFFFF : count)
        out += Self.long(isLarge ? 0xFFFF_FFFF : list.count) + Self.long(isLarge ? 0xFFFF_FFFF : start)
        return out + Self.word(remark.utf8.count) + Array(remark.utf8)
    }
}
