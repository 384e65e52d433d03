import Identity
import LaunchDesk
import Observability
import Operations
public import Store

/// Every step of the schema, whichever room it belongs to, as one list: ids ascend, none is edited or taken out.
public enum Schema {
    public static let migrations: [Migration] = [
        ChangeFeed.migrations,
        JobQueue.migrations,
        Journal.migrations,
        WebhookSettings.migrations,
        Outbox.migrations,
        KeyRing.migrations,
        BackupLedger.migrations,
        SearchIndex.migrations,
        IdentitySchema.migrations,
        ConsoleSchema.migrations,
        LaunchSchema.migrations,
    ].flatMap(\.self).sorted { $0.id < $1.id }
}
