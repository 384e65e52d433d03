import Identity
import Operations

/// Columns that are sealed: every one of this program, so that rotations reach them.
///
/// What is not here, and why: passwords, session secrets and links are kept as hashes, which nobody needs to read again; keys are
/// wrapped by the root key; secrets of webhooks and mail servers stand in the configuration, never in the database; events
/// name people by pseudonyms. Addresses of accounts are searched by their parts, which sealing would end.
enum SealedColumns {
    static let all: [SealedColumn] = [
        // Mails that wait: addresses, names, and links that let their holder in.
        Outbox.sealedColumn,
        secondFactors,
    ]

    /// Secrets of authenticator apps.
    static let secondFactors = SealedColumn(
        table: SecondFactors.table, column: SecondFactors.seedColumn, id: SecondFactors.idColumn)
}
