public import Kernel

extension JobRunner {
    /// How a worker works.
    public struct Settings: Sendable, Equatable {
        /// Jobs at a time, 1…64.
        public var concurrency: Int
        /// How long a claimed job is kept from others after its worker was last heard of; renewed every third of it.
        public var lease: Duration
        /// Of one try, unless its handler says otherwise.
        public var timeLimit: Duration
        /// How long running jobs may take to end when the worker stops.
        public var drainLimit: Duration
        public var retention: JobQueue.Retention
        public var backoff = JobBackoff()
        /// How often it looks for work: the first after work was found, then doubling up to the second.
        public var polls: ClosedRange<Duration> = .milliseconds(250) ... .seconds(2)
        /// How long a try that was cancelled may take to end before its slot is given up.
        public var grace: Duration = .seconds(5)

        public init(
            concurrency: Int = 4, lease: Duration = .seconds(30), timeLimit: Duration = .seconds(300),
            drainLimit: Duration = .seconds(20), retention: JobQueue.Retention = JobQueue.Retention()
        ) {
            self.concurrency = concurrency
            self.lease = lease
            self.timeLimit = timeLimit
            self.drainLimit = drainLimit
            self.retention = retention
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "operations.jobs"
            let concurrency = reader.read(
                .number(
                    "\(key).concurrency", summary: "Jobs that one worker runs at a time.", default: 4, in: 1...64))
            let lease = reader.read(
                span(
                    "\(key).lease",
                    summary: "How long a job stays with a worker that is no longer heard of; the same on all workers.",
                    default: .seconds(30), "30s", from: .seconds(2), to: .seconds(3600), "2s to 1h"))
            let timeLimit = reader.read(
                span(
                    "\(key).time-limit", summary: "How long one try of a job may take.", default: .seconds(300), "5min",
                    from: .seconds(1), to: .seconds(86_400), "1s to 1d"))
            let drainLimit = reader.read(
                span(
                    "\(key).drain-limit", summary: "How long running jobs may take to end when the worker stops.",
                    default: .seconds(20), "20s", from: .zero, to: .seconds(3600), "0s to 1h"))
            let done = reader.read(
                span(
                    "\(key).keep-done",
                    summary: "How long done and cancelled jobs are kept, and with them their idempotency keys.",
                    default: .seconds(7 * 86_400), "7d", from: .seconds(3600), to: .seconds(3650 * 86_400),
                    "1h to 3650d"))
            let dead = reader.read(
                span(
                    "\(key).keep-dead", summary: "How long dead letters are kept.", default: .seconds(30 * 86_400),
                    "30d", from: .seconds(3600), to: .seconds(3650 * 86_400), "1h to 3650d"))
            return Settings(
                concurrency: concurrency, lease: lease, timeLimit: timeLimit, drainLimit: drainLimit,
                retention: JobQueue.Retention(done: done, dead: dead))
        }

        private static func span(
            _ key: String, summary: String, default value: Duration, _ text: String, from low: Duration,
            to high: Duration, _ bounds: String
        ) -> Setting<Duration> {
            Setting(
                key, summary: summary, form: "a time span from \(bounds)", default: value, defaultText: text
            ) { node in
                node.text.flatMap(Duration.init(configuration:)).flatMap { (low...high).contains($0) ? $0 : nil }
            }
        }
    }
}
