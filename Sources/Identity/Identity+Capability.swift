public import Kernel

extension IdentitySettings {
    // The manifests of this room. `seaworthy prove` makes an account in each shadow and looks at them from outside.
    public static let sessions = Capability(
        id: "identity.session", title: "Sessions that end, told from cookies by memory alone", level: .mvp,
        stages: ["SignIn"], modeKey: nil, reasons: ["sign-in.unavailable", "sign-in.cookie-of-ours"],
        provedBy: ["session.protected-routes"],
        rehearsedBy: ["SessionTests", "IdentityRouteTests"])

    public static let lockouts = Capability(
        id: "identity.lockout", title: "Guessing passwords ends after a few tries", level: .mvp, stages: [],
        modeKey: "identity.lockout.mode", reasons: ["sign-in.failed"], provedBy: ["identity.throttling"],
        rehearsedBy: ["LockoutRuleTests", "LockoutStoreTests", "SignInFlowTests", "AttackSimulationTests"])

    public static let signUps = Capability(
        id: "identity.sign-up", title: "Accounts that belong to whoever reads their mail", level: .mvp, stages: [],
        modeKey: nil, reasons: ["sign-up.closed", "identity.link-invalid", "identity.address-taken"], provedBy: [],
        rehearsedBy: ["AccountFlowTests", "StepUpTests", "IdentityRouteTests"])

    public static let administration = Capability(
        id: "identity.administration", title: "Accounts are managed, and every act leaves a row", level: .mvp,
        stages: [], modeKey: nil, reasons: ["identity.last-administrator", "identity.not-allowed"], provedBy: [],
        rehearsedBy: ["AdministrationTests", "StepUpTests"])

    public static let secondFactors = Capability(
        id: "identity.two-factor", title: "A stolen password alone opens nothing", level: .recommended, stages: [],
        modeKey: nil,
        reasons: [
            "second-factor.failed", "second-factor.required", "second-factor.enrolment-required",
            "identity.reauthentication-required", "passkey.failed", "passkey.none",
        ], provedBy: [],
        rehearsedBy: [
            "OneTimeCodeTests", "SecondFactorTests", "StepUpTests", "SecondFactorRouteTests", "CBORTests",
            "PasskeyTests", "PasskeyProofTests", "PasskeyBrowserTests",
        ])

    public static let passwords = Capability(
        id: "identity.password", title: "Passwords that nobody guesses, kept so that nobody reads them", level: .mvp,
        stages: [], modeKey: "identity.password.mode", reasons: ["identity.password-refused"],
        provedBy: ["identity.common-password"],
        rehearsedBy: ["PasswordHasherTests", "PasswordPolicyTests", "ForeignHashTests"])
}
