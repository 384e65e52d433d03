public import Kernel

extension ClientAddressStage {
    public static let capability = Capability(
        id: "protection.client-address", title: "The client's address comes from trusted hops only", level: .mvp,
        stages: ["ClientAddress"], modeKey: nil, reasons: [], provedBy: [],
        witness: InsideWitness(
            .forwardedClientIsLogged, because: "no answer tells a caller as which address it was counted"))
}
