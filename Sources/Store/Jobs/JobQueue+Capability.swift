public import Kernel

extension JobQueue {
    public static let capability = Capability(
        id: "operations.jobs", title: "Work that is promised is done, and what isn't is seen", level: .mvp, stages: [],
        modeKey: nil, reasons: [], provedBy: [], rehearsedBy: ["JobProcessTests", "OperatorCommandTests"])
}
