/// What accounts of ours refuse.
extension ReasonCatalogue {
    static let identity: [Reason] = signing + accounts

    private static let signing: [Reason] = [
        Reason(
            "sign-in.required", .refusal([401]), "Please sign in.",
            "The route is for people who are signed in. A browser is led to the form instead.",
            client: "Sign in at `{own-prefix}/sign-in` and send the cookie.",
            owner: "Give the route another `access` in `routes`, if it isn't meant so.", key: "routes"),
        Reason(
            "sign-in.failed", .refusal([401]), "Signing in did not work.",
            "Address or password is wrong, the account doesn't exist or is disabled, or there were too many attempts: "
                + "the answer is the same, so that nobody learns which.",
            client: "Try again, ask for a new password, or look for a mail with a link that lets you in.",
            owner: "`seaworthy user list` and `seaworthy user unlock` help.", key: "identity.lockout.mode"),
        Reason(
            "sign-in.unavailable", .refusal([503]), "Who you are can't be told just now.",
            "Sessions are judged by what is in memory, and the database didn't answer for more than five seconds.",
            client: "Try again after Retry-After.", owner: "See why the database doesn't answer: `/health/ready`."),
        Reason(
            "sign-in.cookie-of-ours", .noted, "The app set a cookie by a name of ours.",
            "The line was taken out: only the gateway sets its session cookies.", client: "Nothing.",
            owner: "Rename the app's cookie."),
        Reason(
            "route-policy.role", .refusal([403]), "Your role doesn't include this.",
            "The route asks for a role that the account hasn't got.", client: "Ask an administrator.",
            owner: "`seaworthy user set-role` gives one.", key: "routes"),
        Reason(
            "csrf.token", .refusal([403]), "The form's token is missing or no longer valid.",
            "Our own pages send a token that is bound to the session; it is wanted for whatever changes something.",
            client: "Load the page again; programs ask `GET {own-prefix}/csrf-token` and send `X-CSRF-Token`."),
    ]

    private static let accounts: [Reason] = [
        Reason(
            "identity.busy", .refusal([503]), "Too many people are signing in just now.",
            "Passwords are hashed slowly on purpose, on threads of their own; their queue is full.",
            client: "Try again after Retry-After.", owner: "More cores, or a lower cost.", key: "identity.password.cost"
        ),
        Reason(
            "identity.input", .refusal([422]), "Something in the form isn't valid.",
            "The detail names the field and what is wanted.", client: "Mend the field."),
        Reason(
            "identity.media-type", .refusal([415]), "This kind of body isn't understood here.",
            "Forms and JSON are.", client: "Send `application/json` or `application/x-www-form-urlencoded`."),
        Reason(
            "identity.password-refused", .refusal([422]), "This password can't be used.",
            "It is too short, too long, among the first that others try, stolen elsewhere, or little more than a name.",
            client: "Choose a longer one: a few words in a row.", owner: "The rules can be changed.",
            key: "identity.password.minimum"),
        Reason(
            "identity.wrong-password", .refusal([403]), "That is not your password.",
            "What hurts asks for the password again, also in a session.",
            client: "Give the one that you signed in with."),
        Reason(
            "identity.link-invalid", .refusal([410]), "This link is no longer valid.",
            "Links from mails work once and for a limited time.", client: "Ask for a new one."),
        Reason(
            "identity.address-taken", .refusal([409]), "This address has an account already.",
            "Told only to whoever proved that the address is theirs, or to administrators.",
            client: "Sign in, or ask for a new password."),
        Reason(
            "identity.no-such-session", .refusal([404]), "You have no such session.",
            "It has ended already, or belongs to somebody else.", client: "Load the list again."),
        Reason(
            "identity.not-allowed", .refusal([403]), "Your role doesn't include this.",
            "It takes an administrator.", client: "Ask one."),
        Reason(
            "sign-up.closed", .refusal([403]), "New accounts can't be made here.",
            "Accounts come by invitation or from the command line.", client: "Ask for an invitation.",
            owner: "Open it, if anybody may come.", key: "identity.sign-up"),
    ]
}
