public import Kernel

extension AdoptionSettings {
    // No app has the same login, so no check can try it without being told of one; suites with foreign apps do.
    public static let capability = Capability(
        id: "identity.adopt", title: "The app's own login, guarded", level: .recommended, stages: [], modeKey: nil,
        reasons: [
            "adopt.locked", "adopt.unreadable", "adopt.failed", "adopt.locks", "adopt.succeeded",
            "adopt.unclear-answer", "adopt.not-a-sign-in", "adopt.session-over", "adopt.session-fixed",
            "adopt.cookie-too-long", "adopt.awaits-factor", "adopt.no-session-cookie", "second-factor.awaited",
        ], provedBy: [],
        rehearsedBy: [
            "LoginFormTests", "LoginAnswerTests", "AdoptedSignInTests", "ForeignAppTests", "AdoptedFactorTests",
            "ForeignFactorTests", "ForeignFactorBrowserTests", "PasskeyProofTests",
        ])
}
