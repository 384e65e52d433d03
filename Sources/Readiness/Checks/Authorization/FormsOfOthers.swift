/// Forms of another person's things, sent by somebody whose things they aren't, and read back by their owner. A refusal counts only
/// where the same form was seen to work on the sender's own thing: a token that was missing refuses everybody.
struct FormsOfOthers {
    let one: String
    let other: String
    let target: Reconnaissance
    private static let most = 5

    func observe() async throws -> [Observation] {
        let mine = try await target.walk(as: one)
        let theirs = try await target.walk(as: other)
        // Forms that differ in their thing alone are one.
        var kinds: Set<String> = []
        let forms = theirs.forms.filter { form in
            form.isWrite && form.template.contains("{id}") && !mine.links.contains(form.path)
                && !mine.forms.contains { $0.path == form.path } && kinds.insert(form.template).inserted
        }
        var all: [Observation] = []
        var works = false
        // What destroys comes last, so that there is something to read back until then.
        for form in (forms.filter { !$0.destroys } + forms.filter(\.destroys)).prefix(Self.most) {
            guard
                let own = mine.forms.first(where: { $0.template == form.template && $0.form == form.form.moved(to: $0) }
                )
            else { continue }
            if let seen = try await judge(form, own, &works) { all.append(seen) }
        }
        return all
    }

    private func judge(
        _ form: Walk.FoundForm, _ own: Walk.FoundForm, _ works: inout Bool
    ) async throws -> Observation? {
        let subject = "POST \(form.template)"
        if !form.destroys {
            guard try await takesEffect(own) else {
                return .notAvailable(
                    subject, "the same form of a thing of \(one)'s own shows no effect: nothing to compare")
            }
            works = true
        } else if !works {
            return .notAvailable(subject, "no other form was seen to work: a refusal would say nothing")
        }
        let places = target.pages(near: form)
        let first = try await state(places)
        let before = try await state(places)
        guard let place = before.keys.sorted(by: { $0.count > $1.count }).first else { return nil }
        // The sender's own token, and the other person's values.
        let fresh = try await target.fresh(own, as: one)
        let marker = "readiness \(target.nonce.prefix(20)) other"
        let fields = target.filledIn(fresh, text: marker)
        let seen = try await target.submit(
            fields, to: form.path, of: fresh, asFiles: form.form.encoding.contains("multipart"))
        let after = try await state(places)
        for (path, text) in before {
            let stable = Set(text.lines).intersection(first[path]?.lines ?? [])
            guard let now = after[path] else {
                return .fails(
                    subject, "\(one)'s write (answered \(seen.status)) took \(path) away from \(other)", seen)
            }
            if now.lines.contains(where: { $0.contains(marker) }) || !stable.isSubset(of: now.lines) {
                return .fails(
                    subject, "\(one)'s write (answered \(seen.status)) changed what \(other) reads at \(path)", seen)
            }
        }
        return .holds(subject, "\(seen.status) to \(one), and \(other) reads the same as before at \(place)", seen)
    }

    /// Whether the form changes a thing of the sender's own; what stood there is written back.
    private func takesEffect(_ own: Walk.FoundForm) async throws -> Bool {
        let fresh = try await target.fresh(own, as: one)
        let marker = "readiness \(target.nonce.prefix(20)) own"
        let fields = target.filledIn(fresh, text: marker)
        guard fields.contains(where: { $0.1 == marker }) else { return false }
        let isMultipart = own.form.encoding.contains("multipart")
        _ = try await target.submit(fields, to: own.path, of: fresh, asFiles: isMultipart)
        var shows = false
        for path in target.pages(near: own) where !shows {
            let seen = try await target.send(.get(path, Reconnaissance.browser), as: one)
            shows = seen.answer.isSuccess && seen.answer.bodyText.contains(marker)
        }
        let again = try await target.fresh(own, as: one)
        let tokens = Dictionary(again.fields.filter { $0.type == "hidden" }.map { ($0.name, $0.value) }) { one, _ in one
        }
        _ = try await target.submit(
            fresh.values.map { ($0.0, tokens[$0.0] ?? $0.1) }, to: own.path, of: again, asFiles: isMultipart)
        return shows
    }

    /// What the owner reads, by address; only what is served.
    private func state(_ places: [String]) async throws -> [String: PageText] {
        var all: [String: PageText] = [:]
        for path in places.prefix(4) {
            let seen = try await target.send(.get(path, Reconnaissance.browser), as: other)
            if seen.answer.isSuccess, seen.answer.isHTML { all[path] = PageText(seen.answer) }
        }
        return all
    }
}

extension PageScan.Form {
    /// The same form with the address of another thing of its kind.
    fileprivate func moved(to form: Walk.FoundForm) -> PageScan.Form {
        var copy = self
        copy.action = form.form.action
        return copy
    }
}
