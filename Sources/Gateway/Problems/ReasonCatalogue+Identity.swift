/// What accounts of ours refuse.
extension ReasonCatalogue {
    static let identity: [Reason] = signing + accounts + programs + projects + factors + adoption

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

    private static let projects: [Reason] = [
        Reason(
            "route-policy.project", .refusal([404]), "There is nothing here for you.",
            "The route is for members of the project that the request names. It names none or two, the project doesn't exist or "
                + "is archived, or the account is no member: the answer is the same, so that nobody learns which.",
            client: "Ask an owner of the project for an invitation.",
            owner: "`seaworthy project member list SLUG` shows who is in it.", key: "routes"),
        Reason(
            "identity.project-unknown", .refusal([404]), "There is no such project for you.",
            "It doesn't exist, or the account is no member of it: the answer is the same.",
            client: "Look at `{own-prefix}/projects`."),
        Reason(
            "identity.project-permission", .refusal([403]), "Your role in the project doesn't include this.",
            "The role in the project, or the API key's scopes, hasn't got the permission; or the role that is given or taken may "
                + "more than that of whoever does it.", client: "Ask an owner of the project.", key: "identity.roles"),
        Reason(
            "identity.project-last-owner", .refusal([409]), "A project needs an owner.",
            "The last owner who can sign in can't leave, be removed or get another role.",
            client: "Make somebody else an owner first, or delete the project."),
        Reason(
            "identity.project-archived", .refusal([409]), "The project is archived.",
            "Nothing in it changes until it is restored.", client: "Restore it at `{own-prefix}/projects`."),
        Reason(
            "identity.project-slug-taken", .refusal([409]), "This slug can't be used.",
            "It belongs to a project, or did once: slugs are never given twice.", client: "Choose another."),
        Reason(
            "identity.project-full", .refusal([409]), "There is no room for more.",
            "A project has at most 1000 members and 200 open invitations, an account at most 200 projects.",
            client: "Take somebody or something out first."),
        Reason(
            "identity.project-member-already", .refusal([409]), "They are a member already.",
            "The address belongs to a member.", client: "Change their role instead."),
        Reason(
            "identity.project-no-such-member", .refusal([404]), "The project has no such member.",
            "No member has that id.", client: "Look at `{own-prefix}/projects/members`."),
        Reason(
            "identity.project-no-such-invitation", .refusal([404]), "There is no such invitation.",
            "It was answered or withdrawn, has run out, or is for another address.",
            client: "Look at `{own-prefix}/projects`."),
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
            "second-factor.awaited", .refusal([401]), "A second factor is wanted first.",
            "The app's own login said yes, and this account has a second factor or must have one. Until it is shown nothing of "
                + "the session reaches the app but its sign-out. A browser is led to the form.",
            client:
                "Send `code` to `{own-prefix}/sign-in/second-factor`, or a passkey's answer to `{own-prefix}/step-up/passkey`, with "
                + "the token of `{own-prefix}/csrf-token`; whoever has neither sets one up at `{own-prefix}/account/second-factor`.",
            owner: "`seaworthy user reset-second-factor` helps whoever lost theirs.",
            key: "identity.adopt.second-factor"),
        Reason(
            "second-factor.code-wanted", .refusal([401]), "This account has a second factor.",
            "Programs, and the console, give the code together with the password: there is no second page.",
            client: "Send `code` as well."),
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
            "passkey.none", .refusal([409]), "You have no passkey.",
            "A passkey was to show who it is, and none is made for this account.",
            client: "Make one at `{own-prefix}/account/passkeys`, or show it by password and code."),
        Reason(
            "passkey.too-many", .refusal([409]), "You have as many passkeys as one may have.",
            "An account has 20 at most.", client: "Remove one first."),
        Reason(
            "passkey.unknown", .refusal([404]), "You have no such passkey.",
            "It was removed already, or belongs to somebody else.", client: "Load the list again."),
    ]

    private static let adoption: [Reason] = [
        Reason(
            "adopt.locked", .refusal([429]), "Too many tries to sign in.",
            "Tries at the app's own login are counted by person, known device and address; one of them is over its limit. "
                + "The app wasn't asked, so the answer is the same for the right password.",
            client: "Wait, or use a browser in which you have signed in before.",
            owner: "`identity.lockout` has the limits.", key: "identity.lockout.failures"),
        Reason(
            "adopt.unreadable", .refusal([400]), "It can't be told who wants to sign in.",
            "A request to the app's login has a password but no person, more than one, or a body that can't be read: it could "
                + "be a guess that is counted for nobody.",
            client: "Send the form as the app's page has it, each field once.",
            owner: "See that the fields are declared as the app calls them.", key: "identity.adopt.user-field"),
        Reason(
            "adopt.session-fixed", .refusal([403]), "Signing in would have kept an old session.",
            "The app went on with the session cookie that the browser had before the sign-in: whoever put it there would be "
                + "signed in, too. It is refused with `fixation: refuse`, else noted.",
            client: "Load the page again and sign in once more.",
            owner: "Have the app begin a new session at each sign-in.", key: "identity.adopt.fixation"),
        Reason(
            "adopt.session-over", .noted, "A session of the app's is over.",
            "It was idle for too long, old, or revoked: its cookie wasn't forwarded, so the app shows its login.",
            client: "Sign in again.", owner: "The limits can be changed.", key: "identity.session.idle"),
        Reason(
            "adopt.succeeded", .noted, "Somebody signed in with the app.", "The app's answer says so; a session began.",
            client: "Nothing."),
        Reason(
            "adopt.failed", .noted, "A sign-in with the app failed.", "The app's answer says so; it is counted.",
            client: "Nothing."),
        Reason(
            "adopt.locks", .noted, "A failed sign-in was the last one allowed.",
            "Further tries from devices that the person isn't known on are refused for a while.", client: "Nothing.",
            key: "identity.lockout.duration"),
        Reason(
            "adopt.unclear-answer", .noted, "The app's answer to a sign-in is unclear.",
            "It shows both signals or none, so it counts neither as a success nor as a failure.", client: "Nothing.",
            owner: "Declare how the app's answers look: as long as this comes up, guesses aren't counted.",
            key: "identity.adopt.success.status"),
        Reason(
            "adopt.not-a-sign-in", .noted, "A request to the app's login has no password.",
            "It passed: nobody can sign in by it.", client: "Nothing.",
            owner: "See that the password's field is declared as the app calls it.",
            key: "identity.adopt.password-field"),
        Reason(
            "adopt.cookie-too-long", .noted, "A cookie of the app's is too long to be sealed.",
            "It passed as it is, so this session can't be ended from here.", client: "Nothing.",
            owner: "Keep less in the app's session cookie (2,800 bytes at most).",
            key: "identity.adopt.session-cookie"),
        Reason(
            "adopt.no-session-cookie", .refusal([403]), "A second factor can't be asked for here.",
            "The app said yes, and neither its answer nor the browser has one of `session-cookie`: the session that it began goes "
                + "on unguarded, which is noted; where a second factor is wanted, the sign-in is refused.",
            client: "Tell whoever runs this site.", owner: "Declare the cookie that the app's sign-in sets.",
            key: "identity.adopt.session-cookie"),
        Reason(
            "adopt.awaits-factor", .noted, "A sign-in with the app waits for a second factor.",
            "The app said yes; until a second factor is shown it gets none of the session's requests.",
            client: "Enter the code.", key: "identity.adopt.second-factor"),
    ]
}
