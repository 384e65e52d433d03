/// One row of a result. Columns are read by name and checked: a wrong type or name throws, it never traps.
///
///     let name: String = try row["name"]
///     let endedAt: Timestamp? = try row["ended_at"]
public struct Row: Sendable {
    /// Names in their order, shared by all rows of a result.
    public let columns: [String]
    public let values: [SQLValue]

    public init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value of `column`.
    ///
    /// - Throws: `DatabaseError` with code `.decoding` when there is no such column or it holds something else.
    public subscript<Value: SQLDecodable>(_ column: String) -> Value {
        get throws(DatabaseError) {
            // Results have a dozen columns: comparing names beats hashing them.
            guard let index = columns.firstIndex(of: column), index < values.count else {
                throw DatabaseError(.decoding, "no column “\(column)” among \(columns.joined(separator: ", "))")
            }
            guard let value = Value(sqlValue: values[index]) else {
                throw DatabaseError(.decoding, "column “\(column)” isn't a \(Value.self)")
            }
            return value
        }
    }

    /// The first column, for `SELECT count(*)` and its like.
    public func only<Value: SQLDecodable>(_ type: Value.Type = Value.self) throws(DatabaseError) -> Value {
        guard let first = values.first, let value = Value(sqlValue: first) else {
            throw DatabaseError(.decoding, "the first column isn't a \(Value.self)")
        }
        return value
    }
}
