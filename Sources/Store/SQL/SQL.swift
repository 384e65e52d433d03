/// A statement with its values: what is interpolated is bound, never spliced into the text.
///
///     try db.row("SELECT name FROM accounts WHERE id = \(id) AND state = \(AccountState.active)")
///
/// Values go through `SQLEncodable`; a list binds as `IN (\(list: ids))`; a name that code (never input) chooses goes in
/// as `\(identifier: table)`, quoted. A part that the engines write differently is `\(.dialects(sqlite:postgres:))`.
/// (ASVS 5.0 V1.2.4)
public struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
    indirect enum Piece: Sendable, Hashable {
        case text(String)
        case value(SQLValue)
        case dialects(sqlite: SQL, postgres: SQL)
    }

    var pieces: [Piece]

    init(pieces: [Piece]) { self.pieces = pieces }

    public init(stringLiteral value: StaticString) {
        pieces = [.text(value.withUTF8Buffer { String(decoding: $0, as: UTF8.self) })]
    }

    public init(stringInterpolation: Interpolation) { pieces = stringInterpolation.pieces }

    /// Text that was written by a developer, such as a migration's. Never made from input.
    public init(trusted text: String) { pieces = [.text(text)] }

    /// Both texts side by side, where no portable one exists.
    public static func dialects(sqlite: SQL, postgres: SQL) -> SQL {
        SQL(pieces: [.dialects(sqlite: sqlite, postgres: postgres)])
    }

    public static func + (a: SQL, b: SQL) -> SQL { SQL(pieces: a.pieces + b.pieces) }
    public static func += (a: inout SQL, b: SQL) { a.pieces += b.pieces }

    /// All of them with `separator` between.
    public static func joined(_ parts: [SQL], by separator: SQL) -> SQL {
        var pieces: [Piece] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { pieces += separator.pieces }
            pieces += part.pieces
        }
        return SQL(pieces: pieces)
    }

    public struct Interpolation: StringInterpolationProtocol {
        var pieces: [Piece] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(interpolationCount * 2 + 1)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            pieces.append(.text(literal.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }))
        }

        public mutating func appendInterpolation(_ value: some SQLEncodable) { pieces.append(.value(value.sqlValue)) }

        /// nil is bound as NULL.
        public mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value?) {
            pieces.append(.value(value.sqlValue))
        }

        public mutating func appendInterpolation(_ part: SQL) { pieces += part.pieces }

        /// For `IN (…)`: an empty list becomes `NULL`, which matches nothing.
        public mutating func appendInterpolation(list values: some Collection<some SQLEncodable>) {
            if values.isEmpty { pieces.append(.text("NULL")) }
            for (index, value) in values.enumerated() {
                if index > 0 { pieces.append(.text(", ")) }
                pieces.append(.value(value.sqlValue))
            }
        }

        /// A table's or column's name, quoted.
        public mutating func appendInterpolation(identifier: String) {
            pieces.append(.text("\"" + identifier.replacing("\"", with: "\"\"") + "\""))
        }
    }
}

extension SQL {
    /// What an engine is given: its text with its placeholders, and the values in their order.
    func rendered(for engine: DatabaseEngine) -> (text: String, values: [SQLValue]) {
        var text = ""
        var values: [SQLValue] = []
        render(engine, &text, &values)
        return (text, values)
    }

    private func render(_ engine: DatabaseEngine, _ text: inout String, _ values: inout [SQLValue]) {
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .value(let value):
                values.append(value)
                switch engine {
                case .sqlite: text += "?\(values.count)"
                case .postgres: text += "$\(values.count)"
                }
            case .dialects(let sqlite, let postgres):
                (engine == .sqlite ? sqlite : postgres).render(engine, &text, &values)
            }
        }
    }
}
