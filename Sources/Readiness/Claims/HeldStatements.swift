/// Statements of a document held against what was seen: how many there are, how many are borne out, and what contradicts
/// the others.
struct HeldStatements {
    private(set) var examined = 0
    /// Those that something bears out: they show that a document speaks of this repository at all.
    private(set) var known = 0
    private(set) var findings: [DocumentFinding] = []

    /// One statement; `contradiction` says what was seen instead, nil when the statement is borne out.
    mutating func hold(_ line: Int, _ kind: String, _ claimed: String, against contradiction: String?) {
        examined += 1
        guard let contradiction else {
            known += 1
            return
        }
        findings.append(DocumentFinding(line: line, kind: kind, claimed: claimed, seen: contradiction))
    }

    /// Some that were looked at and of which nothing more can be said.
    mutating func pass(_ count: Int = 1) { examined += count }

    mutating func add(_ contradictions: [DocumentFinding]) { findings += contradictions }

    /// What was held already shows that the document speaks of this repository.
    mutating func confirm() { known += 1 }

    mutating func add(_ other: HeldStatements) {
        examined += other.examined
        known += other.known
        findings += other.findings
    }

    /// Without contradictions where there are more of them than `most`: such a document tells of something else.
    func unlessOver(_ most: Int) -> HeldStatements {
        findings.count <= most ? self : keeping { _ in false }
    }

    func first(_ most: Int) -> HeldStatements {
        var copy = self
        copy.findings = Array(findings.prefix(most))
        return copy
    }

    func keeping(_ isKept: (DocumentFinding) -> Bool) -> HeldStatements {
        var copy = self
        copy.findings = findings.filter(isKept)
        return copy
    }
}
