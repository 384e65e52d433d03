import Kernel
public import Readiness

extension LaunchDesk {
    /// How long a signature counts for `check`: the evidence that it is bound to ends it sooner.
    public static let signatureDays = 90

    /// What `seaworthy check --launch` reads.
    ///
    /// - Parameters:
    ///   - target: whose signatures; nil for the rates alone.
    ///   - names: of accounts, by id.
    public func launchFile(of target: String?, names: [String: String]) async throws -> LaunchFile {
        let progress = LaunchDesk.progress(of: try await lines(of: nil))
        let rates: [LaunchFile.Rate] =
            progress.items == 0
            ? []
            : [
                .init(figure: "uat.items", value: Double(progress.worked)),
                .init(figure: "uat.components", value: Double(progress.components.count)),
                .init(figure: "uat.pass-rate", value: LaunchDesk.hundredths(progress.passRate)),
                .init(figure: "uat.compatibility", value: LaunchDesk.hundredths(progress.compatibility)),
            ]
        var signatures: [LaunchFile.Signature] = []
        if let target {
            for signOff in try await signOffs(of: target).reversed() where signOff.revokedAt == nil {
                let until = Timestamp(
                    nanosecondsSinceEpoch: signOff.at.nanosecondsSinceEpoch
                        + Int64(LaunchDesk.signatureDays) * 86_400_000_000_000)
                guard let signed = CalendarDay(String(signOff.at.iso8601.prefix(10))),
                    let expires = CalendarDay(String(until.iso8601.prefix(10)))
                else { continue }
                signatures.append(
                    LaunchFile.Signature(
                        item: signOff.item, role: signOff.role.isEmpty ? nil : signOff.role,
                        by: names[signOff.actor] ?? signOff.actor, signed: signed, expires: expires,
                        evidence: signOff.evidence, note: signOff.note.isEmpty ? nil : signOff.note))
            }
        }
        return LaunchFile(madeAt: clock.now().iso8601, target: target, figures: rates, signatures: signatures)
    }

    /// Rounded down, so that a bound isn't reached by rounding.
    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded(.down) / 100 }
}

/// A plan with its results, for a spreadsheet or a program.
public struct PlanExport: Sendable, Encodable {
    public struct Entry: Sendable, Encodable {
        public let id: String
        public let component: String
        public let item: String
        public let steps: String
        public let expected: String
        public let url: String
        public let expect: String
        public let profiles: [String]
        public let assignee: String?
        public let results: [Result]
    }
    public struct Result: Sendable, Encodable {
        public let profile: String
        /// nil: not tried.
        public let outcome: String?
        public let note: String?
        public let by: String?
        /// ISO 8601, UTC.
        public let at: String?
    }
    public let plan: String?
    public let entries: [Entry]

    /// Comma-separated values (RFC 4180), a row for each item and browser; formulas are disarmed. `uat import` reads it.
    public var csv: String {
        let heads = [
            "id", "component", "item", "steps", "expected", "url", "expect", "profiles", "assignee", "profile",
            "outcome", "note", "by", "at",
        ]
        var rows = [heads]
        for entry in entries {
            for result in entry.results {
                rows.append([
                    entry.id, entry.component, entry.item, entry.steps, entry.expected, entry.url, entry.expect,
                    entry.profiles.joined(separator: "; "), entry.assignee ?? "", result.profile,
                    result.outcome ?? "", result.note ?? "", result.by ?? "", result.at ?? "",
                ])
            }
        }
        return rows.map { $0.map(CSVDocument.wholeCell).joined(separator: ",") }.joined(separator: "\r\n") + "\r\n"
    }
}

extension LaunchDesk {
    /// - Parameters:
    ///   - plan: nil for all plans.
    ///   - names: of accounts, by id.
    public func export(_ plan: String?, names: [String: String]) async throws -> PlanExport {
        let lines = try await lines(of: plan)
        let results = try await current(of: plan)
        return PlanExport(
            plan: plan,
            entries: lines.map { line in
                let item = line.item
                let own = results[item.id] ?? []
                let expect = [item.expectation.status.map { "\($0)" }, item.expectation.text.map { "text: \($0)" }]
                return PlanExport.Entry(
                    id: item.key, component: item.component, item: item.title, steps: item.steps,
                    expected: item.expected, url: item.url,
                    expect: expect.compactMap(\.self).joined(separator: "; "), profiles: item.profiles,
                    assignee: item.assignee.map { names[$0] ?? $0 },
                    results: item.profiles.map { profile in
                        let result = own.first { $0.profile == profile }
                        return PlanExport.Result(
                            profile: profile, outcome: result?.outcome.rawValue, note: result?.note,
                            by: result.map { names[$0.actor] ?? $0.actor }, at: result?.at.iso8601)
                    })
            })
    }
}
