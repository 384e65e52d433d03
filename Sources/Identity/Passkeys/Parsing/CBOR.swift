/// A value of CBOR (RFC 8949), as far as WebAuthn uses it: no tags, no floating point, nothing of indefinite length.
indirect enum CBORValue: Sendable, Equatable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    /// In the order of the bytes; no key stands twice.
    case map([CBORPair])
    case boolean(Bool)
    case null

    /// The value under a key of a map; nil for what isn't one or has it not.
    subscript(_ key: CBORValue) -> CBORValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
}

struct CBORPair: Sendable, Equatable {
    let key: CBORValue
    let value: CBORValue
}

/// Reads CBOR of strangers: bounded in size, depth and number of items, and in the one form that CTAP2 allows (canonical
/// lengths, definite, no key twice), so that no two readers see two things in it.
struct CBORReader {
    enum Refusal: Error, Equatable {
        case truncated
        case surplus
        case unsupported
        case notCanonical
        case duplicateKey
        case notUTF8
        case tooDeep
        case tooLarge
    }

    static let mostBytes = 16_384
    static let mostDepth = 6
    static let mostItems = 256

    private(set) var rest: ArraySlice<UInt8>
    private var items = 0

    init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(Array(bytes)) }

    /// One value, and nothing behind it.
    static func value(of bytes: [UInt8]) throws(Refusal) -> CBORValue {
        var reader = CBORReader(bytes)
        let value = try reader.next()
        guard reader.rest.isEmpty else { throw .surplus }
        return value
    }

    /// The next value; what follows stays in `rest`.
    mutating func next() throws(Refusal) -> CBORValue {
        guard rest.count <= CBORReader.mostBytes else { throw .tooLarge }
        return try next(depth: 0)
    }

    private mutating func next(depth: Int) throws(Refusal) -> CBORValue {
        guard depth < CBORReader.mostDepth else { throw .tooDeep }
        items &+= 1
        guard items <= CBORReader.mostItems else { throw .tooLarge }
        guard let head = rest.popFirst() else { throw .truncated }
        let kind = head >> 5
        guard kind != 6 else { throw .unsupported }
        guard kind != 7 else { return try simple(head & 0x1F) }
        let argument = try argument(head & 0x1F)
        switch kind {
        case 0:
            guard let number = Int64(exactly: argument) else { throw .unsupported }
            return .integer(number)
        case 1:
            guard let number = Int64(exactly: argument) else { throw .unsupported }
            return .integer(-1 &- number)
        case 2: return .bytes(Array(try take(argument)))
        case 3:
            guard let text = String(validating: try take(argument), as: UTF8.self) else { throw .notUTF8 }
            return .text(text)
        case 4:
            var values: [CBORValue] = []
            for _ in 0..<(try count(argument)) { values.append(try next(depth: depth &+ 1)) }
            return .array(values)
        default:
            var pairs: [CBORPair] = []
            for _ in 0..<(try count(argument)) {
                let key = try next(depth: depth &+ 1)
                guard !pairs.contains(where: { $0.key == key }) else { throw .duplicateKey }
                pairs.append(CBORPair(key: key, value: try next(depth: depth &+ 1)))
            }
            return .map(pairs)
        }
    }

    private func simple(_ detail: UInt8) throws(Refusal) -> CBORValue {
        switch detail {
        case 20: .boolean(false)
        case 21: .boolean(true)
        case 22: .null
        default: throw .unsupported
        }
    }

    /// A length or number, in its shortest form.
    private mutating func argument(_ detail: UInt8) throws(Refusal) -> UInt64 {
        let size: Int
        let least: UInt64
        switch detail {
        case 0..<24: return UInt64(detail)
        case 24: (size, least) = (1, 24)
        case 25: (size, least) = (2, 0x100)
        case 26: (size, least) = (4, 0x1_0000)
        case 27: (size, least) = (8, 0x1_0000_0000)
        default: throw .unsupported
        }
        let value = try take(UInt64(size)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }  // can't trap: shifts drop bits
        guard value >= least else { throw .notCanonical }
        return value
    }

    private mutating func take(_ count: UInt64) throws(Refusal) -> ArraySlice<UInt8> {
        guard let count = Int(exactly: count), count <= rest.count else { throw .truncated }
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    /// Items that a list may have: never more than there are bytes, so that a false length costs nothing.
    private func count(_ argument: UInt64) throws(Refusal) -> Int {
        guard let count = Int(exactly: argument), count <= rest.count else { throw .truncated }
        guard count <= CBORReader.mostItems else { throw .tooLarge }
        return count
    }
}
