import FoundationEssentials

/// What an attestation is held against. Only the key is a must.
public struct Verification: Sendable {
    public var key: VerifyingKey
    /// Seconds since 1970.
    public var now: Int64
    public var target: String?
    public var level: String?
    /// SHA-256 of something that must be among the subjects.
    public var subject: String?
    public var policy: String?
    public var report: String?
    public var commit: String?

    public init(key: VerifyingKey, now: Int64) {
        self.key = key
        self.now = now
    }

    public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        /// No envelope of this kind, or one that was cut.
        case malformed(String)
        case tampered
        case wrongKey(expected: String, found: [String])
        case expired(String)
        case notYet(String)
        case mismatch(what: String, wanted: String, found: String)

        public var description: String {
            switch self {
            case .malformed(let what): "is no attestation of Seaworthy: \(what)"
            case .tampered: "was changed after it was signed: the signature doesn't fit"
            case .wrongKey(let expected, let found):
                "isn't signed by this key (\(expected.prefix(16))…), but by \(found.isEmpty ? "nobody" : found.map { "\($0.prefix(16))…" }.joined(separator: ", "))"
            case .expired(let day): "expired on \(day)"
            case .notYet(let day): "is from the future: issued \(day)"
            case .mismatch(let what, let wanted, let found):
                "is about another \(what): \(visible(found, limit: 80)), not \(visible(wanted, limit: 80))"
            }
        }
    }

    /// What a verified attestation says.
    public struct Statement: Sendable, Equatable {
        public var target: String
        public var level: String
        public var verdict: Decision
        public var score: Int?
        public var issuedAt: String
        public var expiresAt: String
        public var subjects: [LaunchStatement.Subject]
        public var evidence: Int
    }

    /// The signature first: nothing of an unsigned payload is looked at.
    public func verify(_ envelope: [UInt8]) throws(Refusal) -> Statement {
        try judge(Envelope.opened(envelope, by: key))
    }

    private func judge(_ statement: JSONValue) throws(Refusal) -> Statement {
        guard statement.at("/predicateType")?.string == LaunchStatement.predicateType else {
            throw .malformed(
                "another predicate: \(visible(statement.at("/predicateType")?.string ?? "none", limit: 80))")
        }
        let body = statement.at("/predicate")
        func word(_ pointer: String) throws(Refusal) -> String {
            guard let word = body?.at(pointer)?.string else { throw .malformed("\(pointer.dropFirst()) is missing") }
            return word
        }
        let issued = try word("/issuedAt")
        let expires = try word("/expiresAt")
        try inTime(from: issued, until: expires)
        guard let verdict = Decision(rawValue: try word("/verdict")) else { throw .malformed("an unknown verdict") }
        let subjects = (statement.at("/subject")?.items ?? []).compactMap { item -> LaunchStatement.Subject? in
            guard let digest = item.at("/digest/sha256")?.string else { return nil }
            return .init(name: item.at("/name")?.string ?? "", sha256: digest)
        }
        try same("target", target, try word("/target"))
        try same("level", level, try word("/level"))
        try same("policy", policy, try word("/policy/sha256"))
        try same("report", report, try word("/report/sha256"))
        if let commit { try same("commit", commit, body?.at("/commit")?.string ?? "none") }
        if let subject, !subjects.contains(where: { $0.sha256 == subject.lowercased() }) {
            throw .mismatch(
                what: "subject", wanted: subject,
                found: subjects.map { "\($0.name) \($0.sha256)" }.joined(separator: ", "))
        }
        return Statement(
            target: visible(try word("/target")), level: visible(try word("/level"), limit: 40), verdict: verdict,
            score: body?.at("/score")?.numeric.flatMap { Int(exactly: $0) }, issuedAt: issued, expiresAt: expires,
            subjects: subjects, evidence: body?.at("/evidence")?.items?.count ?? 0)
    }

    func inTime(from issued: String, until expires: String) throws(Refusal) {
        guard let start = secondsSinceEpoch(issued), let end = secondsSinceEpoch(expires) else {
            throw .malformed("its times are no times")
        }
        // Five minutes for clocks that disagree.
        if start > now &+ 300 { throw .notYet(issued) }
        if end <= now { throw .expired(expires) }
    }

    private func same(_ what: String, _ wanted: String?, _ found: String) throws(Refusal) {
        guard let wanted, wanted != found else { return }
        throw .mismatch(what: what, wanted: wanted, found: found)
    }
}

extension Verification.Statement {
    /// For a terminal.
    public var text: String {
        var lines = [
            "Verified  \(verdict.title) at level \(level)" + (score.map { ", score \($0)" } ?? ""),
            "Target    \(target)",
            "Counts    from \(visible(issuedAt, limit: 30)) until \(visible(expiresAt, limit: 30))",
        ]
        for subject in subjects.prefix(20) {
            lines.append("Subject   \(visible(subject.name, limit: 60))")
            lines.append("          sha256:\(visible(subject.sha256, limit: 64))")
        }
        lines.append("Evidence  \(evidence) file\(evidence == 1 ? "" : "s")")
        return lines.joined(separator: "\n") + "\n"
    }
}
