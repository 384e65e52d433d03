public import Kernel

extension CompressionStage {
    public static let capability = Capability(
        id: "protection.compression", title: "Text goes out compressed", level: .recommended, stages: ["Compression"],
        modeKey: "protection.compression.mode", reasons: [], provedBy: ["delivery.compression"])
}
