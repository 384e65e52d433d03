import FoundationEssentials

/// One look at whether the app answers.
public struct AvailabilitySample: Sendable, Codable, Equatable {
    /// Seconds since 1970.
    public var at: Int64
    /// nil: no answer in time.
    public var status: Int?
    public var milliseconds: Double

    public init(at: Int64, status: Int?, milliseconds: Double) {
        self.at = at
        self.status = status
        self.milliseconds = milliseconds
    }

    /// An answer of any kind but an error of the server's.
    public var isGood: Bool { status.map { $0 < 500 } ?? false }
}

/// What samples come to over a span of time.
public struct Availability: Sendable, Codable, Equatable {
    public var samples: Int
    public var failed: Int
    /// Percent of the watched time in which the last look was good; nil where nothing was watched for any time.
    public var availability: Double?
    /// Percent of the looks that got a server's error or no answer.
    public var errorRate: Double
    /// 95 % interval of the error rate (Wilson), in percent.
    public var errorInterval: String
    public var p50: Double
    public var p95: Double
    /// Seconds of the longest time without a good look.
    public var longestOutage: Int64

    /// A launch asks for this much (three nines, one error in a thousand).
    public static let wantedAvailability = 99.9
    public static let wantedErrorRate = 0.1
    /// With fewer looks, one failure more or less decides.
    public static let leastSamples = 1_000

    public var meets: Bool {
        (availability ?? 0) >= Self.wantedAvailability && errorRate <= Self.wantedErrorRate
    }
}

/// Samples of the last thirty days, oldest first.
public struct AvailabilityLedger: Sendable {
    public private(set) var samples: [AvailabilitySample] = []
    public static let keptSeconds: Int64 = 30 * 86_400
    static let mostSamples = 400_000
    /// Between looks that are further apart nobody watched.
    private let longestGap: Int64

    /// - Parameter every: seconds from one look to the next.
    public init(every: Double) { longestGap = Int64(max(1, min(every, 86_400)) * 3) + 5 }

    public mutating func add(_ sample: AvailabilitySample) {
        samples.append(sample)
        forget(before: sample.at - Self.keptSeconds)
    }

    private mutating func forget(before time: Int64) {
        // In a few large steps, so that a day of looks isn't moved at each of them.
        let old = samples.prefix { $0.at < time }.count
        if old > 4_096 || samples.count > Self.mostSamples {
            samples.removeFirst(max(old, samples.count - Self.mostSamples))
        }
    }

    /// nil without any look since then.
    public func summary(since start: Int64) -> Availability? {
        let own = samples.drop { $0.at < start }
        guard !own.isEmpty else { return nil }
        var (watched, good, outage, longest): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        for (one, next) in zip(own, own.dropFirst()) {
            let span = next.at - one.at
            guard span > 0, span <= longestGap else {
                outage = 0
                continue
            }
            watched += span
            if one.isGood {
                good += span
                outage = 0
            } else {
                outage += span
                longest = max(longest, outage)
            }
        }
        let failed = own.count { !$0.isGood }
        let times = own.map(\.milliseconds).sorted()
        func quantile(_ share: Double) -> Double { times[min(times.count - 1, Int(Double(times.count) * share))] }
        return Availability(
            samples: own.count, failed: failed,
            availability: watched > 0 ? Double(good) / Double(watched) * 100 : nil,
            errorRate: Double(failed) / Double(own.count) * 100,
            errorInterval: AccuracyMatrix.interval(failed, own.count), p50: quantile(0.5), p95: quantile(0.95),
            longestOutage: longest)
    }

    /// A line of the file that keeps them.
    public static func line(_ sample: AvailabilitySample) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return ((try? encoder.encode(sample)).map { text(of: $0) } ?? "") + "\n"
    }

    /// Reads lines; those that can't be read, such as a last one that was cut off, are left out.
    public mutating func read(_ bytes: [UInt8], now: Int64) {
        let decoder = JSONDecoder()
        for line in bytes.split(separator: 0x0A).suffix(Self.mostSamples) {
            guard line.count < 400, let sample = try? decoder.decode(AvailabilitySample.self, from: Data(line)),
                sample.at >= now - Self.keptSeconds, sample.at <= now + 60, sample.milliseconds.isFinite
            else { continue }
            samples.append(sample)
        }
        samples.sort { $0.at < $1.at }
    }
}
