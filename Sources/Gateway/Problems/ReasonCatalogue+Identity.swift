/// What accounts of ours refuse.
extension ReasonCatalogue {
    static let identity: [Reason] = signing + accounts + factors

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
            "identity.last-administrator", .refusal([409]), "You are the last administrator.",
            "An installation needs somebody who may administer it.", client: "Make another administrator first.",
            owner: "`seaworthy user set-role` makes one."),
        Reason(
            "identity.reauthentication-required", .refusal([401]), "Please show that it is still you.",
            "What hurts asks for a proof of who it is that is a few minutes old at most. A browser is led to the form.",
            client: "Send the password, and a code where there is a second factor, to `{own-prefix}/step-up`.",
            key: "identity.re-authentication"),
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

    private static let factors: [Reason] = [
        Reason(
            "second-factor.required", .refusal([403]), "This asks for a second factor.",
            "The route says `second-factor: true`, and none was given in this session. A browser is led to its page.",
            client: "Set one up at `{own-prefix}/account/second-factor`, and sign in with it.",
            owner: "`second-factor: true` in `routes` asks for it.", key: "routes"),
        Reason(
            "second-factor.enrolment-required", .refusal([403]), "Set up a second factor first.",
            "The account's role must have one. Until then nothing is open but the page that sets it up.",
            client: "Set one up at `{own-prefix}/account/second-factor`.", owner: "The roles are a list.",
            key: "identity.second-factor.required-for"),
        Reason(
            "second-factor.failed", .refusal([401]), "That code did not work.",
            "The code is wrong, was used already, or there were too many attempts: the answer is the same.",
            client: "Wait for the next code, or use a recovery code.",
            owner:
                "`seaworthy user unlock` starts the count anew, `seaworthy user reset-second-factor` helps whoever lost it.",
            key: "identity.lockout.mode"),
        Reason(
            "second-factor.expired", .refusal([401]), "Please begin to sign in anew.",
            "The code must be given within ten minutes of the password, from the same browser.",
            client: "Give the password again."),
        Reason(
            "second-factor.exists", .refusal([409]), "You have a second factor already.",
            "There is one authenticator app for each account.", client: "Remove it first."),
        Reason(
            "second-factor.none", .refusal([409]), "There is no second factor for this.",
            "Either none is set up, or what was begun wasn't confirmed within 15 minutes.",
            client: "Begin to set it up."),
        Reason(
            "second-factor.wrong-code", .refusal([422]), "That is not the app's code.",
            "The code that confirms a new app must be the one that it shows now.",
            client: "Give the current code; see that the telephone's clock is right."),
        Reason(
            "second-factor.required-by-role", .refusal([403]), "Your role must have a second factor.",
            "So it can't be removed by its owner.", client: "Ask an administrator to reset it, if it is lost.",
            key: "identity.second-factor.required-for"),
        Reason(
            "passkey.failed", .refusal([401]), "The passkey did not work.",
            "The passkey isn't known, the challenge is used up or older than five minutes, the signature or the origin is "
                + "wrong, the person wasn't verified, or the counter went back: the answer is the same.",
            client: "Try again, or use the password.",
            owner: "Passkeys belong to the host of `public-url`: with another one none works any more.",
            key: "public-url"
        ),
        Reason(
            "passkey.too-many", .refusal([409]), "You have as many passkeys as one may have.",
            "An account has 20 at most.", client: "Remove one first."),
        Reason(
            "passkey.unknown", .refusal([404]), "You have no such passkey.",
            "It was removed already, or belongs to somebody else.", client: "Load the list again."),
    ]
}
