/// A value as both engines keep it: what goes into a statement and what comes out of a row.
///
/// Times are `integer` nanoseconds since 1970 (`Timestamp`), truth values are 0 and 1: both engines then compare, index
/// and sort them alike.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    /// Without U+0000, which PostgreSQL can't keep: such a text is refused before it reaches either engine.
    case text(String)
    case blob([UInt8])
}

/// What can be bound to a statement.
public protocol SQLEncodable {
    var sqlValue: SQLValue { get }
}

/// What can be read from a row.
public protocol SQLDecodable {
    /// nil when the value is of another kind or out of range.
    init?(sqlValue: SQLValue)
}

public typealias SQLConvertible = SQLDecodable & SQLEncodable
