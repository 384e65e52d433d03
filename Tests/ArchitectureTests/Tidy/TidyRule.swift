/// One thing that isn't done here, with what to do instead.
struct TidyRule {
    let name: String
    /// What to write instead.
    let remedy: String
    /// Whether the rule holds for this file (path from the project's root).
    let holds: @Sendable (_ path: String) -> Bool
    /// What marks a line of code (comments and literals blanked) as a violation.
    let pattern: Regex<Substring>
    /// A comment with this word on the line, or right above it, gives the reason for an exception.
    var exception: String?

    init(
        name: String, remedy: String, holds: @escaping @Sendable (String) -> Bool, pattern: Regex<Substring>,
        exception: String? = nil
    ) {
        self.name = name
        self.remedy = remedy
        self.holds = holds
        // The default boundaries are those of natural language: none inside `Date.now`.
        self.pattern = pattern.wordBoundaryKind(.simple)
        self.exception = exception
    }

    func violations(path: String, source: StrippedSource) -> [String] {
        guard holds(path) else { return [] }
        return source.code.enumerated().compactMap { index, line in
            guard line.utf8.contains(where: { $0 != 0x20 }), line.contains(pattern) else { return nil }
            if let exception, source.hasComment(exception, at: index) { return nil }
            return "\(path):\(index + 1): \(name). Instead: \(remedy)"
        }
    }
}

extension TidyRule {
    private static func isOurs(_ path: String) -> Bool { path.hasPrefix("Sources/") }
    private static func isParsing(_ path: String) -> Bool { isOurs(path) && path.contains("/Parsing/") }
    /// Where the ports' real ends are made and where people are spoken to.
    private static func isRoot(_ path: String) -> Bool {
        path.hasPrefix("Sources/Gateway/") || path.hasPrefix("Sources/seaworthy/")
    }
    private static func takesPorts(_ path: String) -> Bool { isOurs(path) && !isRoot(path) }

    static var all: [TidyRule] { ports + traps + concurrency + parsing + places }

    /// Time, randomness and output are passed in.
    static var ports: [TidyRule] {
        [
            TidyRule(
                name: "`Date()` reads a clock of its own", remedy: "take a `WallClock` from Kernel in `init`",
                holds: takesPorts, pattern: #/\bDate\(\)|\bDate\.now\b|\bDate\(timeIntervalSinceNow/#),
            TidyRule(
                name: "randomness out of thin air", remedy: "take a `RandomSource` from Kernel in `init`",
                holds: takesPorts,
                pattern:
                    #/\bSystemRandomNumberGenerator\(\)|\.random\((?:in:(?:(?!using:)[^)])*)?\)|\bUUID\(\)|\.shuffled\(\)/#
            ),
            TidyRule(
                name: "`print` writes where nobody looks",
                remedy: "return the text, note an event on the exchange, or take a writer",
                holds: takesPorts, pattern: #/(?:^|[^.\w])(?:print|debugPrint|dump)\(/#),
        ]
    }

    /// A trap ends the process for everybody.
    static var traps: [TidyRule] {
        [
            TidyRule(
                name: "`try!` ends the process", remedy: "`try` with typed throws, or `try?` with a fallback",
                holds: isOurs, pattern: #/\btry!/#),
            TidyRule(
                name: "`as!` ends the process", remedy: "`as?` with a guard", holds: isOurs, pattern: #/\bas!/#),
            TidyRule(
                name: "a forced unwrap ends the process", remedy: "`guard let`, `??`, or a type that can't be nil",
                holds: isOurs, pattern: #/[\w\)\]\}"?>]!(?!=)/#),
            TidyRule(
                name: "a deliberate trap ends the process for everybody",
                remedy: "throw, refuse with a Problem, or make the state impossible",
                holds: isOurs, pattern: #/\b(?:fatalError|preconditionFailure)\(/#),
        ]
    }

    static var concurrency: [TidyRule] {
        [
            TidyRule(
                name: "`@unchecked Sendable` without its reason",
                remedy:
                    "an immutable struct or a `Mutex`; in a driver, a comment above it: `// @unchecked: why it is safe`",
                holds: isOurs, pattern: #/@unchecked\s+Sendable/#, exception: "@unchecked:"),
            TidyRule(
                name: "`nonisolated(unsafe)` without its reason",
                remedy: "an immutable value or a `Mutex`; else a comment above it: `// unsafe: why it is safe`",
                holds: isOurs, pattern: #/nonisolated\(unsafe\)/#, exception: "unsafe:"),
            TidyRule(
                name: "an existential service locator", remedy: "pass what is needed through `init`",
                holds: isOurs, pattern: #/\bstatic\s+(?:let|var)\s+shared\b/#),
        ]
    }

    /// In `Parsing/` every byte comes from a stranger.
    static var parsing: [TidyRule] {
        let remark = "; where it is safe, say why: `// can't trap: …`"
        return [
            TidyRule(
                name: "a subscript that traps out of bounds",
                remedy: "an iterator, `first`, `dropFirst`, `prefix`, or a labelled checked subscript" + remark,
                holds: isParsing, pattern: #/[\w\)\]]\[(?!\w+:)[^\]]/#, exception: "can't trap:"),
            TidyRule(
                name: "arithmetic that traps on overflow",
                remedy: "`&+`, `addingReportingOverflow`, or interpolation for text" + remark,
                holds: isParsing, pattern: #/[\w\)\]"] (?:[+\-*]=?|<<=?) [\w\("\-]/#, exception: "can't trap:"),
            TidyRule(
                name: "a division that traps on zero", remedy: "a literal divisor or a guard" + remark,
                holds: isParsing, pattern: #/ [\/%]=? (?![1-9])/#, exception: "can't trap:"),
            TidyRule(
                name: "a conversion that traps when it doesn't fit",
                remedy: "`exactly:`, `truncatingIfNeeded:` or `clamping:`" + remark,
                holds: isParsing,
                pattern: #/\bU?Int(?:8|16|32)\((?!exactly:|truncatingIfNeeded:|clamping:|ascii:|bitPattern:|\))/#,
                exception: "can't trap:"),
            TidyRule(
                name: "a removal that traps when empty", remedy: "`popFirst`, `popLast`, `dropFirst`" + remark,
                holds: isParsing, pattern: #/\.remove(?:First|Last|\(at:)|\.index\((?:after|before):/#,
                exception: "can't trap:"),
            TidyRule(
                name: "a range that traps when its ends are swapped",
                remedy: "`prefix`, `dropFirst`, or a literal lower end" + remark,
                holds: isParsing, pattern: #/(?:^|[^\w.])[a-z_][\w.]*(?:\.\.\.|\.\.<)[a-z_(]/#,
                exception: "can't trap:"),
        ]
    }

    /// Things that have one place.
    static var places: [TidyRule] {
        [
            TidyRule(
                name: "a configuration key defined outside a +Config.swift file",
                remedy: "move the `Setting` to `<Capability>+Config.swift`",
                holds: { path in
                    isOurs(path) && !path.hasSuffix("+Config.swift") && !path.hasPrefix("Sources/Kernel/")
                        && !path.hasPrefix("Sources/Gateway/Configuration/") && !path.hasPrefix("Sources/Readiness/")
                },
                pattern: #/\bSetting(?:<\w+>)?[.(]/#),
            TidyRule(
                name: "the environment read outside the configuration", remedy: "a key in a +Config.swift file",
                holds: { takesPorts($0) && !$0.hasPrefix("Sources/TestKit/") },
                pattern: #/\bgetenv\(|processInfo\.environment/#, exception: "environment:"),
        ]
    }
}
