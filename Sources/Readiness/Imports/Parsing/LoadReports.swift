/// The end-of-test summary of k6: `handleSummary`'s JSON, `k6 run --summary-export FILE`, and the form of k6's own schema
/// (`--new-machine-readable-summary`, from 1.5 on).
enum K6Summary {
    struct Problem: Error, Equatable { var what: String }

    static func read(_ value: JSONValue) throws(Problem) -> ImportedLoad {
        guard let metrics = value.at("/metrics")?.members ?? value.at("/results/metrics").map(named) else {
            throw Problem(what: "has no `metrics`")
        }
        var summary = ImportedLoad()
        if value.at("/results/passed") == .bool(false) { summary.crossed.append("`passed` is false") }
        func number(_ metric: String, _ key: String) -> Double? {
            // can't trap: a dictionary answers nil for what it doesn't have
            guard let found = metrics[metric] else { return nil }
            let steps = key.replacing("~", with: "~0").replacing("/", with: "~1")
            return (found.at("/values/\(steps)") ?? found.at("/\(steps)"))?.numeric
        }
        guard let requests = number("http_reqs", "count") else { throw Problem(what: "has no metric `http_reqs`") }
        guard let count = Int(exactly: requests.rounded()), requests.isFinite, count >= 0 else {
            throw Problem(what: "`http_reqs` is no count")
        }
        summary.requests = count
        summary.p95 = number("http_req_duration", "p(95)")
        // `rate` in summaries of handleSummary, `value` in exported ones.
        let rate = number("http_req_failed", "rate") ?? number("http_req_failed", "value")
        if let rate {
            guard rate.isFinite, (0...1).contains(rate) else { throw Problem(what: "`http_req_failed` is no rate") }
            // can't trap: a floating-point number
            summary.failures = Int(exactly: (rate * requests).rounded()) ?? 0
        } else if count > 0 {
            throw Problem(what: "has no metric `http_req_failed`: nobody knows how many requests failed")
        }
        if let p95 = summary.p95, !p95.isFinite || p95 < 0 { throw Problem(what: "`p(95)` is no time") }
        for (name, metric) in metrics.sorted(by: { $0.key < $1.key }) {
            for (threshold, verdict) in metric.at("/thresholds")?.members ?? [:] {
                // `{ ok: false }` from handleSummary; in exported summaries `true` means crossed.
                if verdict.at("/ok") == .bool(false) || verdict == .bool(true) {
                    summary.crossed.append("\(name): \(threshold)")
                }
            }
            guard name.hasPrefix("http_req_duration{"), name.hasSuffix("}") else { continue }
            let label = name.dropFirst("http_req_duration{".count).dropLast()
            summary.routes.append(
                .init(name: String(label), requests: 0, failures: 0, p95: number(name, "p(95)")))
        }
        return summary
    }

    /// Metrics by name, out of a list or out of one object per category.
    private static func named(_ value: JSONValue) -> [String: JSONValue] {
        let groups = value.items ?? value.members.map { Array($0.values) } ?? []
        var found: [String: JSONValue] = [:]
        for group in groups.prefix(10_000) {
            let metrics =
                group.at("/values") == nil ? group.members.map { Array($0.values) } ?? group.items ?? [] : [group]
            for metric in metrics.prefix(10_000) {
                // can't trap: a dictionary takes what it doesn't have
                if let name = metric.at("/name")?.string { found[name] = metric }
            }
        }
        return found
    }

    /// When the summary says that it was made.
    static func madeAt(_ value: JSONValue) -> Int64? {
        let text = value.at("/metadata/generatedAt")?.string ?? value.at("/metadata/generated_at")?.string
        return text.flatMap { secondsSinceEpoch($0) }
    }
}

/// Locust's statistics: `--csv` (`…_stats.csv`) or `--json`.
enum LocustStatistics {
    struct Problem: Error, Equatable { var what: String }

    static func readCSV(_ bytes: [UInt8]) throws(Problem) -> ImportedLoad {
        let rows = CSVReader.rows(bytes, most: 20_000)
        guard let header = rows.first, let type = header.firstIndex(of: "Type"),
            let name = header.firstIndex(of: "Name"),
            let count = header.firstIndex(of: "Request Count"), let failures = header.firstIndex(of: "Failure Count"),
            let p95 = header.firstIndex(of: "95%")
        else {
            throw Problem(
                what: "is no Locust statistics: Type, Name, Request Count, Failure Count and 95% are its columns")
        }
        var summary = ImportedLoad()
        var total: ImportedLoad.Route?
        for (index, row) in rows.enumerated().dropFirst() where row.count >= header.count {
            func cell(_ column: Int) -> String { row.dropFirst(column).first ?? "" }
            guard let requests = Int(cell(count)), requests >= 0, let failed = Int(cell(failures)), failed >= 0,
                failed <= requests
            else { throw Problem(what: "row \(index &+ 1): the counts are no counts") }
            let time = Double(cell(p95)).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
            let label = cell(type).isEmpty ? cell(name) : "\(cell(type)) \(cell(name))"
            let route = ImportedLoad.Route(name: label, requests: requests, failures: failed, p95: time)
            if cell(name) == "Aggregated" || cell(name) == "Total" {
                total = route
            } else {
                summary.routes.append(route)
            }
        }
        guard let total else { throw Problem(what: "has no row `Aggregated`: it was cut") }
        summary.requests = total.requests
        summary.failures = total.failures
        summary.p95 = total.p95
        return summary
    }

    static func readJSON(_ value: JSONValue) throws(Problem) -> ImportedLoad {
        guard let entries = value.items ?? value.at("/stats")?.items else { throw Problem(what: "holds no statistics") }
        var summary = ImportedLoad()
        var times: [(Double, Int)] = []
        for entry in entries.prefix(20_000) {
            let name = entry.at("/name")?.string ?? ""
            let label = [entry.at("/method")?.string ?? "", name].filter { !$0.isEmpty }.joined(separator: " ")
            guard let requests = entry.at("/num_requests")?.numeric.flatMap({ Int(exactly: $0) }), requests >= 0,
                let failed = entry.at("/num_failures")?.numeric.flatMap({ Int(exactly: $0) }), failed >= 0,
                failed <= requests
            else { throw Problem(what: "`\(visible(label, limit: 60))`: the counts are no counts") }
            // A histogram: milliseconds → how many.
            let own = (entry.at("/response_times")?.members ?? [:]).compactMap { time, count -> (Double, Int)? in
                guard let time = Double(time), time.isFinite, let count = count.numeric.flatMap({ Int(exactly: $0) }),
                    count > 0
                else { return nil }
                return (time, count)
            }
            times.append(contentsOf: own)
            summary.requests = summary.requests &+ requests
            summary.failures = summary.failures &+ failed
            summary.routes.append(.init(name: label, requests: requests, failures: failed, p95: percentile95(own)))
        }
        summary.p95 = percentile95(times)
        return summary
    }

    private static func percentile95(_ times: [(Double, Int)]) -> Double? {
        let sorted = times.sorted { $0.0 < $1.0 }
        let all = sorted.reduce(0) { $0 &+ $1.1 }
        guard all > 0 else { return nil }
        var seen = 0
        for (time, count) in sorted {
            seen &+= count
            // can't trap: a floating-point number
            if Double(seen) >= Double(all) * 0.95 { return time }
        }
        return sorted.last?.0
    }
}

/// Comma-separated values (RFC 4180).
enum CSVReader {
    static func rows(_ bytes: [UInt8], most: Int) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var iterator = bytes.makeIterator()
        var held: UInt8?
        func finish(_ cell: inout [UInt8], _ row: inout [String]) {
            row.append(text(of: cell))
            cell.removeAll(keepingCapacity: true)
        }
        while rows.count < most, let byte = held ?? iterator.next() {
            held = nil
            if isQuoted {
                if byte == 0x22 {
                    let next = iterator.next()
                    if next == 0x22 { cell.append(0x22) } else { (isQuoted, held) = (false, next) }
                } else {
                    cell.append(byte)
                }
                continue
            }
            switch byte {
            case 0x22: isQuoted = true
            case 0x2C: finish(&cell, &row)
            case 0x0D: break
            case 0x0A:
                finish(&cell, &row)
                rows.append(row)
                row = []
            default: cell.append(byte)
            }
        }
        if !cell.isEmpty || !row.isEmpty {
            finish(&cell, &row)
            rows.append(row)
        }
        return rows
    }
}
