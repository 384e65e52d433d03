public import Kernel
public import Store

/// What a sealed column can hold.
public protocol Sealable: Sendable {
    var sealableBytes: [UInt8] { get }
    /// nil when these bytes aren't such a value.
    init?(sealableBytes: [UInt8])
}

extension String: Sealable {
    public var sealableBytes: [UInt8] { Array(utf8) }
    public init?(sealableBytes bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        self = text
    }
}

extension [UInt8]: Sealable {
    public var sealableBytes: [UInt8] { self }
    public init?(sealableBytes bytes: [UInt8]) { self = bytes }
}

extension Secret: Sealable {
    public var sealableBytes: [UInt8] { Array(reveal().utf8) }
    public init?(sealableBytes bytes: [UInt8]) {
        guard let text = String(sealableBytes: bytes) else { return nil }
        self.init(text)
    }
}

/// An encrypted value as its column keeps it ({BLOB}); `Sealer` seals and opens it.
public struct Sealed<Value: Sealable>: Sendable, Hashable, SQLEncodable, SQLDecodable, CustomStringConvertible {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    public var sqlValue: SQLValue { .blob(bytes) }
    public init?(sqlValue: SQLValue) {
        guard case .blob(let bytes) = sqlValue else { return nil }
        self.bytes = bytes
    }

    public var description: String { "‹sealed›" }
}

/// A keyed hash beside a sealed column, by which equal values find each other ({BLOB}, 24 bytes: key id, then the first
/// 16 bytes of HMAC-SHA256). It shows whoever has the database which rows are equal, and nothing else.
public struct BlindIndex: Sendable, Hashable, SQLEncodable, SQLDecodable, CustomStringConvertible {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    public var sqlValue: SQLValue { .blob(bytes) }
    public init?(sqlValue: SQLValue) {
        guard case .blob(let bytes) = sqlValue, bytes.count == 24 else { return nil }
        self.bytes = bytes
    }

    public var description: String { "‹blind index›" }
}

/// A column that is encrypted: its table, its row's key and, where there is one, the column of its blind index.
///
/// All of them are named in one list that `Sealer` gets: re-wrapping and the proof that a key is unused go by it.
public struct SealedColumn: Sendable, Hashable, CustomStringConvertible {
    public let table: String
    public let column: String
    /// The table's primary key, one column of text or number.
    public let id: String
    public let index: String?

    public init(table: String, column: String, id: String = "id", index: String? = nil) {
        self.table = table
        self.column = column
        self.id = id
        self.index = index
    }

    public var description: String { "\(table).\(column)" }

    var purposeInfo: [UInt8] { AuthenticatedBox.joined([Array(table.utf8), Array(column.utf8)]) }
}
