extension SourceRule {
    /// Every rule, in the order of the gates.
    static let all: [SourceRule] = unwired + lostUpdates + secrets + deployment + patterns

    static let byID: [String: SourceRule] = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
}

extension SourceGate {
    /// What the gate says about itself.
    public var sheet: CheckSheet {
        func sheet(_ title: String, _ severity: Severity, _ asvs: String?, _ rationale: String, _ remediation: String)
            -> CheckSheet
        {
            CheckSheet(
                rawValue, title, area: .source, side: .app, severity: severity, asvs: asvs, flaw: nil, needs: [.source],
                rationale: rationale, remediation: remediation)
        }
        return switch self {
        case .unwired:
            sheet(
                "What the source declares is wired", .major, "V15.1.5",
                "A guard, a middleware or a router that nothing uses protects nothing, and everybody believes that it does.",
                "Wire what the findings name, or take it out.")
        case .lostUpdates:
            sheet(
                "Numbers are changed under a lock or in one statement", .major, "V15.4.2",
                "Two requests at once read the same number, and the second write undoes the first.",
                "Read with a lock, or let the database compute the new value.")
        case .secrets:
            sheet(
                "No secret stands in the source", .critical, "V13.3.1",
                "A secret in the source is known to everybody who ever had a copy.",
                "Change the secret first; then read it from the environment or a vault.")
        case .dependencies:
            sheet(
                "No dependency has a known vulnerability", .major, "V15.2.1",
                "Known holes are tried by programs, within days.",
                "Update to the version that the finding names; where there is none, replace or waive with a date.")
        case .artifacts:
            sheet(
                "The build's artefacts are there", .minor, nil,
                "What isn't built can't be what was tested, nor what is deployed.",
                "Build what the findings name, or take it off the list.")
        case .reproducible:
            sheet(
                "The build makes the same artefacts again", .minor, nil,
                "Where the same source gives another result each time, nobody can tell what is deployed from what somebody slipped in.",
                "Pin tools and inputs; take times from SOURCE_DATE_EPOCH, sort what is packed, and keep paths and random values out of the result."
            )
        case .deployment:
            sheet(
                "Containers and manifests are held tight", .minor, "V13.2.2",
                "An app that runs as root without limits takes its machine with it.",
                "Mend what the findings name.")
        case .patterns:
            sheet(
                "Nothing of a caller's reaches where it must not", .critical, "V1.2.4",
                "Input that reaches an interpreter as it came is a command of the caller's.",
                "Mend what the findings name, each by its own rule.")
        case .claims:
            sheet(
                "The documents say what the source bears out", .minor, nil,
                "A route, a figure or a tick that isn't so misleads everybody who decides by it.",
                "Mend the document, or build what it says.")
        }
    }
}
