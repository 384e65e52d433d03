/// What an error page of an app shows of its inside.
enum Leak: String, Sendable, CaseIterable {
    case stackTrace = "stack-trace"
    case sql
    case debugPage = "debug-page"
    case path
    case secret
}

/// Finds internals in the beginning of an error body: one pass over it, whatever the number of rules.
enum LeakDetector {
    /// The first leak that is found, or nil for a clean body.
    /// - Parameters:
    ///   - body: the body's beginning, without content coding.
    ///   - onlyCertain: for 4xx answers, whose text is often meant for people.
    ///   - requestPath: the path that was asked for; naming it back shows nothing of the server.
    static func find(in body: [UInt8], onlyCertain: Bool, requestPath: String = "/") -> Leak? {
        let text = ErrorText(normalising: body)
        let seen = LeakRule.scanner.scan(text, requestPath: Array(requestPath.lowercased().utf8))
        for rule in LeakRule.compiled where rule.isCertain || !onlyCertain {
            if rule.marks.allSatisfy({ seen.has($0) }) { return rule.leak }
        }
        if seen.frames >= (onlyCertain ? 2 : 1) { return .stackTrace }
        return seen.showsPath && !onlyCertain ? .path : nil
    }
}
