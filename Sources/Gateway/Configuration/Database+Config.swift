public import Kernel
public import Store

/// Whether there is a database, where, and how patient we are with it.
public struct DatabaseConfiguration: Sendable, Equatable {
    /// Who brings the schema up to date.
    public enum Migrating: String, Sendable, CaseIterable {
        /// `serve` itself, at its start.
        case up
        /// Somebody else: `serve` starts only on a schema that is up to date.
        case check
    }

    /// As it was given, or the default.
    public var text: Secret
    /// nil: none.
    public var address: DatabaseSettings.Address?
    /// Whether nobody named it: then the directory of its file is made.
    public var isDefault: Bool
    public var poolSize: Int
    public var waitLimit: Duration
    public var connectTimeout: Duration
    public var statementTimeout: Duration
    public var lockTimeout: Duration
    public var startWait: Duration
    public var migrating: Migrating
    /// Where backups before a migration go; nil: beside the file, or the default directory for PostgreSQL.
    public var backupDirectory: String?
    /// `$STATE_DIRECTORY`, or `.seaworthy`.
    public var stateDirectory: String

    /// As the store takes it; nil without a database.
    public var settings: DatabaseSettings? {
        guard let address else { return nil }
        var settings = DatabaseSettings(address: address)
        settings.poolSize = poolSize
        settings.waitLimit = waitLimit
        settings.connectTimeout = connectTimeout
        settings.statementTimeout = statementTimeout
        settings.lockTimeout = lockTimeout
        return settings
    }

    /// For people: where it is, never with a password.
    public var place: String {
        switch address {
        case nil: "none"
        case .sqlite(let path): path
        case .postgres(let address): address.description
        }
    }
}

/// The database's keys.
public enum DatabaseKeys {
    public static let database = Setting<Secret?>(
        "database", summary: "Where state is kept (in a file's mapping: database.url).",
        form: "a file for SQLite, sqlite:///PATH, postgres://USER:PASSWORD@HOST:5432/NAME, or none", default: nil,
        defaultText: "$STATE_DIRECTORY/seaworthy.db under systemd, else .seaworthy/seaworthy.db", reloads: false,
        isSecret: true,
        parse: { node in node.text.flatMap { $0.isEmpty ? nil : .some(Secret($0)) } })

    static let poolSize = Setting<Int>.number(
        "database.pool-size", summary: "Connections at most, of each process (SQLite: readers beside the one writer).",
        default: 8, in: 1...200, reloads: false)
    static let waitLimit = Setting<Duration>.duration(
        "database.wait-limit", summary: "How long work waits for a free connection before it is answered 503.",
        default: .seconds(2), defaultText: "2s", reloads: false)
    static let statementTimeout = Setting<Duration>.duration(
        "database.statement-timeout", summary: "Longest time for one statement.", default: .seconds(5),
        defaultText: "5s", reloads: false)
    static let lockTimeout = Setting<Duration>.duration(
        "database.lock-timeout", summary: "Longest wait for a row that another transaction holds.",
        default: .seconds(3), defaultText: "3s", reloads: false)
    static let connectTimeout = Setting<Duration>.duration(
        "database.connect-timeout", summary: "Time to connect to PostgreSQL (whole seconds, 2 at least).",
        default: .seconds(5), defaultText: "5s", reloads: false)
    static let startWait = Setting<Duration>.duration(
        "database.start-wait", summary: "How long a start waits for a database that can't be reached yet.",
        default: .zero, defaultText: "0s", reloads: false)
    static let migrating = Setting<DatabaseConfiguration.Migrating>(
        "database.migrate",
        summary:
            "`up`: serve brings the schema up to date; `check`: it starts only on one that is (a role without DDL).",
        form: "up or check", default: .up, defaultText: "up", reloads: false,
        parse: { $0.text.flatMap(DatabaseConfiguration.Migrating.init(rawValue:)) })
    static let backupDirectory = Setting<String?>.path(
        "database.backup-directory",
        summary:
            "Where the backup before a migration goes (none: beside the SQLite file; $STATE_DIRECTORY or .seaworthy).",
        reloads: false)
}

extension DatabaseConfiguration {
    /// - Parameter stateDirectory: what systemd's `StateDirectory=` gives in `$STATE_DIRECTORY`; the first of several.
    static func read(_ reader: inout ConfigurationReader, stateDirectory: String?) -> DatabaseConfiguration {
        let given = reader.read(DatabaseKeys.database)
        let directory = stateDirectory.flatMap { $0.split(separator: ":").first.map(String.init) } ?? ".seaworthy"
        let text = given ?? Secret(directory + "/seaworthy.db")
        let configuration = DatabaseConfiguration(
            text: text, address: address(text, &reader), isDefault: given == nil,
            poolSize: reader.read(DatabaseKeys.poolSize), waitLimit: reader.read(DatabaseKeys.waitLimit),
            connectTimeout: reader.read(DatabaseKeys.connectTimeout),
            statementTimeout: reader.read(DatabaseKeys.statementTimeout),
            lockTimeout: reader.read(DatabaseKeys.lockTimeout), startWait: reader.read(DatabaseKeys.startWait),
            migrating: reader.read(DatabaseKeys.migrating),
            backupDirectory: reader.read(DatabaseKeys.backupDirectory), stateDirectory: directory)
        for (key, value) in [
            ("database.wait-limit", configuration.waitLimit),
            ("database.connect-timeout", configuration.connectTimeout),
            ("database.statement-timeout", configuration.statementTimeout),
            ("database.lock-timeout", configuration.lockTimeout),
        ] where value < .milliseconds(1) || value > .seconds(86_400) {
            // PostgreSQL reads 0 as “no limit”, and its own range ends after 24 days.
            reader.report(
                ConfigurationError(
                    key: key, given: nil, valid: "must be from 1ms to 1d", origin: reader.origin(of: key)))
        }
        return configuration
    }

    private static func address(
        _ given: Secret, _ reader: inout ConfigurationReader
    ) -> DatabaseSettings.Address? {
        if given.reveal() == "none" { return nil }
        do {
            return try DatabaseSettings(parsing: given).address
        } catch {
            reader.report(
                ConfigurationError(
                    key: "database", given: nil, valid: error.detail, origin: reader.origin(of: "database")))
            return nil
        }
    }
}
