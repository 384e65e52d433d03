/// A tar archive in memory (POSIX ustar, pax and GNU's long names): what is in it, in order.
struct TarArchive: Sendable {
    struct Entry: Sendable, Equatable {
        var name: String
        /// Mode, owner and kind, as they stand.
        var attributes: String
        /// Seconds since 1970 as they stand, fractions too where pax has them.
        var stamp: String
        var content: ArraySlice<UInt8>
    }
    let entries: [Entry]
    private static let most = 500_000

    /// Whether bytes begin like a tar archive.
    static func isOne(_ bytes: [UInt8]) -> Bool { ByteCursor(bytes).starts(with: "ustar", at: 257) }

    init(_ bytes: [UInt8]) throws(ArchiveProblem) {
        var cursor = ByteCursor(bytes)
        var read: [Entry] = []
        var longName: String?
        var more: [String: String] = [:]
        while cursor.count &- cursor.position >= 512, cursor.current != 0 {
            guard read.count < Self.most else { throw ArchiveProblem("has over \(Self.most) entries") }
            let start = cursor.position
            guard var size = Self.number(cursor.slice(start &+ 124, start &+ 136)) else {
                throw ArchiveProblem("an entry's size is damaged")
            }
            let kind = cursor.ahead(156)
            // can't trap: a dictionary answers nil for what it doesn't have
            if kind != UInt8(ascii: "x"), kind != UInt8(ascii: "g"), let wide = more["size"].flatMap({ Int($0) }) {
                size = wide
            }
            guard size >= 0, size <= cursor.count &- start &- 512 else { throw ArchiveProblem("is cut off") }
            let content = cursor.slice(start &+ 512, start &+ 512 &+ size)
            switch kind {
            case UInt8(ascii: "L"): longName = text(of: content.prefix { $0 != 0 })
            case UInt8(ascii: "K"): break
            case UInt8(ascii: "x"): more = Self.records(content)
            case UInt8(ascii: "g"): break
            default:
                let name = Self.field(cursor, start, 100)
                let prefix =
                    cursor.starts(with: "ustar\0", at: start &+ 257) ? Self.field(cursor, start &+ 345, 155) : ""
                let link = Self.field(cursor, start &+ 157, 100)
                let owner = [(100, 8), (108, 8), (116, 8), (265, 32), (297, 32)].map {
                    Self.field(cursor, start &+ $0.0, $0.1)
                }
                read.append(
                    Entry(
                        // can't trap: a dictionary answers nil for what it doesn't have
                        name: more["path"] ?? longName ?? (prefix.isEmpty ? name : "\(prefix)/\(name)"),
                        attributes: (owner + [String(kind), link]).joined(separator: " "),
                        // can't trap: a dictionary answers nil for what it doesn't have
                        stamp: more["mtime"] ?? Self.number(cursor.slice(start &+ 136, start &+ 148)).map { "\($0)" }
                            ?? "",
                        content: content))
                longName = nil
                more = [:]
            }
            cursor.advance(512 &+ size &+ (512 &- size % 512) % 512)
        }
        entries = read
    }

    private static func field(_ cursor: ByteCursor, _ start: Int, _ length: Int) -> String {
        text(of: cursor.slice(start, start &+ length).prefix { $0 != 0 })
    }

    /// Octal digits, or GNU's binary form for what is larger.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        var value = 0
        if field.first == 0x80 {
            for byte in field.dropFirst(4) {
                guard value < 1 &<< 54 else { return nil }
                value = value &<< 8 | Int(byte)
            }
            return value
        }
        for byte in field {
            switch byte {
            case UInt8(ascii: " ") where value == 0: continue
            case 0, UInt8(ascii: " "): return value
            case 0x30...0x37:
                guard value < 1 &<< 59 else { return nil }
                value = value &<< 3 | Int(byte & 7)
            default: return nil
            }
        }
        return value
    }

    /// `LENGTH KEY=VALUE\n`, again and again.
    private static func records(_ bytes: ArraySlice<UInt8>) -> [String: String] {
        var found: [String: String] = [:]
        var rest = bytes
        while !rest.isEmpty, found.count < 100 {
            let digits = rest.prefix { $0.isDigit }
            guard digits.count < 10, let length = Int(text(of: digits)), length > digits.count, length <= rest.count
            else {
                return found
            }
            let record = rest.prefix(length).dropFirst(digits.count &+ 1).dropLast()
            let key = record.prefix { $0 != UInt8(ascii: "=") }
            // can't trap: a dictionary takes any key
            found[text(of: key)] = text(of: record.dropFirst(key.count &+ 1))
            rest = rest.dropFirst(length)
        }
        return found
    }
}
