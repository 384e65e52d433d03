extension MetricsRegistry {
    /// Adds what was counted to a scrape.
    public func write(to text: inout MetricsText) {
        let sum = sum()
        writeRequests(sum, to: &text)
        writeDurations(sum, to: &text)
        text.family("seaworthy_http_requests_in_flight", .gauge, help: "Exchanges under way.")
        text.sample("seaworthy_http_requests_in_flight", [], sum.inFlight)
        text.family("seaworthy_http_request_bytes_total", .counter, help: "Bytes of request bodies received.")
        text.sample("seaworthy_http_request_bytes_total", [], sum.requestBytes)
        text.family("seaworthy_http_response_bytes_total", .counter, help: "Bytes of response bodies sent.")
        text.sample("seaworthy_http_response_bytes_total", [], sum.responseBytes)
        text.family(
            "seaworthy_http_unfinished_total", .counter, help: "Exchanges that ended before their last byte, by how.")
        for (ending, count) in sum.endings.sorted(by: { $0.key < $1.key }) {
            text.sample("seaworthy_http_unfinished_total", [("ending", ending)], count)
        }
        text.family(
            "seaworthy_control_events_total", .counter,
            help: "What controls did (enforced), would have done (would-have) or noted, by reason.")
        let events = sum.events.sorted {
            ($0.key.control, $0.key.reason, $0.key.disposition) < ($1.key.control, $1.key.reason, $1.key.disposition)
        }
        for (key, count) in events {
            text.sample(
                "seaworthy_control_events_total",
                [("control", key.control), ("reason", key.reason), ("disposition", key.disposition)], count)
        }
    }

    private func writeRequests(_ sum: Counts, to text: inout MetricsText) {
        text.family("seaworthy_http_requests_total", .counter, help: "Exchanges that ended, by route.")
        let requests = sum.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
        for (key, count) in requests {
            text.sample(
                "seaworthy_http_requests_total",
                [("method", key.method), ("status", String(key.status)), ("route", key.route)], count)
        }
    }

    private func writeDurations(_ sum: Counts, to text: inout MetricsText) {
        let name = "seaworthy_http_request_duration_seconds"
        text.family(name, .histogram, help: "Time from a request's head to its response's last byte.")
        for (route, duration) in sum.durations.sorted(by: { $0.key < $1.key }) {
            var cumulative = 0
            for (bound, count) in zip(MetricsRegistry.bounds, duration.buckets) {
                cumulative += count
                text.sample("\(name)_bucket", [("route", route), ("le", "\(bound)")], cumulative)
            }
            text.sample("\(name)_bucket", [("route", route), ("le", "+Inf")], duration.count)
            text.sample("\(name)_sum", [("route", route)], Double(duration.sumNanoseconds) / 1e9)
            text.sample("\(name)_count", [("route", route)], duration.count)
        }
    }
}
