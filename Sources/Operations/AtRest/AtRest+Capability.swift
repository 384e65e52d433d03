public import Kernel

extension Sealer {
    public static let capability = Capability(
        id: "privacy.at-rest", title: "A stolen database tells no secret", level: .recommended, stages: [],
        modeKey: nil, reasons: [], provedBy: [],
        rehearsedBy: ["SealerTests", "RewrapperTests"])
}
