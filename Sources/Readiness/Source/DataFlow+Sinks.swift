extension DataFlow {
    /// `a.b.c(`: the names before an opening bracket, joined by dots.
    func qualified(_ place: Int) -> String {
        var name = file.token(place).text
        var index = place
        while file.token(index - 1).isMark("."), file.token(index - 2).kind == .word {
            name = "\(file.token(index - 2).text).\(name)"
            index -= 2
        }
        return name
    }

    /// The first argument of a call whose bracket opens at `open`.
    func firstArgument(_ open: Int, _ close: Int) -> Range<Int> {
        var place = open + 1
        while place < min(close - 1, open + 2_000) {
            if file.token(place).isMark(",") { break }
            if file.token(place).kind == .mark, ["(", "[", "{"].contains(file.token(place).text) {
                place = file.closing(place, before: close)
                continue
            }
            place += 1
        }
        return (open + 1)..<max(open + 1, min(place, close - 1))
    }

    mutating func sinks(_ part: Range<Int>) {
        for place in part where file.token(place).kind == .word {
            let token = file.token(place)
            if !isPython, ["innerHTML", "outerHTML"].contains(token.text), file.token(place - 1).isMark("."),
                file.token(place + 1).isMark("=") || file.token(place + 1).isMark("+="),
                isTainted((place + 2)..<part.upperBound)
            {
                report(
                    "patterns.cross-site-scripting", place, "something of the caller's becomes markup: `\(token.text)`")
            }
            guard file.token(place + 1).isMark("(") else { continue }
            let close = file.closing(place + 1)
            let first = firstArgument(place + 1, close)
            let whole = (place + 2)..<max(place + 2, close - 1)
            let name = qualified(place)
            // `/…/.exec(x)` of a pattern is no command.
            if !name.contains("."), file.token(place - 1).isMark(".") { continue }
            if let rule = isPython ? pythonRule(name, first, whole) : scriptRule(name, first, whole) {
                report(rule, place, "something of the caller's reaches `\(name)(…)` as it came")
            }
        }
    }

    func pythonRule(_ name: String, _ first: Range<Int>, _ whole: Range<Int>) -> String? {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        switch name {
        case "eval", "exec": return isTainted(first) ? "patterns.code-injection" : nil
        case "os.system", "os.popen", "subprocess.getoutput":
            return isTainted(first) ? "patterns.command-injection" : nil
        case "subprocess.run", "subprocess.call", "subprocess.Popen", "subprocess.check_output",
            "subprocess.check_call":
            let isShell = whole.contains { file.token($0).isWord("shell") && file.token($0 + 2).isWord("True") }
            return isShell && isTainted(first) ? "patterns.command-injection" : nil
        case "redirect", "RedirectResponse", "HttpResponseRedirect", "flask.redirect":
            return isTainted(first) && leads(first) ? "patterns.open-redirect" : nil
        case "open", "send_file", "os.remove", "os.unlink", "shutil.rmtree", "FileResponse":
            return isTainted(first) ? "patterns.path-traversal" : nil
        case "render_template_string": return isTainted(first) ? "patterns.template-injection" : nil
        case "Markup", "mark_safe", "HTMLResponse": return isTainted(first) ? "patterns.cross-site-scripting" : nil
        case "pickle.loads", "pickle.load", "marshal.loads", "dill.loads":
            return isTainted(first) ? "patterns.unsafe-deserialisation" : nil
        case "requests.get", "requests.post", "requests.request", "httpx.get", "httpx.post", "urllib.request.urlopen",
            "urlopen":
            return isTainted(first) ? "patterns.server-side-request" : nil
        default:
            return ["execute", "executemany", "executescript", "raw"].contains(last) && name.contains(".")
                && isTainted(first) && isBuilt(first) ? "patterns.sql-injection" : nil
        }
    }

    func scriptRule(_ name: String, _ first: Range<Int>, _ whole: Range<Int>) -> String? {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        switch name {
        case "eval", "Function": return isTainted(whole) ? "patterns.code-injection" : nil
        case "exec", "execSync", "child_process.exec", "child_process.execSync", "cp.exec", "cp.execSync":
            return isTainted(first) ? "patterns.command-injection" : nil
        case "res.redirect", "ctx.redirect", "reply.redirect":
            // `redirect(302, address)`
            let second = file.token(first.lowerBound).kind == .number ? first.upperBound + 1 : whole.lowerBound
            let address = second..<max(second, whole.upperBound)
            return isTainted(address) && leads(address) ? "patterns.open-redirect" : nil
        case "res.sendFile" where whole.contains(where: { file.token($0).isWord("root") }): return nil
        case "jwt.decode", "jwtDecode", "jwt_decode", "jose.decodeJwt", "decodeJwt":
            let verifies = file.tokens.contains { $0.kind == .word && $0.text.lowercased().contains("verify") }
            return isTainted(first) && !verifies ? "patterns.unsigned-token" : nil
        case "res.sendFile", "res.download", "fs.readFile", "fs.readFileSync", "fs.createReadStream", "fs.writeFile",
            "fs.writeFileSync", "fs.unlink", "fs.unlinkSync", "readFile", "readFileSync":
            return isTainted(first) ? "patterns.path-traversal" : nil
        case "res.send", "res.write", "res.end":
            let isMarkup = first.contains { file.token($0).kind == .text && file.token($0).text.contains("<") }
            return isMarkup && isTainted(first) ? "patterns.cross-site-scripting" : nil
        case "document.write": return isTainted(first) ? "patterns.cross-site-scripting" : nil
        case "unserialize", "serialize.unserialize": return isTainted(first) ? "patterns.unsafe-deserialisation" : nil
        case "fetch", "axios.get", "axios.post", "axios", "got":
            return isTainted(first) && !name.isEmpty
                && file.functions.contains { $0.parameters.contains("res") || $0.parameters.contains("ctx") }
                ? "patterns.server-side-request" : nil
        default:
            if Self.finders.contains(last), name.contains("."), isOperator(first) { return "patterns.query-injection" }
            return ["query", "raw", "$queryRawUnsafe", "$executeRawUnsafe", "execute"].contains(last)
                && name.contains(".") && isTainted(first) && isBuilt(first) ? "patterns.sql-injection" : nil
        }
    }

    private static let finders: Set<String> = [
        "findOne", "find", "findOneAndUpdate", "findOneAndDelete", "updateOne", "updateMany", "deleteOne", "deleteMany",
        "countDocuments", "exists",
    ]

    /// `{ name: req.body.name }` of a document store: what came may be an object, and then is an operator. SQL's mappers
    /// ask by `where`.
    private func isOperator(_ first: Range<Int>) -> Bool {
        guard let open = first.first, file.token(open).isMark("{"),
            !first.contains(where: { file.token($0).isWord("where") })
        else { return false }
        return first.contains { place in
            file.token(place).isMark(":") && ["req", "request"].contains(file.token(place + 1).text)
                && file.token(place + 2).isMark(".") && ["body", "query"].contains(file.token(place + 3).text)
                && file.token(place + 4).isMark(".")
                && (file.token(place + 6).isMark(",") || file.token(place + 6).isMark("}"))
        }
    }

    /// Whether an argument is SQL put together here, and not a variable of another meaning.
    func isBuilt(_ range: Range<Int>) -> Bool {
        let texts = range.filter { file.token($0).kind == .text }.map { file.token($0).text.uppercased() }
        if texts.contains(where: { text in
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WHERE ", "DROP "].contains { text.contains($0) }
        }) {
            return true
        }
        return range.count == 1 && file.token(range.lowerBound).kind == .word
    }
}
