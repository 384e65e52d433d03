/// Switches of the example app whose fault other checks see as well, and rightly so: a failure there is no false alarm.
///
/// Each was read in the evidence before it was entered; a check that stays silent about one counts as having missed it.
enum FlawConsequences {
    private static let checks: [String: Set<String>] = [
        // Errors with an address of the app's inside are pages of text with status 500, not problem documents.
        "verbose-not-found": ["errors.one-shape"],
        "method-crash": ["errors.one-shape"],
        "trace-on-bad-encoding": ["errors.one-shape"],
        // Whatever origin comes is written back, `null` too.
        "cors-reflects-origin": ["cors.null-origin"],
        // An unknown account is refused before a password is hashed.
        "user-enumeration": ["identity.enumeration-by-time"],
        // A read that nobody guards is open without a session, too.
        "unprotected-admin": ["authorization.every-read", "session.protected-routes"],
        // What comes back as markup is markup in a browser, too.
        "unescaped-search": ["injection.dom-script"],
        "altered-session": ["session.protected-routes"],
        "foreign-portfolio": ["authorization.every-object"],
    ]

    static func has(_ flaw: String, _ check: String) -> Bool { checks[flaw]?.contains(check) ?? false }
}
