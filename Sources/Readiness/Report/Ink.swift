/// Colours for a terminal, or none at all.
struct Ink: Sendable {
    var isOn: Bool

    func bold(_ text: String) -> String { wrap("1", text) }
    func dim(_ text: String) -> String { wrap("2", text) }
    func red(_ text: String) -> String { wrap("31;1", text) }
    func green(_ text: String) -> String { wrap("32", text) }
    func yellow(_ text: String) -> String { wrap("33", text) }
    func blue(_ text: String) -> String { wrap("36", text) }

    private func wrap(_ code: String, _ text: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    func outcome(_ outcome: Outcome, _ text: String) -> String {
        switch outcome {
        case .holds: green(text)
        case .fails: red(text)
        case .waived, .error: yellow(text)
        case .notApplicable, .notAvailable: dim(text)
        }
    }

    func decision(_ decision: Decision, _ text: String) -> String {
        switch decision {
        case .go: bold(green(text))
        case .noGo: red(text)
        case .couldNotJudge: yellow(text)
        }
    }
}

extension Outcome {
    /// At most eight letters, for tables.
    public var short: String {
        switch self {
        case .holds: "holds"
        case .fails: "FAILS"
        case .notApplicable: "n/a"
        case .notAvailable: "not seen"
        case .error: "error"
        case .waived: "waived"
        }
    }
}

/// Breaks text into lines of at most `width` characters; words that are longer are cut.
func wrapped(_ text: String, width: Int, indent: String = "") -> [String] {
    let room = max(10, width - indent.count)
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
        var line = ""
        for word in paragraph.split(separator: " ") {
            var rest = Substring(word)
            while !rest.isEmpty {
                let gap = line.isEmpty ? 0 : 1
                if line.count + gap + rest.count <= room {
                    line += (gap == 1 ? " " : "") + rest
                    rest = ""
                } else if line.isEmpty {
                    line = String(rest.prefix(room))
                    rest = rest.dropFirst(room)
                    lines.append(indent + line)
                    line = ""
                } else {
                    lines.append(indent + line)
                    line = ""
                }
            }
        }
        lines.append(line.isEmpty ? "" : indent + line)
    }
    while lines.last == "", lines.count > 1 { lines.removeLast() }
    return lines
}

func padded(_ text: String, _ width: Int) -> String {
    text.count >= width ? String(text.prefix(width)) : text + String(repeating: " ", count: width - text.count)
}
