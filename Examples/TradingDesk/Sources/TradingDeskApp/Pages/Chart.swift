/// A line chart as numbers for the `chart` template: drawn here, so that no script is needed.
struct Chart: Sendable {
    struct Tick: Sendable {
        var y: String
        var textY: String
        var text: String
    }

    var label: String
    var ticks: [Tick]
    var line: String
    var area: String
    var first: String
    var last: String

    /// - Parameter points: day and value in minor units, oldest first; nil for fewer than two.
    init?(_ points: [(day: Int64, value: Int64)], label: String) {
        guard points.count > 1, let first = points.first, let last = points.last else { return nil }
        let values = points.map { Double($0.value) }
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        let margin = max((high - low) * 0.08, 1)
        let (bottom, top) = (low - margin, high + margin)
        let vertical = { (value: Double) in 190 - (value - bottom) / (top - bottom) * 180 }
        let step = 572 / Double(points.count - 1)
        let places = values.enumerated().map { index, value in
            "\(Self.short(64 + Double(index) * step)) \(Self.short(vertical(value)))"
        }
        self.label = label
        line = "M" + places.joined(separator: "L")
        area = line + "L636 190L64 190Z"
        ticks = (0...3).map { index in
            let value = bottom + (top - bottom) * (Double(index) + 0.5) / 4
            let y = vertical(value)
            return Tick(y: Self.short(y), textY: Self.short(y + 4), text: Self.compact(value))
        }
        self.first = "Day \(first.day)"
        self.last = "Day \(last.day)"
    }

    private static func short(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    /// `12.4k` for 12,400.00; `87.5` for 87.50.
    private static func compact(_ minor: Double) -> String {
        let value = minor / 100
        return value.magnitude >= 10_000 ? "\(short(value / 1000))k" : short(value)
    }
}

/// Signs and percentages as people read them.
enum Change {
    static func percent(_ now: Int64, of before: Int64) -> String {
        guard before != 0 else { return "–" }
        let tenths = (Double(now - before) / Double(before) * 1000).rounded() / 10
        return "\(tenths < 0 ? "−" : "+")\(tenths.magnitude) %"
    }

    static func style(_ now: Int64, _ before: Int64) -> String { now == before ? "" : now > before ? "up" : "down" }
}
