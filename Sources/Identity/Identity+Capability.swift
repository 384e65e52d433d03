public import Kernel

extension IdentitySettings {
    /// The manifests of this room. Each is proved by somebody who gets an account in a gateway made for the purpose.
    public static let capabilities: [Capability] = [
        Capability(
            id: "identity.session", title: "Sessions that end, told from cookies by memory alone", level: .mvp,
            stages: ["SignIn"], modeKey: nil,
            reasons: ["sign-in.unavailable", "sign-in.cookie-of-ours"], provedBy: [],
            witness: InsideWitness(
                .personGetsIn,
                because:
                    "whether somebody with an account is told from a stranger shows only to somebody with an account")),
        Capability(
            id: "identity.lockout", title: "Guessing passwords ends after a few tries", level: .mvp, stages: [],
            modeKey: "identity.lockout.mode", reasons: ["sign-in.failed"], provedBy: [],
            witness: InsideWitness(
                .guessingIsStopped,
                because:
                    "while an account is locked the answer is the same as ever, and only its owner's password shows it")
        ),
        Capability(
            id: "identity.password", title: "Passwords that nobody guesses, kept so that nobody reads them",
            level: .mvp,
            stages: [], modeKey: "identity.password.mode", reasons: ["identity.password-refused"], provedBy: [],
            witness: InsideWitness(
                .weakPasswordIsRefused,
                because: "only whoever was sent a link may choose a password, and see a weak one refused")),
    ]
}
