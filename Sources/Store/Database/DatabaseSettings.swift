public import Kernel

/// Where the database is and how patient we are with it.
public struct DatabaseSettings: Sendable {
    public enum Address: Sendable, Equatable {
        /// A file; its directory exists.
        case sqlite(path: String)
        case postgres(PostgresAddress)
    }

    public var address: Address
    /// Connections at most, 1…200 (PostgreSQL; SQLite has one writer and this many readers).
    public var poolSize = 8
    /// How long work waits for a connection before it is answered 503.
    public var waitLimit: Duration = .seconds(2)
    public var connectTimeout: Duration = .seconds(5)
    public var statementTimeout: Duration = .seconds(5)
    public var lockTimeout: Duration = .seconds(3)
    /// Second tries after a deadlock or a broken connection.
    public var retries = 4

    public init(address: Address) { self.address = address }

    /// From what an operator writes: `seaworthy.db`, `sqlite:///var/lib/…`, `postgres://user@host/name?sslmode=…`.
    ///
    /// - Throws: `DatabaseError` with code `.configuration` that says what would be valid; never the password.
    public init(parsing text: Secret) throws(DatabaseError) {
        let revealed = text.reveal()
        if revealed.hasPrefix("postgres://") || revealed.hasPrefix("postgresql://") {
            address = .postgres(try PostgresAddress(text))
        } else if revealed.hasPrefix("sqlite:") {
            var path = revealed.dropFirst("sqlite:".count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            address = .sqlite(path: try DatabaseSettings.file(String(path)))
        } else if revealed.contains("://") {
            let scheme = revealed.prefix(while: { $0 != ":" })
            throw DatabaseError(
                .configuration, "“\(scheme)://” isn't an engine: postgres://USER@HOST/NAME or a file name for SQLite")
        } else if revealed.contains("password=") || revealed.hasPrefix("postgres:") {
            // Taken for a file name, the password would end up in the name of one.
            throw DatabaseError(
                .configuration, "that looks like PostgreSQL: write postgres://USER:PASSWORD@HOST:5432/NAME")
        } else if let colon = revealed.firstIndex(of: ":"), !revealed[..<colon].contains("/") {
            throw DatabaseError(
                .configuration,
                "not a file name (it has a colon; ./NAME would be one) and no address: postgres://USER@HOST/NAME")
        } else {
            address = .sqlite(path: try DatabaseSettings.file(revealed))
        }
    }

    private static func file(_ path: String) throws(DatabaseError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0), !path.hasSuffix("/") else {
            throw DatabaseError(.configuration, "a file name is wanted, such as /var/lib/seaworthy/seaworthy.db")
        }
        return path
    }
}
