public import Kernel

extension AddressLimitStage {
    public static let capability = Capability(
        id: "protection.rate-limit", title: "No address asks more than its share", level: .mvp,
        stages: ["AddressLimit"], modeKey: "protection.rate-limit.mode", reasons: ["rate-limit.address"],
        provedBy: ["limits.rate", "limits.announced", "limits.forwarded-bypass"])
}
