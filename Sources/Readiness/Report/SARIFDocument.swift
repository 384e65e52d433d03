import FoundationEssentials

/// A report as SARIF 2.1.0 (OASIS): findings for code-scanning pages, each with its rule and its place.
public enum SARIFDocument {
    public static func render(_ report: Report) throws -> String {
        let checks = report.checks.filter { [.fails, .waived, .error].contains($0.outcome) }
        var results: [JSONValue] = []
        for (index, check) in checks.enumerated() where check.outcome != .error {
            for seen in check.observations where seen.outcome == .fails {
                results.append(result(check, index, seen, report))
            }
        }
        let broken = checks.filter { $0.outcome == .error }
        let notifications = broken.map { check -> JSONValue in
            .object([
                "descriptor": .object(["id": .string(check.id)]), "level": .string("error"),
                "message": .object(["text": .string(check.summary)]),
            ])
        }
        let run: [String: JSONValue] = [
            "tool": .object([
                "driver": .object([
                    "name": .string("seaworthy"), "informationUri": .string("https://github.com/seaworthy/seaworthy"),
                    "rules": .array(checks.map(rule)),
                ])
            ]),
            "invocations": .array([
                .object([
                    "executionSuccessful": .bool(broken.isEmpty && !report.isInterrupted),
                    "startTimeUtc": .string(report.startedAt), "toolExecutionNotifications": .array(notifications),
                ])
            ]),
            "columnKind": .string("utf16CodeUnits"), "results": .array(results),
        ]
        return try pretty(
            .object([
                "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"), "version": .string("2.1.0"),
                "runs": .array([.object(run)]),
            ]))
    }

    static func pretty(_ value: JSONValue) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return text(of: try encoder.encode(value)) + "\n"
    }

    private static func rule(_ check: CheckReport) -> JSONValue {
        let weight =
            switch check.severity {
            case .critical: "9.5"
            case .major: "7.0"
            case .minor: "4.0"
            }
        var tags: [JSONValue] = [.string("security"), .string(check.area.rawValue)]
        if let asvs = check.asvs { tags.append(.string("asvs/5.0/\(asvs)")) }
        return .object([
            "id": .string(check.id), "shortDescription": .object(["text": .string("\(check.title).")]),
            "fullDescription": .object(["text": .string(check.rationale)]),
            "help": .object(["text": .string(check.remediation)]),
            "defaultConfiguration": .object(["level": .string(level(check.severity))]),
            "properties": .object(["tags": .array(tags), "security-severity": .string(weight)]),
        ])
    }

    private static func level(_ severity: Severity) -> String {
        switch severity {
        case .critical: "error"
        case .major: "warning"
        case .minor: "note"
        }
    }

    private static func result(_ check: CheckReport, _ index: Int, _ seen: Observation, _ report: Report) -> JSONValue {
        var physical: [String: JSONValue] = [
            "artifactLocation": .object(["uri": .string(reference(seen.location?.file ?? report.target))])
        ]
        if let line = seen.location?.line { physical["region"] = .object(["startLine": .integer(Int64(max(1, line)))]) }
        var message = seen.seen
        if let rule = seen.location?.rule { message = "\(rule): \(message)" }
        var result: [String: JSONValue] = [
            "ruleId": .string(check.id), "ruleIndex": .integer(Int64(index)), "level": .string(level(check.severity)),
            "message": .object(["text": .string(message)]),
            "locations": .array([
                .object([
                    "physicalLocation": .object(physical),
                    "logicalLocations": .array([.object(["fullyQualifiedName": .string(seen.subject)])]),
                ])
            ]),
            "partialFingerprints": .object([
                "seaworthy/v1": .string(
                    sha256(
                        "\(check.id)|\(seen.location?.rule ?? "")|\(seen.location?.file ?? "")|\(seen.subject)|\(seen.seen)"
                            .utf8))
            ]),
        ]
        if let waiver = check.waiver {
            result["suppressions"] = .array([
                .object([
                    "kind": .string("external"), "status": .string("accepted"),
                    "justification": .string(
                        visible("\(waiver.owner) until \(waiver.expires): \(waiver.reason)", limit: 500)),
                ])
            ])
        }
        return .object(result)
    }

    /// A path or an address as a URI reference.
    private static func reference(_ path: String) -> String {
        let kept = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:?&=@!$'()*+,;".utf8)
        var out = ""
        for byte in path.utf8 {
            if kept.contains(byte) {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%" + hexadecimal([byte]).uppercased()
            }
        }
        return out
    }
}
