/// A page's Content-Security-Policies as the Observatory's rules read them: all of them together, each word in lower case.
struct ObservatoryPolicy: Sendable {
    /// Why it counts as it does.
    let judgement: ObservatoryGrade.Judgement
    /// Directives of all policies together; empty when they can't be read.
    private let directives: [String: [String]]

    /// - Parameters:
    ///   - fields: values of the header; a comma parts policies.
    ///   - inPage: values of `meta` elements; `frame-ancestors`, `report-uri` and `sandbox` alone make no policy there.
    init(fields: [String], inPage: [String], isHTTPS: Bool) {
        func policies(_ values: [String]) -> [String] {
            values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) }
        }
        let (sent, written) = (policies(fields), policies(inPage))
        guard let directives = Self.read(sent + written) else {
            (judgement, self.directives) = (.init("a Content-Security-Policy that can't be read", -25), [:])
            return
        }
        let inMeta = (Self.read(written) ?? [:]).filter {
            !["frame-ancestors", "report-uri", "sandbox"].contains($0.key)
        }
        guard !(Self.read(sent) ?? [:]).isEmpty || !inMeta.isEmpty else {
            (judgement, self.directives) = (.init("no Content-Security-Policy", -25), [:])
            return
        }
        let (judgement, isReadable) = Self.judge(directives, isHTTPS: isHTTPS)
        (self.judgement, self.directives) = (judgement, isReadable ? directives : [:])
    }

    func names(_ directive: String) -> Bool { directives[directive] != nil }

    /// Directives of all policies; a source counts when each policy that names the directive has it. Nil when one is shorter than the
    /// shortest directive or names one twice.
    private static func read(_ policies: [String]) -> [String: [String]]? {
        var found: [String: [String]] = [:]
        for (place, policy) in policies.enumerated() {
            guard policy.count >= 6 else { return nil }
            var here: Set<String> = []
            for part in policy.split(separator: ";") {
                let words = part.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
                guard let name = words.first else { continue }
                guard here.insert(name).inserted else {
                    // Where reports go may be said twice; the first counts.
                    if name == "report-uri" || name == "report-to" { continue }
                    return nil
                }
                let sources = Array(words.dropFirst())
                let kept = place == 0 ? sources : (found[name] ?? []).filter(sources.contains)
                found[name] = kept.isEmpty ? ["'none'"] : kept
            }
        }
        return found
    }

    private static let broad: Set<String> = [
        "ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*",
    ]

    private static func hasKey(_ sources: [String]) -> Bool {
        sources.contains { source in
            ["'sha256-", "'sha384-", "'sha512-", "'nonce-"].contains { source.hasPrefix($0) }
        }
    }

    private static func judge(
        _ directives: [String: [String]], isHTTPS: Bool
    ) -> (ObservatoryGrade.Judgement, isReadable: Bool) {
        func sources(_ name: String) -> [String] { directives[name] ?? directives["default-src"] ?? ["*"] }
        // A browser that knows nonces and hashes doesn't heed 'unsafe-inline' beside them.
        func heeded(_ name: String) -> [String] {
            let all = sources(name)
            return hasKey(all) ? all.filter { $0 != "'unsafe-inline'" } : all
        }
        var script = heeded("script-src")
        let style = heeded("style-src")
        if script.contains("'strict-dynamic'") {
            guard hasKey(script) else {
                return (.init("a policy with 'strict-dynamic' and neither nonce nor hash", -25), false)
            }
            script = script.filter { source in
                source != "'self'" && !broad.contains { source.hasPrefix($0) }
            }
        }
        func isUnsafe(_ source: String) -> Bool {
            broad.contains(source) || source == "'unsafe-inline'" || source == "data:"
        }
        func isInsecure(_ source: String) -> Bool { source.hasPrefix("http:") || source.hasPrefix("ftp:") }
        let images = ["img-src", "media-src"]
        let active = directives.filter { !images.contains($0.key) && $0.key != "script-src" }.flatMap(\.value) + script
        let passive = images.flatMap { directives[$0] ?? directives["default-src"] ?? [] }
        let judgement: ObservatoryGrade.Judgement =
            if script.contains(where: isUnsafe) || sources("object-src").contains(where: broad.contains) {
                .init("a policy with unsafe or broad script sources", -20)
            } else if isHTTPS, active.contains(where: isInsecure) {
                .init("a policy that lets plain http in", -20)
            } else if (script + style).contains("'unsafe-eval'") {
                .init("a policy with 'unsafe-eval'", -10)
            } else if isHTTPS, passive.contains(where: isInsecure) {
                .init("a policy that lets images in by plain http", -10)
            } else if style.contains(where: isUnsafe) {
                .init("a policy that is unsafe in styles only", 0)
            } else if directives["default-src"] == ["'none'"] {
                .init("a policy with default-src 'none'", 10)
            } else {
                .init("a policy without unsafe sources", 5)
            }
        return (judgement, true)
    }
}
