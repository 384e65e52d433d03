import FoundationEssentials

/// The share of lines that a coverage report says are covered, in percent.
enum CoverageReport {
    /// `name` decides the form: Cobertura's `coverage.xml`, `lcov.info`, and the summaries of istanbul and coverage.py.
    static func share(name: String, _ bytes: [UInt8]) -> Double? {
        switch name {
        case "coverage.xml":
            let head = String(decoding: bytes.prefix(4_000), as: UTF8.self)
            guard let range = head.firstRange(of: "line-rate=\"") else { return nil }
            let rest = head[range.upperBound...].prefix { $0 != "\"" }  // can't trap: found in `head`.
            return Double(rest).flatMap { (0...1).contains($0) ? $0 * 100 : nil }  // can't trap: floating point.
        case "lcov.info":
            var found = 0
            var hit = 0
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                if line.hasPrefix("LF:") { found &+= Int(line.dropFirst(3).trimmed) ?? 0 }
                if line.hasPrefix("LH:") { hit &+= Int(line.dropFirst(3).trimmed) ?? 0 }
            }
            guard found > 0, hit >= 0, hit <= found else { return nil }
            return Double(hit) / Double(found) * 100  // can't trap: floating point.
        default:
            let value = JSONValue(bytes: bytes)
            for place in ["/total/lines/pct", "/totals/percent_covered"] {
                switch value?.at(place) {
                case .number(let share): return share
                case .integer(let share): return Double(share)
                default: continue
                }
            }
            return nil
        }
    }
}
