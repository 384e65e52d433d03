/// What accounts of ours refuse.
extension ReasonCatalogue {
    static let identity: [Reason] = signing + accounts + programs

    private static let programs: [Reason] = [
        Reason(
            "api-key.refused", .refusal([401]), "This API key isn't good.",
            "The key was revoked, has run out, its owner is disabled, or it never was one: the answer is the same.",
            client: "Make another key at `{own-prefix}/keys`.",
            owner: "`seaworthy keys list` shows those that there are."),
        Reason(
            "token.refused", .refusal([401]), "This access token isn't good.",
            "Its signature or a claim is wrong, it has run out, or its sign-in has ended: the answer is the same.",
            client: "Refresh it at `{own-prefix}/token`, or sign in again.", key: "identity.token.access"),
        Reason(
            "route-policy.permission", .refusal([403]), "You lack a permission for this.",
            "The route asks for a permission that the account's role hasn't got.", client: "Ask an administrator.",
            owner: "Give the role the permission in `identity.roles`, or the account another role.",
            key: "identity.roles"),
        Reason(
            "route-policy.scope", .refusal([403]), "This API key isn't for that.",
            "The key was made with scopes, and what the route asks for isn't among them.",
            client: "Make a key with the scope that `WWW-Authenticate` names.", key: "routes"),
        Reason(
            "identity.permission", .refusal([403]), "You lack a permission for this.",
            "The page or act of ours takes a permission that the role, or the API key's scopes, hasn't got.",
            client: "Ask an administrator, or use a key with that scope.", key: "identity.roles"),
        Reason(
            "identity.needs-session", .refusal([403]), "This takes a person who is signed in.",
            "What hurts most isn't done by keys and tokens.", client: "Sign in with a browser."),
        Reason(
            "identity.no-such-key", .refusal([404]), "You have no such API key.",
            "It was revoked already, or it isn't yours.", client: "Look at `{own-prefix}/keys`."),
        Reason(
            "identity.too-many-keys", .refusal([409]), "You have too many API keys.",
            "An account has 50 at most.", client: "Revoke one first."),
        Reason(
            "identity.invalid-grant", .refusal([400]), "This refresh token is no longer good.",
            "It was used before (then the whole sign-in has ended), has run out, or never was one.",
            client: "Sign in again.", key: "identity.token.refresh"),
        Reason(
            "identity.unsupported-grant", .refusal([400]), "Tokens aren't given for that.",
            "Only refresh tokens are taken at that address.",
            client: "Send `grant_type=refresh_token`; sign in with `tokens: true` for the first."),
    ]

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
