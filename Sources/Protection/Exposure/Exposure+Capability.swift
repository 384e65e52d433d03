public import Kernel

extension ExposureStage {
    public static let capability = Capability(
        id: "protection.exposure", title: "Nothing is published by accident", level: .mvp, stages: ["Exposure"],
        modeKey: "protection.exposure.mode", reasons: ["exposure.hidden", "exposure.listing"],
        provedBy: [
            "exposure.debug-routes", "exposure.directory-listing", "exposure.dot-files", "exposure.metrics",
        ])
}
