/// One request and its answer, kept so that anybody can see it again. Secrets are taken out, control characters are
/// written out, and the whole is short.
public struct Evidence: Sendable, Codable, Equatable {
    /// `GET / HTTP/1.1`
    public var request: String
    /// Header lines of the request, redacted.
    public var requestHeaders: [String]
    /// `HTTP/1.1 200 OK`, or why there was no answer.
    public var response: String
    /// Header lines of the answer, redacted.
    public var responseHeaders: [String]
    /// The beginning of the body, redacted.
    public var excerpt: String
    /// A line for a shell that sends the same request again; secrets stand in it as variables.
    public var curl: String
}

/// A line of a source file, and the rule that looked at it.
public struct CodeLocation: Sendable, Codable, Equatable {
    /// Relative to the folder that was scanned.
    public var file: String
    /// From 1.
    public var line: Int
    public var rule: String
}

/// One thing that a check saw.
public struct Observation: Sendable, Codable, Equatable {
    public var outcome: Outcome
    /// What was looked at, such as `GET /`.
    public var subject: String
    /// One sentence: what was seen.
    public var seen: String
    public var evidence: [Evidence]
    /// What of `readiness.yaml` would have let it look; nil where that isn't what is missing.
    public var declare: [ConfigurationPart]?
    /// Where in a source it was seen; nil for what was seen over HTTP.
    public var location: CodeLocation?

    init(_ outcome: Outcome, _ subject: String, _ seen: String, _ evidence: [Evidence] = []) {
        self.outcome = outcome
        self.subject = visible(subject, limit: 200)
        self.seen = visible(seen, limit: 500)
        self.evidence = evidence
    }

    /// The same, naming what would have let it look.
    func declaring(_ parts: [ConfigurationPart]) -> Observation {
        var copy = self
        copy.declare = parts
        return copy
    }

    static func holds(_ subject: String, _ seen: String, _ sightings: Sighting...) -> Observation {
        Observation(.holds, subject, seen, sightings.map(\.evidence))
    }

    static func fails(_ subject: String, _ seen: String, _ sightings: Sighting...) -> Observation {
        Observation(.fails, subject, seen, sightings.map(\.evidence))
    }

    static func notApplicable(_ subject: String, _ seen: String, _ sightings: Sighting...) -> Observation {
        Observation(.notApplicable, subject, seen, sightings.map(\.evidence))
    }

    static func notAvailable(_ subject: String, _ seen: String, _ sightings: Sighting...) -> Observation {
        Observation(.notAvailable, subject, seen, sightings.map(\.evidence))
    }
}

/// A request, its answer and the evidence made of them.
struct Sighting: Sendable {
    let request: ProbeRequest
    let answer: Answer
    let evidence: Evidence

    var status: Int { answer.status }
    /// `GET /path`
    var subject: String { visible("\(request.method) \(request.targetText)", limit: 90) }
}
