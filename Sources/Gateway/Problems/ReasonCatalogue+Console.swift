extension ReasonCatalogue {
    static let console: [Reason] = [
        Reason(
            "console.host", .refusal([421]), "The console isn't served under this name.",
            "A name that isn't the console's pointed to the operator door: a page of somebody else's could have used it.",
            client: "Use the door's address, localhost, or the host of `console.url`.",
            owner: "Name the host under which operators reach the console.", key: "console.url"),
        Reason(
            "console.cross-site", .refusal([403]), "Another page may not use the console.",
            "A script, form, frame or window of another origin asked for it; the app's own pages count as another origin.",
            client: "Open the console by its address, in a tab of its own.",
            owner: "If nobody meant to, look for a planted script in the app: something there tries to act as you."),
        Reason(
            "console.unsafe-door", .refusal([403]), "The console isn't served here.",
            "The operator door listens beyond loopback without HTTPS: passwords could be read on the way.",
            client: "Ask whoever runs the gateway.",
            owner: "Put HTTPS in front and set its address, or let `operator` listen on loopback.", key: "console.url"),
        Reason(
            "console.token", .refusal([403]), "The form's token is missing or no longer valid.",
            "Each form of the console carries a token that follows from the session.",
            client: "Load the page again, then send the form."),
        Reason(
            "console.sign-in", .refusal([401]), "Please sign in to the console.",
            "The session has ended, or there was none.", client: "Sign in, then do it again."),
        Reason(
            "console.role", .refusal([403]), "Your role doesn't open the console.",
            "It takes the role administrator or operator.", client: "Ask an administrator.",
            owner: "`seaworthy user set-role` gives the role."),
        Reason(
            "console.not-allowed", .refusal([403]), "Your role doesn't include this.",
            "Acts on accounts and sessions take the role administrator.", client: "Ask an administrator."),
        Reason(
            "console.link-invalid", .refusal([410]), "This link is no longer valid.",
            "Links into the console work once and for 15 minutes.",
            client: "`seaworthy reload` makes a new one, where you run the gateway."),
    ]
}
