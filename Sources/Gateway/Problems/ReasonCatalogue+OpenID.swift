/// What sign-in by a provider refuses.
extension ReasonCatalogue {
    static let openID: [Reason] = [
        Reason(
            "sign-in.state", .refusal([400]), "This sign-in can't go on here.",
            "A provider's answer counts once, for ten minutes, and only in the browser that asked.",
            client: "Begin again at `{own-prefix}/sign-in`; let the browser keep cookies."),
        Reason(
            "sign-in.declined", .refusal([403]), "You were not signed in.",
            "The provider says that it was not agreed to.", client: "Begin again, or sign in in another way."),
        Reason(
            "sign-in.not-linked", .refusal([403]), "No account here goes with that sign-in.",
            "A provider's identity leads to the account that it is linked to. It is linked by itself only where the provider "
                + "has verified the address and the account's own address is proven, too.",
            client: "Sign in in another way and link it at `{own-prefix}/account/identities`.",
            owner: "`sign-up: open` makes accounts for people whom nobody knows.", key: "identity.providers"),
        Reason(
            "sign-in.other-person", .refusal([409]), "That is somebody else’s sign-in.",
            "A session can be confirmed by its own account only.", client: "Sign out first, then sign in anew."),
        Reason(
            "sign-in.provider-failed", .refusal([502]), "The sign-in provider could not say who you are.",
            "Its answer breaks a rule: a signature, an issuer, an audience, a nonce, a time, a size. The log has which.",
            client: "Begin again, or sign in in another way.",
            owner: "See the `cause` in the log; compare `issuer` and `client-id` with what the provider says.",
            key: "identity.providers"),
        Reason(
            "sign-in.logout-token", .refusal([400]), "The logout token is not believed.",
            "A provider of sign-in, or somebody in its name, wanted to end sessions here. The token's signature, issuer, audience, "
                + "times, event or id is wrong, it was sent before, or the provider's keys can't be asked for. The log says which.",
            client: "Send a fresh `logout_token` to the provider's own address here.",
            owner:
                "The provider must know `{own-prefix}/back-channel-logout/NAME` under the client id that is configured.",
            key: "identity.providers"),
        Reason(
            "sign-in.provider-unavailable", .refusal([503]), "The sign-in provider doesn’t answer just now.",
            "It can't be reached, took too long, or says itself that it is out of order.",
            client: "Try again after Retry-After, or sign in in another way.",
            owner: "Private addresses and plain HTTP must be allowed by `egress.allow` and `egress.plain-http`.",
            key: "egress.allow"),
        Reason(
            "identity.linked-elsewhere", .refusal([409]), "That identity belongs to another account.",
            "An identity signs in to one account.", client: "Take it off the other account first."),
        Reason(
            "identity.last-way-in", .refusal([409]), "This is your only way to sign in.",
            "Without it and without a password nobody could sign in to the account again.",
            client: "Choose a password first, or link another provider."),
        Reason(
            "identity.no-such-identity", .refusal([404]), "You have no such identity.",
            "It was taken off already, or belongs to somebody else.", client: "Load the list again."),
    ]
}
