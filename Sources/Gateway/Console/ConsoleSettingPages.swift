import Console
import Kernel

/// Every key with the value in force and where that came from: what `seaworthy config explain` prints.
enum ConsoleSettingPages {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/settings", "Every key, its value and where that came from.", list)
    ]

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let isAll = exchange.asked("show") == "all"
        let words = exchange.asked("q")?.lowercased()
        let found = exchange.desk.configuration.explained.filter { setting in
            guard isAll || setting.isGiven || words != nil else { return false }
            guard let words else { return true }
            return "\(setting.description.key) \(setting.description.summary)".lowercased().contains(words)
        }
        let rows = found.map { setting -> [ConsoleCell] in
            let value = setting.value.isEmpty ? "(empty)" : setting.value
            return [
                .code(setting.description.key, hint: setting.description.summary), .code(value),
                ConsoleCell(setting.origin, hint: setting.description.reloads ? "" : "at the next start"),
            ]
        }
        let choices = ConsoleField(
            "show", "Show", .select, value: isAll ? "all" : "given",
            choices: [("given", "what was given"), ("all", "all keys")])
        let search = ConsoleField("q", "Words", .search, value: exchange.asked("q") ?? "")
        return ConsolePage(
            "Settings",
            lead: "Secrets are never shown. Values change in the file, the environment or by flags; "
                + "“seaworthy reload” puts them in force.", current: "/console/settings",
            [
                .filter(ConsoleForm("/console/settings", "Show", .primary, [choices, search])),
                rows.isEmpty
                    ? .empty("No key is like that.", command: nil)
                    : .table(ConsoleTable("Settings", columns: ["Key", "Value", "From"], rows: rows)),
            ])
    }
}
