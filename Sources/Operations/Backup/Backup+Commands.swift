import FoundationEssentials
import Kernel
public import Store
import Synchronization

/// What `seaworthy backup` and `seaworthy restore` do and print: plain text, 80 columns at most.
public struct BackupCommands: Sendable {
    private let scope: BackupScope
    private let version: String
    private let ports: BackupPorts
    private let ledger: BackupLedger
    private let audit: (any AuditTrail)?

    public init(
        scope: BackupScope, version: String, ports: BackupPorts, audit: (any AuditTrail)? = nil,
        alerts: (any BackupAlerts)? = nil
    ) {
        self.scope = scope
        self.version = version
        self.ports = ports
        self.audit = audit
        ledger = BackupLedger(audit: audit, alerts: alerts)
    }

    /// What makes backups by these settings: for the command, the job and the step before a migration.
    ///
    /// - Throws: `BackupError` with code `.configuration` when no passphrase or recipient is set.
    public func maker(
        _ database: Database, settings: BackupSettings, destination: any BackupDestination
    ) throws -> BackupMaker {
        guard let seal = settings.seal else {
            throw BackupError(
                .configuration, "no key for backups: set operations.backup.passphrase or operations.backup.recipient")
        }
        return BackupMaker(
            database: database, scope: scope, version: version, seal: seal, destination: destination,
            retention: settings.retention, verification: settings.verification, ledger: ledger, ports: ports)
    }

    /// `seaworthy backup`
    public func make(_ maker: BackupMaker, cause: BackupCause = .command) async throws -> String {
        let report = try await maker.make(cause)
        var lines = [
            "\(report.name)",
            "  to      \(report.destination)",
            "  holds   \(report.rows) rows of \(report.tables) tables, \(BackupText.size(report.bytes)) locked and compressed",
            "  took    \(BackupText.seconds(report.seconds)), read back and verified",
        ]
        if !report.others.isEmpty {
            lines.append("  without \(report.others.count) tables that aren't Seaworthy's, such as \(report.others[0])")
        }
        if !report.removed.isEmpty { lines.append("  removed \(report.removed.count) past their time") }
        return BackupText.page(lines)
    }

    /// `seaworthy backup list`: what the destination has, with what the database knows about it where one is given.
    public func list(_ destination: any BackupDestination, database: Database? = nil) async throws -> String {
        let stored = try await destination.list()
        let label = destination.label
        let known = try await database?.read("backup.list") { [ledger] db in try ledger.known(at: label, in: db) }
        var lines = ["\(stored.count) in \(label)"]
        for backup in stored.reversed() {
            let name = backup.name.text
            let state =
                known.map { $0.good.contains(name) ? "verified" : $0.failed.contains(name) ? "failed" : "unknown" }
                ?? ""
            lines.append("\(name)  \(BackupText.right(BackupText.size(backup.bytes), 10))  \(state)")
        }
        return BackupText.page(lines)
    }

    /// `seaworthy backup verify [NAME]`: reads it to its end; with `rehearsal`, restores it into a scratch database too.
    public func verify(
        _ source: Source, opener: BackupOpener, rehearsal: DatabaseSettings? = nil
    ) async throws -> String {
        try await with(source) { path in
            let contents: BackupContents
            if let rehearsal {
                contents = try await restore(into: rehearsal).rehearse(path: path, opener: opener)
            } else {
                contents = try await BackupFile(path: path, opener: opener).verified()
            }
            return BackupText.page(
                BackupText.lines(contents) + [
                    rehearsal == nil ? "sound: read to its end" : "sound: restored into a scratch database"
                ])
        }
    }

    /// `seaworthy restore NAME [--replace]`
    ///
    /// - Parameter safety: makes a backup of what is there before it is replaced, and names it; nil for none.
    public func restore(
        _ source: Source, into settings: DatabaseSettings, opener: BackupOpener, replace: Bool, actor: String? = nil,
        safety: (@Sendable () async throws -> BackupName)? = nil
    ) async throws -> String {
        let kept = Mutex<BackupName?>(nil)
        return try await with(source) { path in
            let report = try await restore(into: settings).run(
                path: path, opener: opener, replace: replace, actor: actor,
                before: {
                    guard let name = try await safety?() else { return }
                    kept.withLock { $0 = name }
                })
            var lines = BackupText.lines(report.contents)
            if let aside = report.movedAside {
                lines.append("what was there is damaged, so no backup of it was made: its bytes are kept in")
                lines.append("  \(aside)")
            }
            if !report.migrated.isEmpty {
                lines.append(
                    "brought up to date by \(report.migrated.count) steps, up to \(report.migrated.last ?? "")")
            }
            if let name = kept.withLock({ $0 }) { lines.append("what was there is now the backup \(name)") }
            lines.append(report.replaced ? "restored: replaced what was there" : "restored")
            return BackupText.page(lines)
        }
    }

    /// `seaworthy backup keygen`: the private key goes to a file (0600), the public one to the configuration.
    ///
    /// - Throws: `BackupError` when there is such a file.
    public func keygen(privateKeyPath: String) throws -> String {
        let key = try BackupPrivateKey(random: ports.random)
        let sink = try FileSink(path: privateKeyPath)
        try sink.write(Array((key.text.reveal() + "\n").utf8))
        try sink.finish()
        return BackupText.page([
            "The private key is in \(privateKeyPath). Without it nobody can open the",
            "backups: take it off this machine, and keep two copies.",
            "",
            "operations:",
            "  backup:",
        ]) + "    recipient: \(key.publicKey.text)\n"
    }

    /// Where a backup is read from.
    public enum Source: Sendable {
        case file(path: String)
        /// nil for the newest there.
        case stored(name: String?, in: any BackupDestination)
    }

    private func restore(into settings: DatabaseSettings) -> Restore {
        Restore(into: settings, scope: scope, version: version, ports: ports, audit: audit)
    }

    private func with<Value>(_ source: Source, _ work: (String) async throws -> Value) async throws -> Value {
        switch source {
        case .file(let path): return try await work(path)
        case .stored(let text, let destination):
            let name: BackupName
            if let text {
                guard let given = BackupName(text) else {
                    throw BackupError(
                        .missing, "“\(text.prefix(80))” is no backup's name: `seaworthy backup list` shows them")
                }
                name = given
            } else {
                guard let newest = try await destination.list().last else {
                    throw BackupError(.missing, "there is no backup in \(destination.label)")
                }
                name = newest.name
            }
            let (path, isTemporary) = try await destination.fetch(name)
            defer { if isTemporary { removeFile(path) } }
            return try await work(path)
        }
    }
}

/// Lines for a terminal.
enum BackupText {
    static func lines(_ contents: BackupContents) -> [String] {
        [
            "taken   \(contents.takenAt.iso8601) from \(contents.engine) by version \(contents.program)",
            "schema  up to \(contents.migrations.last ?? "none")",
            "holds   \(contents.rows) rows of \(contents.tables) tables, \(size(contents.bytes))",
        ]
    }

    /// Broken between words where longer than 80 columns.
    static func page(_ lines: [String]) -> String {
        lines.map(wrapped).joined(separator: "\n") + "\n"
    }

    private static func wrapped(_ line: String) -> String {
        guard line.count > 80 else { return line }
        let margin = line.prefix(while: { $0 == " " })
        var rows: [String] = []
        var row = String(margin)
        for word in line.dropFirst(margin.count).split(separator: " ") {
            if row.count + word.count > 80, row.count > margin.count {
                rows.append(row)
                row = "          "
            }
            row += "\(word) "
        }
        return (rows + [row]).map { $0.hasSuffix(" ") ? $0.dropLast() : $0[...] }.joined(separator: "\n")
    }

    static func size(_ bytes: Int) -> String {
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)]
        for (unit, size) in units where bytes >= size {
            let tenths = bytes / (size / 10)
            return "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes) B"
    }

    static func seconds(_ seconds: Double) -> String {
        let tenths = Int(max(0, min(seconds, 1e9)) * 10)
        return "\(tenths / 10).\(tenths % 10) s"
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
