import Histogram

/// Latencies and failures of one route; microseconds inside, from the moment when a request was due.
struct LoadTally: Sendable {
    private(set) var latencies = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
    private(set) var requests = 0
    private(set) var failed = 0
    private(set) var statuses: [Int: Int] = [:]
    private(set) var failures: [String: Int] = [:]

    mutating func note(microseconds: UInt64, status: Int?, failure: String?) {
        latencies.record(min(microseconds, 3_600_000_000))
        requests += 1
        if let status { statuses[status, default: 0] += 1 }
        guard let failure else { return }
        failed += 1
        failures[failure, default: 0] += 1
    }

    mutating func merge(_ other: LoadTally) {
        for value in other.latencies.recordedValues() {
            latencies.record(value.value, count: UInt32(clamping: value.count))
        }
        requests += other.requests
        failed += other.failed
        statuses.merge(other.statuses, uniquingKeysWith: +)
        failures.merge(other.failures, uniquingKeysWith: +)
    }

    /// Milliseconds at a percentile.
    func milliseconds(_ percentile: Double) -> Double {
        requests == 0 ? 0 : Double(latencies.valueAtPercentile(percentile)) / 1_000
    }

    var maximum: Double { requests == 0 ? 0 : Double(latencies.max) / 1_000 }
    var errorRate: Double { requests == 0 ? 0 : Double(failed) / Double(requests) }
}

/// What one phase of a load run saw.
struct LoadRecorder: Sendable {
    var routes: [String: LoadTally] = [:]
    var all = LoadTally()
    /// How late the generator itself was, microseconds: what isn't near zero makes every other figure doubtful.
    var lag = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .two)
    /// Requests by ten seconds of the phase, for what drifts.
    var windows: [Int: LoadTally] = [:]
    var arrived = 0
    var peak = 0
    /// Person-seconds spent inside, for the mean.
    var personSeconds: Double = 0
    var seconds: Double = 0
    /// Good answers that came while it was measured, whenever they were due: what the app gets done.
    var served = 0

    mutating func note(route: String, second: Double, microseconds: UInt64, status: Int?, failure: String?) {
        routes[route, default: LoadTally()].note(microseconds: microseconds, status: status, failure: failure)
        all.note(microseconds: microseconds, status: status, failure: failure)
        windows[Int(max(0, second) / 10), default: LoadTally()].note(
            microseconds: microseconds, status: status, failure: failure)
    }

    mutating func merge(_ other: LoadRecorder) {
        for (route, tally) in other.routes { routes[route, default: LoadTally()].merge(tally) }
        for (window, tally) in other.windows { windows[window, default: LoadTally()].merge(tally) }
        all.merge(other.all)
        for value in other.lag.recordedValues() { lag.record(value.value, count: UInt32(clamping: value.count)) }
        arrived += other.arrived
        served += other.served
        peak += other.peak
        personSeconds += other.personSeconds
        seconds = max(seconds, other.seconds)
    }

    /// Milliseconds.
    var lagP99: Double { lag.totalCount == 0 ? 0 : Double(lag.valueAtPercentile(99)) / 1_000 }
}

/// SplitMix64: the same seed gives the same visitors at the same times.
struct LoadRandom: Sendable {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// At least 0, below 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
