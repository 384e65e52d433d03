import Synchronization

/// What is counted of the app's behaviour: the one table that counters, snapshots and metrics are made from.
public enum UpstreamFigure: Int, CaseIterable, Sendable {
    case open, idle, upgraded, waiting
    case requests, reused, connects, connectErrors, failures, retries, surplus, recodedFields

    /// Goes up and down; the others only grow, from the start of the process on.
    public var isGauge: Bool { rawValue <= UpstreamFigure.waiting.rawValue }

    /// The metric's name behind `seaworthy_upstream_`, and what it counts.
    public var metric: (name: String, help: String) {
        switch self {
        case .open: ("connections_open", "Connections to the app that stand, idle ones included, upgraded ones not.")
        case .idle: ("connections_idle", "Of these, waiting for a request.")
        case .upgraded: ("connections_upgraded", "Connections that carry an upgraded protocol.")
        case .waiting: ("connections_waiting", "Requests that wait for a connection.")
        case .requests: ("requests_total", "Requests handed to a connection, second tries included.")
        case .reused: ("reused_total", "Of these, on a kept connection.")
        case .connects: ("connects_total", "Connections made.")
        case .connectErrors: ("connect_errors_total", "Attempts to connect that failed.")
        case .failures: ("failures_total", "Exchanges that failed by the app's fault.")
        case .retries: ("retries_total", "Second tries.")
        case .surplus: ("surplus_total", "Connections thrown away because they sent what nobody had asked for.")
        case .recodedFields:
            ("recoded_fields_total", "Response heads with fields that were read as Latin-1 and passed on as UTF-8.")
        }
    }
}

/// How the app has been behaving, as counted in passing: for metrics and the deep health page.
///
/// Numbers are read one by one while loops go on counting, so they need not add up to the last one.
public struct UpstreamSnapshot: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: UpstreamFigure.allCases.count)

    public internal(set) subscript(figure: UpstreamFigure) -> Int {
        get { counts[figure.rawValue] }
        set { counts[figure.rawValue] = newValue }
    }
}

/// One event loop's counters; read from anywhere.
final class UpstreamCounters: Sendable {
    // As many as UpstreamFigure has cases: a test counts them.
    static let room = 16
    private let counts = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }

    /// One more. Only its own loop writes, so no ordering is asked for.
    func increment(_ figure: UpstreamFigure) { counts[figure.rawValue].wrappingAdd(1, ordering: .relaxed) }
    func set(_ figure: UpstreamFigure, _ value: Int) { counts[figure.rawValue].store(value, ordering: .relaxed) }

    func add(to sum: inout UpstreamSnapshot) {
        for figure in UpstreamFigure.allCases { sum[figure] &+= counts[figure.rawValue].load(ordering: .relaxed) }
    }
}
