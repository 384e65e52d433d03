import FoundationEssentials
import Glibc
import Identity
import Kernel
import Observability
import Protection
import Synchronization

/// What outlives a reload: counters, limiters, the log, clocks. Made once by the composition root.
final class GatewayServices: Sendable {
    let wallClock: any WallClock
    let monotonicClock: any MonotonicClock
    let random: any RandomSource
    let metrics: MetricsRegistry
    let log: AccessLogWriter
    let addressLimiter = AddressLimiter()
    let process: ProcessFigures
    let isDraining = Atomic<Bool>(false)
    /// nil without a database, or before it is open.
    let database: DatabaseService?
    let worker: WorkerSupervisor?
    /// What waits for the worker; nil without a database.
    let backlog: Backlog?
    /// nil without a database.
    let trail: TrailService?
    /// Where stages' events go besides log and metrics.
    let events: (any SecurityEventSink)?
    let acts: GatewayActs
    let statements = StatementLedger()
    /// The newest refusals, for the console.
    let refusals: RecentRefusals
    /// The last minutes, for the console.
    let traffic: TrafficWindow
    /// Who is let into the console where nobody has an account.
    let consoleLinks: ConsoleLinks
    /// nil where this replica counts alone.
    let shared: SharedLimits?
    /// nil where nobody signs in here.
    let identity: IdentityService?
    private let logFile: Mutex<LogFile?>

    /// An open log file, closed when nobody writes to it any more.
    private struct LogFile: Sendable {
        let descriptor: CInt
    }

    /// - Parameters:
    ///   - sink: where the access log goes instead of where the configuration says; for `try` and tests.
    ///   - events: where stages' events go instead of to the trail; for tests.
    ///   - notice: gets what the log must hear of, without blocking.
    init(
        configuration: GatewayConfiguration, loops: Int, sink: AccessLogWriter.Sink?, database: DatabaseService? = nil,
        worker: WorkerSupervisor? = nil, trail: TrailService? = nil, identity: IdentityService? = nil,
        events: (any SecurityEventSink)? = nil, notice: @escaping @Sendable (WorkNotice) -> Void = { _ in }
    ) throws {
        self.identity = identity
        self.database = database
        self.worker = worker
        backlog = database.map { Backlog($0.database, SystemPorts()) }
        self.trail = trail
        self.events = events ?? trail?.sink
        let clock = SystemWallClock()
        let acts = GatewayActs(sink: trail?.sink, clock: clock, notice: notice)
        self.acts = acts
        wallClock = clock
        monotonicClock = SystemMonotonicClock()
        random = SystemRandomSource()
        metrics = MetricsRegistry(shardCount: loops)
        refusals = RecentRefusals(shardCount: loops)
        traffic = TrafficWindow(registry: metrics, clock: monotonicClock)
        consoleLinks = ConsoleLinks(clock: clock, random: random)
        process = ProcessFigures(startedAt: clock.now(), version: BuildInformation.version)
        if let sink {
            log = AccessLogWriter(sink: sink, shardCount: loops, wallClock: clock)
            logFile = Mutex(nil)
        } else {
            let file = try GatewayServices.open(configuration.observability.accessLog.file)
            log = AccessLogWriter(
                sink: .descriptor(file?.descriptor ?? STDOUT_FILENO), shardCount: loops, wallClock: clock)
            logFile = Mutex(file)
        }
        isRedirected = sink != nil
        shared = configuration.redis.map { [addressLimiter, monotonicClock, random] address in
            SharedLimits(
                address, replicas: configuration.protection.rateLimit.replicas, local: addressLimiter,
                clock: monotonicClock, random: random, acts: acts)
        }
    }

    private let isRedirected: Bool
    private let watching = Mutex<Task<Void, Never>?>(nil)

    /// Takes a sample of the traffic every ten seconds until `stop`.
    func watchTraffic() {
        watching.withLock { task in
            guard task == nil else { return }
            task = Task { [traffic] in
                while !Task.isCancelled {
                    traffic.sample()
                    try? await Task.sleep(for: .seconds(10))
                }
            }
        }
    }

    /// Opens the log file anew, so that it can be rotated.
    func reopenLog(_ configuration: GatewayConfiguration) throws {
        guard !isRedirected else { return }
        let new = try GatewayServices.open(configuration.observability.accessLog.file)
        log.redirect(to: .descriptor(new?.descriptor ?? STDOUT_FILENO))
        let old = logFile.withLock { current in
            let old = current
            current = new
            return old
        }
        if let old { close(old.descriptor) }
    }

    func stop() {
        watching.withLock { $0.take() }?.cancel()
        log.stop()
        if let file = logFile.withLock({ $0.take() }) { close(file.descriptor) }
    }

    /// nil for standard output.
    private static func open(_ path: String) throws -> LogFile? {
        if path == "-" { return nil }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw ConfigurationErrors([
                ConfigurationError(
                    key: "observability.log.file", given: path,
                    valid: "a file that can be written (\(String(cString: strerror(errno))))", origin: nil)
            ])
        }
        return LogFile(descriptor: descriptor)
    }
}

/// What this build is.
public enum BuildInformation {
    public static let version = "0.1.0"
}
