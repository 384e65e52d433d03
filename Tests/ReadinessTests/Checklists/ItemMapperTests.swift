import Testing

@testable import Readiness

@Suite("What an item asks for outweighs what it mentions")
struct ItemMapperTests {
    private func mapped(_ text: String, above: String = "") -> [String] {
        ItemMapper.shipped.map(text, above: above).target?.ids ?? []
    }

    @Test(
        "what comes first decides; what stands after a preposition, in brackets or after a dash explains",
        arguments: [
            ("Set up 2FA for admin accounts", "identity.two-factor"),
            ("Test email sending (password reset)", "operations.email"),
            ("Unit Tests - Rate limiter utility tests", "tests.pass-rate"),
            ("Rate Limiting: no more than five sign-ins (password reset too)", "limits.rate"),
            ("Check for SQL injection vulnerabilities", "injection.sql"),
            ("Backup: confirm that point-in-time recovery is on", "operations.backup"),
        ])
    func order(text: String, expected: String) {
        #expect(mapped(text) == [expected])
    }

    @Test(
        "words of a general sense suggest and decide nothing",
        arguments: [
            ("Docker image built", "operations.deploy"), ("Download metrics", "observability.metrics"),
            ("AI health summaries", "health.live"), ("Worker quota exceeded", "protection.quota"),
            ("`STRIPE_SECRET_KEY` set", "operations.secrets"), ("Least privilege for IAM", "identity.roles"),
        ])
    func general(text: String, expected: String) {
        let mapping = ItemMapper.shipped.map(text)
        #expect(mapping.target == nil)
        #expect(mapping.confidence == 0)
        #expect(mapping.suggestion?.target.ids == [expected])
        #expect(mapping.reason.contains("too general"))
    }

    @Test(
        "an item about a page, a bill, a text or a person isn't mapped to a check",
        arguments: [
            ("Logout button shown", ""), ("Monitoring active", "Cost"), ("Rate limits documented", ""),
            ("Notify the team of the database backup", ""), ("Cost monitoring active", ""),
        ])
    func elsewhere(text: String, above: String) {
        #expect(mapped(text, above: above).isEmpty)
    }

    @Test("a heading says what a general word is about")
    func heading() {
        #expect(mapped("Chrome 90+").isEmpty)
        #expect(mapped("Chrome 90+", above: "Browser compatibility") == ["uat.compatibility"])
        #expect(mapped("Login: 5 per minute", above: "Rate limiting") == ["limits.rate"])
    }

    @Test("names of variables are names, settings say what they do")
    func variables() {
        #expect(ItemWords("`JWT_SECRET` and `API_URL`").words == ["zsecret", "and", "zname"])
        #expect(ItemWords("SECURE_SSL_REDIRECT = True").words == ["secure", "ssl", "redirect", "true"])
        #expect(ItemWords("DEBUG=False, FLASK_DEBUG=false").words == ["debug", "false", "flask", "debug", "false"])
        #expect(ItemWords("_ A_ _A __ a_b").words == ["a", "a", "a", "b"])
    }

    @Test("each word has the part of the item that it stands in")
    func places() {
        #expect(ItemWords("Caching (Redis) on the edge: short").places == [0, 2, 5, 5, 5, 6])
        #expect(ItemWords("— Caching — with care").places == [0, 3, 3])
    }

    @Test(
        "whatever an item holds, it is read to an end and nothing is made up",
        arguments: [
            "", " ", "()", "((((", "))))", "- - - -", "—", ":", "=", "_=_", "A_B=", "=A_B", "\u{0301}", "🚀 🚀",
            "[[[](((",
            String(repeating: "( ", count: 400), String(repeating: "A_", count: 400),
            String(repeating: "word ", count: 200), String(repeating: "x", count: 2_000),
        ])
    func hostile(text: String) {
        let item = ItemWords(text)
        #expect(item.words.count == item.places.count)
        #expect(item.words.count <= ItemWords.most)
        let mapping = ItemMapper.shipped.map(text, above: text)
        #expect(mapping.target == nil)
        #expect(mapping.suggestion == nil)
        #expect(!mapping.reason.isEmpty)
    }

    @Test("a table with broken lines gives the rules that it has")
    func brokenTable() {
        let mapper = ItemMapper("nothing\n|\nx:y | z\nk:a.b | ; ? ; one two ; !\n\nc: |\n")
        #expect(mapper.targets == [.control("a.b")])
        #expect(mapper.map("two one").target == .control("a.b"))
        #expect(mapper.map("three").target == nil)
    }
}
