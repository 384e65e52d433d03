import Console
import Kernel
import Observability

/// Every control with its mode, what set it, and what it did since the start.
enum ConsoleControls {
    private struct Counts {
        var refused = 0
        var would = 0
    }

    private static func counts(_ desk: ConsoleDesk) -> [String: Counts] {
        var counts: [String: Counts] = [:]
        for event in desk.services.metrics.events {
            switch event.disposition {
            case SecurityEvent.Disposition.enforced.rawValue:
                counts[event.control, default: Counts()].refused += event.count
            case SecurityEvent.Disposition.wouldHave.rawValue:
                counts[event.control, default: Counts()].would += event.count
            default: break
            }
        }
        return counts
    }

    @Sendable static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let desk = exchange.desk
        let counts = counts(desk)
        let rows = Capabilities.controls.map { control -> [ConsoleCell] in
            let count = counts[control.id] ?? Counts()
            return [
                ConsoleCell(control.title, hint: control.id, link: "/console/controls/\(control.id)"),
                mode(of: control, desk), reason(for: control, desk),
                number(count.refused, control, "refused"), number(count.would, control, "would"),
            ]
        }
        return ConsolePage(
            "Controls",
            lead: "What stands in the journey of a request. “observe” records what it would refuse and lets it pass; "
                + "counts are since this process started.", current: "/console/controls",
            [
                .table(
                    ConsoleTable(
                        "Controls", columns: ["Control", "Mode", "Why", "Refused", "Would be refused"], rows: rows))
            ])
    }

    private static func number(_ count: Int, _ control: Capability, _ view: String) -> ConsoleCell {
        count == 0
            ? ConsoleCell("0") : ConsoleCell("\(count)", link: "/console/refusals?view=\(view)&control=\(control.id)")
    }

    static func mode(of control: Capability, _ desk: ConsoleDesk) -> ConsoleCell {
        guard control.modeKey != nil, let mode = desk.configuration.modes[control.id] else {
            return .badge("always", .good)
        }
        return .badge(mode.rawValue, ConsoleText.tone(mode))
    }

    private static func setting(_ key: String, _ desk: ConsoleDesk) -> ExplainedSetting? {
        desk.configuration.explained.first { $0.description.key == key }
    }

    private static func reason(for control: Capability, _ desk: ConsoleDesk) -> ConsoleCell {
        guard let key = control.modeKey else { return ConsoleCell("has no mode: it always holds") }
        let origin = setting(key, desk)?.origin ?? "default"
        guard origin == "default" else { return .code(key, hint: "from \(origin)") }
        let general = setting("mode", desk)
        let why =
            general?.isGiven == true
            ? "as mode, from \(general?.origin ?? "")"
            : "as mode, the default in \(desk.configuration.environment.rawValue)"
        return .code(key, hint: why)
    }

    @Sendable static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let desk = exchange.desk
        guard let control = Capabilities.controls.first(where: { $0.id == exchange.parameters["id"] }) else {
            throw Problem("own.not-found", status: 404, title: "There is no such page here.")
        }
        var facts = [
            ConsoleFact("Id", .code(control.id)), ConsoleFact("Mode", mode(of: control, desk)),
            ConsoleFact("Why", reason(for: control, desk)),
            ConsoleFact("Wanted for", control.level.rawValue == "mvp" ? "every launch" : control.level.rawValue),
            ConsoleFact("Stages", control.stages.joined(separator: ", ")),
            ConsoleFact("Read more", .code("docs/capabilities/\(control.page).md")),
        ]
        if !control.provedBy.isEmpty {
            facts.append(
                ConsoleFact("Proved from outside by", .code(control.provedBy.joined(separator: ", "))))
        }
        var blocks: [ConsoleBlock] = [.facts(facts)]
        let keys = desk.configuration.explained.filter {
            $0.description.key == control.modeKey || isKey($0, of: control)
        }
        if !keys.isEmpty {
            blocks += [.heading("Keys"), .table(table(of: keys))]
        }
        blocks += [.heading("Reasons"), .table(reasons(of: control, desk))]
        return ConsolePage(control.title, current: "/console/controls", blocks)
    }

    private static func isKey(_ setting: ExplainedSetting, of control: Capability) -> Bool {
        setting.description.key.hasPrefix(control.id + ".")
    }

    static func table(of keys: [ExplainedSetting]) -> ConsoleTable {
        ConsoleTable(
            "Keys", columns: ["Key", "Value", "From"],
            rows: keys.map { setting in
                [
                    .code(setting.description.key, hint: setting.description.summary),
                    .code(setting.value.isEmpty ? "(empty)" : setting.value), ConsoleCell(setting.origin),
                ]
            })
    }

    private static func reasons(of control: Capability, _ desk: ConsoleDesk) -> ConsoleTable {
        let events = desk.services.metrics.events.filter { $0.control == control.id }
        func total(_ reason: String, _ disposition: SecurityEvent.Disposition) -> String {
            "\(events.filter { $0.reason == reason && $0.disposition == disposition.rawValue }.reduce(0) { $0 + $1.count })"
        }
        let ids = Set(control.reasons.map(\.rawValue)).union(events.map(\.reason)).sorted()
        return ConsoleTable(
            "Reasons", columns: ["Reason", "Refused", "Would be refused", "Noted"],
            rows: ids.map { id in
                [
                    .code(
                        id, hint: ReasonCatalogue.reason(id)?.title ?? "",
                        link: ReasonCatalogue.reason(id) == nil ? nil : "\(desk.prefix)/problems/\(id)"),
                    ConsoleCell(total(id, .enforced)), ConsoleCell(total(id, .wouldHave)),
                    ConsoleCell(total(id, .noted)),
                ]
            })
    }
}
