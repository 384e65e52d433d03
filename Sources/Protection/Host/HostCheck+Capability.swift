public import Kernel

extension HostCheckStage {
    public static let capability = Capability(
        id: "protection.host", title: "Only our own hosts are answered for", level: .mvp, stages: ["HostCheck"],
        modeKey: "protection.host.mode", reasons: ["host.malformed", "host.unknown", "host.unlisted"],
        provedBy: ["host.poisoned"])
}
