/// `GET /api/things` in a document, held against the routes that the source declares; where those can't be read, against
/// its words.
enum EndpointClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        // A tree in which no route is declared has none to hold a document against.
        guard tree.routes.isServer else { return held }
        var absent = HeldStatements()
        for line in lines {
            for (method, path) in operations(line) {
                // What is a number in an example is a placeholder.
                let segments = RouteTable.segments(path).map { $0.allSatisfy(\.isNumber) ? "*" : $0 }
                if let seen = otherMethods(method, segments, tree) {
                    held.hold(line.number, "endpoint", "\(method) \(path)", against: seen)
                    // A path that is ours tells whose document it is, whatever the method.
                    absent.confirm()
                } else {
                    absent.hold(
                        line.number, "endpoint", "\(method) \(path)", against: contradiction(segments, path, tree))
                }
            }
        }
        // A document of which hardly any endpoint is ours tells of another system, or of an app that others write.
        held.add(absent.unlessOver(max(absent.known * 2, isList(lines, absent, tree) ? 2 : 0)))
        return held
    }

    /// Whether the few endpoints of a document stand under a title that says so, beside routes that begin as they do.
    private static func isList(_ lines: [ClaimLine], _ absent: HeldStatements, _ tree: RepositoryTree) -> Bool {
        let headings = Dictionary(lines.map { ($0.number, $0.heading) }) { first, _ in first }
        return absent.findings.allSatisfy { finding in
            let heading = headings[finding.line] ?? ""
            let path = finding.claimed.split(separator: " ").last.map(String.init) ?? ""
            return titles.occur(in: heading) && tree.routes.hasSibling(RouteTable.segments(path))
        }
    }

    private static let titles: Phrases = ["endpoint", "route", "http api", "rest api", "api reference"]

    /// The parts that a statement can be held against; nil where it can't be.
    private static func fixed(_ segments: [String]) -> [String]? {
        let fixed = segments.filter { $0 != "*" && $0 != "**" }
        guard let last = fixed.last, last.count >= 3, segments.allSatisfy(isPlain), !own.contains(segments.first ?? "")
        else { return nil }
        return fixed
    }

    private static func contradiction(_ segments: [String], _ path: String, _ tree: RepositoryTree) -> String? {
        guard let fixed = fixed(segments), let last = fixed.last,
            !tree.routes.knows(segments, words: tree.words)
        else { return nil }
        let variants = [last, last.replacing("-", with: "_"), last.replacing("_", with: "-")]
        if variants.contains(where: { tree.segments.contains($0) || tree.words.contains($0) }) {
            return tree.routes.isImplicit ? nil : "no route in the source makes up `\(path)`"
        }
        // `/users/ada`: an example's value in the place of a placeholder.
        let before = fixed.dropLast().last ?? "api"
        guard !tree.routes.isImplicit || before == "api" || before.first == "v" && before.count <= 3 else { return nil }
        return "no source, route or description in the repository has `\(last)`"
    }

    /// The path is declared, for other methods only.
    private static func otherMethods(_ method: String, _ wanted: [String], _ tree: RepositoryTree) -> String? {
        guard fixed(wanted) != nil, !tree.routes.isImplicit, !tree.routes.hidesMethods,
            tree.routes.knows(wanted, words: tree.words)
        else {
            return nil
        }
        let same = tree.routes.declared.filter {
            $0.segments.contains { $0 != "*" } && tree.routes.covers($0.segments, wanted, tree.words)
        }
        // `/{id}` under a mount may be anybody's.
        guard !same.isEmpty, same.allSatisfy({ $0.method != nil }), !same.contains(where: { $0.method == method }),
            let longest = same.map(\.segments.count).max(),
            longest >= min(2, wanted.count) || tree.routes.mounts.contains(Array(wanted.dropLast(longest))),
            let route = same.first(where: { $0.segments.count == longest })
        else { return nil }
        let isMounted = tree.routes.declared.contains {
            !$0.segments.contains { $0 != "*" } && ($0.method == nil || $0.method == method)
                && tree.routes.covers($0.segments, wanted, tree.words)
        }
        guard !isMounted else { return nil }
        let methods = Set(same.compactMap(\.method)).sorted().joined(separator: ", ")
        return "the source answers \(methods) there, not \(method) (\(route.file):\(route.line))"
    }

    /// What frameworks and proxies add by themselves.
    private static let own: Set = [
        "docs", "redoc", "openapi.json", "metrics", "static", "media", "admin", "swagger", "graphql", "favicon.ico",
        "robots.txt", "socket.io", "assets",
    ]

    private static let methods: Set = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// Methods with the paths right behind them, and calls of `curl` to this machine; addresses of other machines are none.
    static func operations(_ line: ClaimLine) -> [(method: String, path: String)] {
        if let code = line.code {
            if code != "", ClaimLine.shells.contains(code) { return curl(line.text).map { [$0] } ?? [] }
            guard ["", "http", "text", "plaintext"].contains(code) else { return [] }
            if let call = curl(line.text) { return [call] }
        }
        return pairs(line.text)
    }

    static func pairs(_ text: String) -> [(method: String, path: String)] {
        // A request as it goes over the wire is an example, of whatever machine.
        guard !text.contains(" HTTP/") else { return [] }
        let words = text.split { " `|*\"\t".contains($0) }.map(String.init)
        var found: [(String, String)] = []
        for (word, next) in zip(words, words.dropFirst()) where methods.contains(word) {
            let path =
                next.split { $0 == "?" || $0 == "#" || $0 == "," || $0 == ")" || $0 == ";" }.first.map(String.init)
                ?? ""
            guard path.hasPrefix("/"), !path.hasPrefix("//"), path.count <= 200, !path.contains("..."),
                !path.contains("…")
            else { continue }
            found.append((word, path))
        }
        return found
    }

    private static func curl(_ text: String) -> (method: String, path: String)? {
        let words = text.split { " \"'\t".contains($0) }.map(String.init)
        guard let start = words.firstIndex(of: "curl") else { return nil }
        let arguments = Array(words.dropFirst(start + 1))
        guard
            let address = arguments.first(where: {
                $0.hasPrefix("http://localhost:") || $0.hasPrefix("http://127.0.0.1:")
                    || $0.hasPrefix("http://0.0.0.0:")
            }), let slash = address.dropFirst(7).firstIndex(of: "/")
        else { return nil }
        let path = String(address[slash...].prefix { !"?#\\`|;)".contains($0) })
        guard path.count > 1, !path.contains("$"), !path.contains("...") else { return nil }
        var method: String?
        for (flag, value) in zip(arguments, arguments.dropFirst()) where flag == "-X" || flag == "--request" {
            method = value
        }
        if let flag = arguments.first(where: { $0.hasPrefix("-X") && $0.count > 2 }) {
            method = String(flag.dropFirst(2))
        }
        // Data may follow on the next line: then the method isn't known here.
        let hasData = arguments.contains { $0.hasPrefix("-d") || $0.hasPrefix("--data") || $0.hasPrefix("-F") }
        if method == nil, text.trimmed.hasSuffix("\\") { return nil }
        let verb = method ?? (hasData ? "POST" : "GET")
        return methods.contains(verb) ? (verb, path) : nil
    }

    private static func isPlain(_ segment: String) -> Bool {
        segment == "*" || segment.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.@".contains($0)) }
    }
}
