public import Kernel

extension SecretInventory {
    /// For a terminal of 80 columns.
    public func text(at now: Timestamp) -> String {
        var lines = ["Keys of the ring"]
        lines.append(row(["  purpose", "key", "state", "age", "until"]))
        for key in keys {
            lines.append(
                row(
                    [
                        "  " + key.purpose.rawValue, key.id.rawValue, key.state.rawValue,
                        Age.text(from: key.createdAt, to: now), until(key),
                    ]))
        }
        if keys.isEmpty { lines.append("  none yet: they are made when the gateway first starts") }
        let strangers = Set(keys.filter { $0.state != .destroyed }.map(\.rootID)).subtracting(rootIDs).sorted()
        for root in strangers { lines.append("  ! some are wrapped by root key \(root), which wasn't given") }
        if !columns.isEmpty {
            lines += ["", "Encrypted columns"]
            for column in columns {
                let state: String
                switch column.target {
                case nil: state = "as first written"
                case .some(let target) where column.isDone: state = "all under key \(target)"
                case .some(let target): state = "\(column.moved) brought to key \(target), going on"
                }
                let broken = column.unreadable > 0 ? "; \(column.unreadable) don't open" : ""
                lines.append(cut("  \(column.name): \(state)\(broken)", 80))
            }
        }
        return lines.joined(separator: "\n") + "\n\n" + configuredText(at: now)
    }

    /// What came with the configuration alone.
    public func configuredText(at now: Timestamp) -> String {
        var lines = ["Configured secrets"]
        lines.append(configuredRow(["  name", "judgement", "age", "from"]))
        for secret in configured {
            let judgement = secret.judgement.summary + (secret.isUsed ? "" : " (not used)")
            let age = secret.modifiedAt.map { Age.text(from: $0, to: now) } ?? "–"
            lines.append(configuredRow(["  " + secret.name, judgement, age, secret.origin]))
        }
        if configured.isEmpty { lines.append("  none") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Configured secrets whose files are older than they should be, in words.
    public func overdue(after limit: Duration?, at now: Timestamp) -> [String] {
        configured.old(after: limit, at: now).map { name, written in
            "\(name): is \(Age.text(from: written, to: now)) old; replace it (secrets.rotate-after)"
        }
    }

    private func until(_ key: Key) -> String {
        switch (key.state, key.until) {
        case (.pending, .some(let time)): "signs from \(Age.moment(time))"
        case (_, .some(let time)): Age.moment(time)
        case (.overlapping, nil): "no use is left"
        case (_, nil): "–"
        }
    }

    private func row(_ cells: [String]) -> String { table(cells, [18, 18, 13, 7, 24]) }
    private func configuredRow(_ cells: [String]) -> String { table(cells, [16, 30, 7, 27]) }

    private func table(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (cell, width) in zip(cells, widths) {
            let text = cut(cell, width - 1)
            line += text + String(repeating: " ", count: width - text.count)
        }
        return String(line.trimming { $0 == "\n" }.reversed().drop { $0 == " " }.reversed())
    }

    /// At most `width` characters, none of which a terminal would act on.
    private func cut(_ text: String, _ width: Int) -> String {
        let safe = String(
            text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
        return safe.count <= width ? safe : safe.prefix(width - 1) + "…"
    }
}

extension Rotation {
    /// What `seaworthy secrets rotate` says.
    public func text(at now: Timestamp) -> String {
        var lines: [String] = []
        if !isNew {
            lines.append("\(purpose.rawValue): rotated already; key \(key) is the newest, nothing was changed")
        } else if activeAt > now {
            lines.append("\(purpose.rawValue): key \(key) is new and signs from \(Age.moment(activeAt))")
        } else {
            lines.append("\(purpose.rawValue): key \(key) is new and signs from now on")
        }
        for overlap in overlapping {
            let until = overlap.until.map { "until \(Age.moment($0))" } ?? "until no use of it is left"
            lines.append("  key \(overlap.key) stays valid \(until)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Times as people read them.
enum Age {
    /// `45 s`, `12 min`, `7 h`, `90 d`.
    static func text(from start: Timestamp, to now: Timestamp) -> String {
        let (difference, overflow) = now.nanosecondsSinceEpoch.subtractingReportingOverflow(
            start.nanosecondsSinceEpoch)
        let seconds = overflow ? 0 : max(0, difference / 1_000_000_000)
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    /// `2026-11-21 08:16:09Z`.
    static func moment(_ time: Timestamp) -> String {
        let text = time.iso8601
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
    }
}

extension [ConfiguredSecret] {
    /// Those whose files are older than they should be, with their days.
    public func overdue(after limit: Duration?, at now: Timestamp) -> [(name: String, days: Int)] {
        old(after: limit, at: now).map { name, written in
            (name, Int((now.nanosecondsSinceEpoch - written.nanosecondsSinceEpoch) / 86_400_000_000_000))
        }
    }

    fileprivate func old(after limit: Duration?, at now: Timestamp) -> [(name: String, written: Timestamp)] {
        guard let limit else { return [] }
        return compactMap { secret in
            guard let written = secret.modifiedAt, written.adding(limit) < now else { return nil }
            return (secret.name, written)
        }
    }
}
