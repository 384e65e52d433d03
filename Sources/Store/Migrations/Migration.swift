import Crypto

/// One step of the schema, written once and never edited afterwards: its checksum is kept beside it.
public struct Migration: Sendable {
    /// Such as `0007-sessions`: four digits that only grow, then words.
    public let id: String
    let sqlite: [String]
    let postgres: [String]

    /// Both dialects side by side. Statements run in order, in one transaction with the entry in `schema_migrations`.
    public init(_ id: String, sqlite: [String], postgres: [String]) {
        self.id = id
        self.sqlite = sqlite
        self.postgres = postgres
    }

    /// One text for both, where only these two types are written differently: `{BLOB}` and `{TIME}` (nanoseconds).
    public init(_ id: String, portable: [String]) {
        self.init(
            id,
            sqlite: portable.map { $0.replacing("{BLOB}", with: "BLOB").replacing("{TIME}", with: "INTEGER") },
            postgres: portable.map { $0.replacing("{BLOB}", with: "BYTEA").replacing("{TIME}", with: "BIGINT") })
    }

    func statements(_ engine: DatabaseEngine) -> [String] { engine == .sqlite ? sqlite : postgres }

    /// Names of the ordinary tables that it makes on `engine`, or renames others to: what is ours in a schema that others
    /// may use too.
    public func tables(_ engine: DatabaseEngine) -> [String] {
        statements(engine).compactMap { statement in
            let made = #/^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([A-Za-z_][A-Za-z0-9_]*)/#.ignoresCase()
            let renamed = #/^\s*ALTER\s+TABLE\s+"?\w+"?\s+RENAME\s+TO\s+"?([A-Za-z_][A-Za-z0-9_]*)/#.ignoresCase()
            return (statement.firstMatch(of: made)?.1 ?? statement.firstMatch(of: renamed)?.1).map(String.init)
        }
    }

    /// SHA-256 over the statements of one engine, in hexadecimal.
    public func checksum(_ engine: DatabaseEngine) -> String {
        var hash = SHA256()
        for statement in statements(engine) {
            hash.update(data: Array(statement.utf8))
            hash.update(data: [0])
        }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
