public import Kernel

/// The manifest.
public enum BackupCapability {
    public static let capability = Capability(
        id: "operations.backup", title: "Backup and restore", level: .mvp, stages: [], modeKey: nil, reasons: [],
        provedBy: [], rehearsedBy: ["BackupProcessTests", "BackupCommandTests", "BackupRehearsalTests", "KillerTests"])
}
