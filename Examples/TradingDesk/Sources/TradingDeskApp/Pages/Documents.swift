/// What a visitor may read before anything else, by name.
enum Documents {
    private static let all: [String: String] = [
        "terms.txt": """
        Terms

        TradingDesk is a demonstration. Its prices are made up and its money is none. Orders fill against a seeded series;
        nothing here is advice, and nothing leaves this machine.

        """,
        "privacy.txt": """
        Privacy

        We keep your name, your e-mail address and what you traded. Close the account under "Account", and all of it is gone.

        """,
    ]
    /// Made up, for the flaw: no real file of the machine is ever read.
    private static let accounts = """
        root:x:0:0:root:/root:/bin/sh
        tradingdesk:x:998:998::/srv/tradingdesk:/usr/sbin/nologin

        """

    /// The text of a document that is in the list. The opens-any-file flaw joins the name to a folder, as many do.
    static func text(_ name: String, flaws: FlawSelection) -> String? {
        if let text = all[name] { return text }
        guard flaws.contains(.opensAnyFile) else { return nil }
        let parts = "/srv/tradingdesk/documents/\(name)".split(separator: "/")
        var path: [Substring] = []
        for part in parts {
            if part == ".." { _ = path.popLast() } else if part != "." { path.append(part) }
        }
        return path.joined(separator: "/") == "etc/passwd" ? accounts : nil
    }
}
