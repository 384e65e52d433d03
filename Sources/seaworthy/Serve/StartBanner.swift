import Gateway
import Kernel

/// What a person sees at the start: what listens where, in front of what, how strictly, and what to do next.
struct StartBanner {
    let loaded: LoadedConfiguration
    let doors: [OpenDoor]

    var text: String {
        let configuration = loaded.configuration
        var lines = ["Seaworthy \(Seaworthy.version) in front of \(configuration.upstream)", ""]
        for door in doors { lines.append("  \(pad(door.name))\(door.url)\(door.remark.map { "   (\($0))" } ?? "")") }
        if configuration.console.isOn, let door = doors.first(where: { !$0.isPublic }) {
            lines.append("  \(pad("console"))\(door.url)/console")
        }
        lines.append("  \(pad("mode"))\(modeText)")
        lines.append("  \(pad("database"))\(configuration.database.place.truncated(to: 66))")
        lines.append("  \(pad("settings"))\(loaded.file ?? "no file")\(givenText)")
        lines.append("")
        lines += next
        return lines.joined(separator: "\n") + "\n"
    }

    private var modeText: String {
        let environment = loaded.configuration.environment.rawValue
        return switch loaded.configuration.mode {
        case .enforce: "enforce: what a control refuses is refused (\(environment))"
        default: "observe: records what it would refuse, lets it pass (\(environment))"
        }
    }

    private var givenText: String {
        let count = loaded.settings.count { $0.isGiven }
        return count == 0 ? "" : ", \(count) \(count == 1 ? "key" : "keys") given (`seaworthy config explain --given`)"
    }

    private var next: [String] {
        guard let url = doors.first(where: \.isPublic)?.url else { return [] }
        var lines = ["Next: open \(url), then ask what is still missing:", "  seaworthy check \(url)"]
        if loaded.configuration.mode == .observe {
            lines.append("Add --mode enforce when the log shows nothing that it should not refuse.")
        }
        lines.append("Ctrl-C ends it.")
        return lines
    }

    private func pad(_ name: String) -> String { name + String(repeating: " ", count: max(1, 10 - name.count)) }
}

extension String {
    /// Its end, where it is too long: what a path says is there.
    fileprivate func truncated(to width: Int) -> String { count <= width ? self : "…" + suffix(width - 1) }
}
