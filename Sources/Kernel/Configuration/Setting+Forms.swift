/// The forms that settings share, so that one kind of value is written one way everywhere.
extension Setting where Value == ControlMode? {
    /// `<control>.mode`; nil means: as the general `mode` says.
    public static func mode(of control: String) -> Setting {
        Setting(
            "\(control).mode", summary: "What \(control) may do.", form: "off, observe or enforce", default: nil,
            defaultText: "as `mode`", parse: { $0.text.flatMap(ControlMode.init(rawValue:)).map { .some($0) } })
    }
}

extension Setting where Value == Bool {
    public static func flag(_ key: String, summary: String, default value: Bool, reloads: Bool = true) -> Setting {
        Setting(
            key, summary: summary, form: "true or false", default: value, defaultText: "\(value)", reloads: reloads
        ) { node in
            switch node.text?.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            default: nil
            }
        }
    }
}

extension Setting where Value == Int {
    /// A whole number inside `range`.
    public static func number(
        _ key: String, summary: String, default value: Int, in range: ClosedRange<Int>, reloads: Bool = true
    ) -> Setting {
        Setting(
            key, summary: summary, form: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            default: value, defaultText: "\(value)", reloads: reloads
        ) { node in
            node.text.flatMap { Int($0.replacing("_", with: "")) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A size in bytes: `10485760`, `10MiB`, `512kB`, or `none` for no limit (`Int.max`).
    public static func bytes(_ key: String, summary: String, default value: Int, reloads: Bool = true) -> Setting {
        Setting(
            key, summary: summary, form: "bytes, such as 10485760, 512KiB or 10MiB; `none` for no limit",
            default: value, defaultText: "\(value)", reloads: reloads, parse: { $0.text.flatMap(parseBytes) })
    }

    private static func parseBytes(_ text: String) -> Int? {
        if text == "none" { return .max }
        let units: [(String, Int)] = [
            ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000),
            ("kB", 1000), ("B", 1),
        ]
        let unit = units.first { text.hasSuffix($0.0) }
        let digits = text.dropLast(unit?.0.count ?? 0).filter { $0 != " " && $0 != "_" }
        guard let count = Int(digits), count >= 0 else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit?.1 ?? 1)
        return overflow ? nil : bytes
    }
}

extension Setting where Value == Duration {
    /// A span of time: `250ms`, `30s`, `5min`, `12h`, `1d`.
    public static func duration(
        _ key: String, summary: String, default value: Duration, defaultText: String, reloads: Bool = true
    ) -> Setting {
        Setting(
            key, summary: summary, form: "a time span, such as 250ms, 30s, 5min, 12h or 1d", default: value,
            defaultText: defaultText, reloads: reloads, parse: { $0.text.flatMap(Duration.init(configuration:)) })
    }
}

extension Setting where Value == [String] {
    /// A list of texts: a YAML list, or one text with commas.
    public static func texts(
        _ key: String, summary: String, form: String, default value: [String], reloads: Bool = true,
        accepts: @escaping @Sendable (String) -> Bool = { !$0.isEmpty }
    ) -> Setting {
        Setting(
            key, summary: summary, form: form, default: value, defaultText: "[\(value.joined(separator: ", "))]",
            reloads: reloads
        ) { node in
            let items: [String]
            switch node {
            case .scalar(let text):
                items = text.split(separator: ",").map { String($0.trimming(while: { $0 == " " })) }
            case .list(let nodes):
                items = nodes.compactMap(\.text)
                guard items.count == nodes.count else { return nil }
            case .mapping:
                return nil
            }
            return items.allSatisfy(accepts) ? items : nil
        }
    }
}

extension Duration {
    /// A span as configuration writes it: `250ms`, `30s`, `5min`, `12h`, `1d`; nil for anything else or negative.
    public init?(configuration text: String) {
        let units: [(String, Int64)] = [
            ("ms", 1), ("min", 60_000), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        guard let unit = units.first(where: { text.hasSuffix($0.0) }),
            let count = Int64(text.dropLast(unit.0.count).filter { $0 != " " && $0 != "_" }), count >= 0
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.1)
        guard !overflow, milliseconds < 1 << 50 else { return nil }
        self = .milliseconds(milliseconds)
    }
}

extension StringProtocol {
    /// Without the leading and trailing characters that `unwanted` accepts.
    public func trimming(while unwanted: (Character) -> Bool) -> SubSequence {
        var rest = self[...]
        while let first = rest.first, unwanted(first) { rest.removeFirst() }
        while let last = rest.last, unwanted(last) { rest.removeLast() }
        return rest
    }
}
