/// Fields that no form shows, sent along with a sign-up and with a person's own form, by people whom the run signed up itself. Pages
/// have no names for what they show: what counts is what the person sees and gets afterwards that others don't.
struct SlippedFormFields {
    let target: Reconnaissance

    static let extra = [
        ("is_admin", "1"), ("isAdmin", "true"), ("admin", "1"), ("is_staff", "1"), ("is_superuser", "1"),
        ("role", "admin"), ("balance", "1000000"), ("credits", "1000000"),
    ]

    func observe() async throws -> [Observation] {
        guard try await target.isKnownByItsPages(), let rule = target.configuration.signUp, case .form = rule.body
        else { return [] }
        let plain = try await target.newcomer()
        var all: [Observation] = []
        if let brought = try? await target.newcomer(bringingFields: Self.extra),
            let seen = try await more(
                brought, than: plain, "\(rule.operation)", "somebody signed up with `is_admin` and `role`")
        {
            all.append(seen)
        }
        let forms = try await target.walk(as: plain).forms.filter { form in
            form.isWrite && !form.destroys && !form.template.contains("{id}")
                && form.page.prefix { $0 != "?" } == form.path[...]
                && form.form.fields.contains { ["text", "email", "tel"].contains($0.type) && !$0.value.isEmpty }
        }
        for form in forms.prefix(2) {
            if let seen = try await judge(form, plain) { all.append(seen) }
        }
        return all
    }

    /// The person's own form, first as it stands and then with more in it.
    private func judge(_ form: Walk.FoundForm, _ who: String) async throws -> Observation? {
        let subject = "POST \(form.path)"
        func write(_ more: [(String, String)]) async throws -> (Sighting, PageText) {
            let fresh = try await target.fresh(form, as: who)
            let known = Set(fresh.fields.map { $0.name.lowercased() })
            let fields = target.filledIn(fresh, text: nil) + more.filter { !known.contains($0.0.lowercased()) }
            let seen = try await target.submit(
                fields, to: form.path, of: fresh, asFiles: form.form.encoding.contains("multipart"))
            // Afterwards, and without the message that comes once.
            _ = try await target.behind(seen, as: who)
            let page = try await target.send(.get(form.page, Reconnaissance.browser), as: who)
            return (seen, PageText(page.answer))
        }
        let (_, first) = try await write([])
        let (own, before) = try await write([])
        guard own.status < 400 else {
            return .notAvailable(subject, "the form itself answers \(own.status): nothing to slip a field into", own)
        }
        let (seen, after) = try await write(Self.extra)
        // Once more as it stands: what was given stays, and a time that is told goes on.
        let (_, last) = try await write([])
        let known = Set((first.lines + before.lines).map(Self.withoutNumbers))
        let told = after.lines.filter { line in
            last.lines.contains(line) && !before.lines.contains(line)
                && (!known.contains(Self.withoutNumbers(line)) || line.filter(\.isNumber).contains("1000000"))
        }
        let gone = before.lines.filter { first.lines.contains($0) && !after.lines.contains($0) }
        if seen.status < 400, let old = gone.first, let new = told.first {
            return .fails(
                subject,
                "fields that the form doesn't have change what \(who) is told: `\(visible(old, limit: 60))` became "
                    + "`\(visible(new, limit: 60))`", seen)
        }
        return .notAvailable(
            subject, "`is_admin`, `role`, `balance` and the like change nothing that the page shows", seen)
    }

    private static func withoutNumbers(_ line: String) -> String { line.filter { !$0.isNumber } }

    /// Whether somebody reaches what another newcomer is refused.
    private func more(_ one: String, than other: String, _ subject: String, _ how: String) async throws -> Observation?
    {
        let links = try await target.walk(as: one).links.subtracting(try await target.walk(as: other).links)
        for path in links.sorted().prefix(12) where !Reconnaissance.isDeed(path) {
            guard !path.split(separator: "/").contains(where: { Reconnaissance.isID($0) }),
                let seen = try? await target.get(path, Reconnaissance.browser, as: one), seen.answer.isSuccess,
                let refused = try? await target.get(path, Reconnaissance.browser, as: other),
                [401, 403, 404].contains(refused.status) || refused.answer.isRedirect
            else { continue }
            return .fails(subject, "\(how), and reads \(path), which others are refused", seen, refused)
        }
        return nil
    }
}
