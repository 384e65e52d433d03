/// What is wrong wherever it stands.
extension DataFlow {
    mutating func standing(_ part: Range<Int>) {
        for place in part where file.token(place).kind == .word {
            let token = file.token(place)
            let next = file.token(place + 1)
            if isPython { standingPython(place, token, next, part) } else { standingScript(place, token, next, part) }
        }
    }

    mutating func standingPython(_ place: Int, _ token: Token, _ next: Token, _ part: Range<Int>) {
        if token.text == "verify", next.isMark("="), file.token(place + 2).isWord("False"),
            part.contains(where: { ["requests", "httpx", "session", "client"].contains(file.token($0).text) })
        {
            report("patterns.tls-unverified", place, "certificates aren't checked: `verify=False`")
        }
        guard next.isMark("(") else { return }
        let close = file.closing(place + 1)
        let whole = (place + 2)..<max(place + 2, close - 1)
        let name = qualified(place)
        switch name {
        case "yaml.load":
            if !whole.contains(where: { place in
                let word = file.token(place)
                return word.kind == .word
                    && (word.text.lowercased().contains("safe") || ["BaseLoader", "FullLoader"].contains(word.text))
            }) {
                report("patterns.unsafe-yaml", place, "`yaml.load` without SafeLoader makes objects of what it reads")
            }
        case "app.run", "socketio.run":
            if whole.contains(where: { file.token($0).isWord("debug") && file.token($0 + 2).isWord("True") }) {
                report(
                    "patterns.debug-mode", place, "the debugger, which runs code for whoever asks, is on: `debug=True`")
            }
        case "hashlib.md5", "hashlib.sha1":
            if whole.contains(where: {
                file.token($0).kind == .word && file.token($0).text.lowercased().contains("passw")
            }), !whole.contains(where: { file.token($0).isWord("usedforsecurity") }), !isLookup(place) {
                report(
                    "patterns.weak-password-hash", place,
                    "a password is hashed by `\(name)`, which is tried billions of times a second")
            }
        case "jwt.decode":
            if whole.contains(where: { file.token($0).text == "verify_signature" && file.token($0 + 2).isWord("False") }
            )
                || whole.contains(where: { file.token($0).kind == .text && file.token($0).text.lowercased() == "none" })
            {
                if isPeek(place, close) { return }
                report("patterns.unsigned-token", place, "a token is believed without its signature")
            }
        default: break
        }
    }

    mutating func standingScript(_ place: Int, _ token: Token, _ next: Token, _ part: Range<Int>) {
        if token.text == "rejectUnauthorized", next.isMark(":"), file.token(place + 2).isWord("false") {
            report("patterns.tls-unverified", place, "certificates aren't checked: `rejectUnauthorized: false`")
        }
        if token.text == "NODE_TLS_REJECT_UNAUTHORIZED", next.isMark("="), file.token(place + 2).text == "0" {
            report("patterns.tls-unverified", place, "certificates aren't checked anywhere in this process")
        }
        guard next.isMark("(") else { return }
        let close = file.closing(place + 1)
        let whole = (place + 2)..<max(place + 2, close - 1)
        if token.text == "createHash", ["md5", "sha1"].contains(file.token(place + 2).text.lowercased()) {
            let rest = place..<min(file.tokens.count, place + 24)
            if rest.contains(where: {
                file.token($0).kind == .word && file.token($0).line - token.line < 3
                    && file.token($0).text.lowercased().contains("passw")
            }) {
                report(
                    "patterns.weak-password-hash", place,
                    "a password is hashed by \(file.token(place + 2).text), which is tried billions of times a second")
            }
        }
        if token.text == "verify", qualified(place).hasPrefix("jwt"),
            whole.contains(where: { file.token($0).kind == .text && file.token($0).text.lowercased() == "none" })
        {
            report("patterns.unsigned-token", place, "a token is believed without its signature: algorithm `none`")
        }
    }

    private func around(_ place: Int) -> SourceFunction? {
        file.functions.filter { $0.body.contains(place) }.min { $0.body.count < $1.body.count }
    }

    /// Whether a hash of a password only asks a list of stolen ones.
    private func isLookup(_ place: Int) -> Bool {
        guard let function = around(place) else { return false }
        return ([function.name] + file.tokens[function.body].map(\.text)).contains { word in
            let lower = word.lowercased()
            return ["pwned", "breach", "hibp"].contains { lower.contains($0) }
        }
    }

    /// Whether a token is only looked into: its issuer or its end is asked for, or it is verified afterwards.
    private func isPeek(_ place: Int, _ close: Int) -> Bool {
        let asked = file.token(close).isMark("[") ? file.token(close + 1) : file.token(close + 3)
        if ["iss", "exp", "kid", "alg", "aud", "iat"].contains(asked.text), asked.kind == .text { return true }
        guard let function = around(place) else { return false }
        if function.name.lowercased().contains("unverified") || function.name.lowercased().contains("peek") {
            return true
        }
        let words = file.tokens[place..<max(place, function.body.upperBound)].indices
        return words.contains { next in
            guard next > close, file.token(next).kind == .word, file.token(next + 1).isMark("(") else { return false }
            let lower = file.token(next).text.lowercased()
            return lower.contains("verify") || lower.contains("validate")
                || lower == "decode" && qualified(next).hasPrefix("jwt")
                    && !(next..<file.closing(next + 1)).contains { file.token($0).text == "verify_signature" }
        }
    }
}
