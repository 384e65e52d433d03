public import Kernel

extension LaunchDesk {
    /// Strangers see nothing of it: suites on both engines and a real browser prove it.
    public static let acceptance = Capability(
        id: "readiness.uat", title: "Acceptance plans and sign-offs", level: .recommended, stages: [], modeKey: nil,
        reasons: [], provedBy: [],
        rehearsedBy: ["PlanReaderTests", "LaunchDeskTests", "LaunchConsoleTests"])
}
