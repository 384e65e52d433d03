import NIOHTTP1

extension LoadGenerator {
    /// What the visit learns from an answer: its cookies, and the values that later steps are filled with.
    func take(from answer: inout LoadAnswer, _ step: LoadStep, _ visit: Visit) {
        for cookie in answer.fields["set-cookie"].prefix(40).compactMap({ SetCookie(field: $0) }) {
            guard visit.jar.count < 100 || visit.jar[cookie.name] != nil else { break }
            visit.jar[cookie.name] = cookie.isRemoval ? "" : cookie.value
        }
        guard answer.status != nil, !step.take.isEmpty else { return }
        for (name, from) in step.take {
            if let value = from.value(in: answer, cookies: visit.jar) {
                visit.values[name] = value
            } else {
                visit.isStuck = true
                if answer.failure == nil, isExpected(answer, step) { answer.failure = "no `\(name)` at \(from)" }
            }
        }
    }

    /// Fields of the step's own, and the cookies that this visit was given, which take the place of the identity's.
    func dressed(
        _ request: (head: HTTPRequestHead, body: [UInt8]), _ step: LoadStep, _ visit: Visit
    ) -> (HTTPRequestHead, [UInt8]) {
        var head = request.head
        for field in step.fields {
            // A value out of an answer must not become a second field.
            let value = fill(field.value, visit.values).filter { !$0.isNewline && $0 != "\0" }
            head.headers.replaceOrAdd(name: field.name, value: value)
        }
        guard !visit.jar.isEmpty else { return (head, request.body) }
        var pairs = visit.jar.filter { !$0.value.isEmpty }
        for pair in head.headers["Cookie"].flatMap({ $0.split(separator: ";") }) {
            let name = pair.prefix { $0 != "=" }.trimmed
            if visit.jar[name] == nil { pairs[name] = pair.dropFirst(pair.prefix { $0 != "=" }.count + 1).trimmed }
        }
        head.headers.remove(name: "Cookie")
        if !pairs.isEmpty {
            let line = pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            head.headers.add(name: "Cookie", value: line)
        }
        return (head, request.body)
    }

    func isExpected(_ answer: LoadAnswer, _ step: LoadStep) -> Bool {
        guard let status = answer.status else { return false }
        return step.expect.isEmpty ? (200..<400).contains(status) : step.expect.contains(status)
    }
}
