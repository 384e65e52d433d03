import Identity
import Kernel
import NIOCore
import NIOPosix
import NIOSSL
public import Observability
import Protection
import Proxy
import Store
import Synchronization
import Web

/// The gateway as it runs: listeners, connections, the app behind. The composition root makes it and `serve` holds it.
public final class RunningGateway: Sendable {
    /// The open listeners, with the ports they got.
    public let doors: [OpenDoor]
    private let group: MultiThreadedEventLoopGroup
    private let server: GatewayServer
    let services: GatewayServices
    private let current: Mutex<Current>

    private struct Current: Sendable {
        var configuration: GatewayConfiguration
        var upstream: Upstream
        var material: TLSMaterial?
    }

    private init(
        doors: [OpenDoor], group: MultiThreadedEventLoopGroup, server: GatewayServer, services: GatewayServices,
        current: Current
    ) {
        self.doors = doors
        self.group = group
        self.server = server
        self.services = services
        self.current = Mutex(current)
    }

    /// Opens all listeners or none.
    ///
    /// - Parameters:
    ///   - log: where the access log goes instead of where the configuration says.
    ///   - worker: how to start the worker that is kept up; nil: none is.
    ///   - notice: gets what the log must hear of beside exchanges and the process's own lines; it must not block.
    /// - Throws: `ListenFailure` for a listener that can't be opened, `ConfigurationErrors` for a log that can't,
    ///   `DatabaseFailure` for a database, `SecretFailure` for the ring of keys.
    public static func start(
        _ configuration: GatewayConfiguration, log: AccessLogWriter.Sink? = nil, worker: WorkerLaunch? = nil,
        notice: @escaping @Sendable (WorkNotice) -> Void = { _ in }
    ) async throws -> RunningGateway {
        try await start(configuration, SystemPorts(), log: log, worker: worker, notice: notice)
    }

    /// - Parameter ports: the clocks of database, trail and accounts; tests move them.
    static func start(
        _ configuration: GatewayConfiguration, _ ports: SystemPorts, log: AccessLogWriter.Sink? = nil,
        worker: WorkerLaunch? = nil, notice: @escaping @Sendable (WorkNotice) -> Void = { _ in }
    ) async throws -> RunningGateway {
        let loops = configuration.threads > 0 ? configuration.threads : System.coreCount
        let database = try await DatabaseService.start(
            configuration.database, environment: configuration.environment, ports: ports,
            backup: BackupTool(configuration),
            refusals: SchemaTool.Refusals(webhooks: configuration.background.webhooks, notice: notice))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        do {
            var trail: TrailService?
            if let database {
                trail = try await TrailService.start(configuration, database, ports, notice: notice)
            }
            var supervisor: WorkerSupervisor?
            if let worker, database != nil {
                supervisor = WorkerSupervisor(worker, clock: ports.monotonicClock)
            }
            let identity = try IdentityStart.make(configuration, database, trail, ports)
            if identity != nil, let ring = trail?.ring {
                try await IdentityStart.register(ring)
            }
            let services = try GatewayServices(
                configuration: configuration, loops: loops, sink: log, database: database, worker: supervisor,
                trail: trail, identity: identity, notice: notice)
            do {
                let gateway = try await start(configuration, services, group)
                // Last, so that nothing is left behind when something before fails.
                database?.follow()
                trail?.run()
                identity?.begin()
                services.watchTraffic()
                gateway.tellStart()
                supervisor?.start(services.acts)
                return gateway
            } catch {
                services.stop()
                throw error
            }
        } catch {
            await database?.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func start(
        _ configuration: GatewayConfiguration, _ services: GatewayServices, _ group: MultiThreadedEventLoopGroup
    ) async throws -> RunningGateway {
        let material = try material(configuration, services)
        let upstream = Upstream(
            address: configuration.upstream, limits: UpstreamLimits(configuration), group: group)
        let program = try program(configuration, services, upstream, material)
        let server = try await GatewayServer.make(group: group, program: program, wallClock: services.wallClock)
        var doors: [OpenDoor] = []
        for (key, plan) in plans(configuration) {
            do {
                let address = try await server.listen(plan)
                let remark =
                    plan.isTLS && configuration.tls?.material == nil ? "self-signed certificate" : nil
                doors.append(
                    OpenDoor(
                        door: plan.door, isTLS: plan.isTLS, address: plan.address.with(port: address.port),
                        remark: remark))
            } catch let error as IOError {
                await server.closeAll()
                throw ListenFailure(key: key, address: plan.address, errorNumber: error.errnoCode)
            }
        }
        return RunningGateway(
            doors: doors, group: group, server: server, services: services,
            current: Current(configuration: configuration, upstream: upstream, material: material))
    }

    private static func plans(_ configuration: GatewayConfiguration) -> [(key: String, plan: ListenerPlan)] {
        var plans = [
            ("listen", ListenerPlan(door: .public, address: configuration.listen, isTLS: false))
        ]
        if let tls = configuration.tls {
            plans.append(("tls-listen", ListenerPlan(door: .public, address: tls.listen, isTLS: true)))
        }
        plans.append(
            ("operator", ListenerPlan(door: .operator, address: configuration.operatorListen, isTLS: false)))
        return plans
    }

    private static func material(
        _ configuration: GatewayConfiguration, _ services: GatewayServices
    ) throws -> TLSMaterial? {
        guard let tls = configuration.tls else { return nil }
        if let given = tls.material { return given }
        return try DevelopmentCertificate.make(
            names: configuration.publicURL.map { [$0.host] } ?? [], now: services.wallClock.now())
    }

    /// What connections run: both doors' lists, compiled, and where they end.
    private static func program(
        _ configuration: GatewayConfiguration, _ services: GatewayServices, _ upstream: Upstream,
        _ material: TLSMaterial?
    ) throws -> ServerProgram {
        let own = OwnRoutes(ports: try ports(configuration, services, upstream))
        var context: NIOSSLContext?
        if let material {
            var tls = material.serverConfiguration()
            tls.applicationProtocols = ["h2", "http/1.1"]
            context = try NIOSSLContext(configuration: tls)
        }
        let limits = configuration.timeLimits
        return ServerProgram(
            doors: [
                .public: DoorProgram(
                    pipeline: Pipeline.compiled(
                        Pipeline.publicDoor(configuration, services).filter {
                            !configuration.leftOut.contains($0.name)
                        }),
                    terminal: PublicTerminal(upstream: upstream, own: own)),
                .operator: DoorProgram(
                    pipeline: Pipeline.compiled(
                        Pipeline.operatorDoor(configuration, services).filter {
                            !configuration.leftOut.contains($0.name)
                        }), terminal: own),
            ],
            limits: ClientLimits(
                head: TimeAmount(limits.clientHead), body: TimeAmount(limits.clientBodyIdle),
                idle: TimeAmount(limits.clientIdle)),
            tls: context)
    }

    private static func ports(
        _ configuration: GatewayConfiguration, _ services: GatewayServices, _ upstream: Upstream
    ) throws -> OwnRoutePorts {
        let address = configuration.upstream
        var ports = OwnRoutePorts(
            prefix: configuration.protection.routePolicy.ownPrefix, ledger: services.statements,
            readiness: {
                let isReachable = await UpstreamProbe.isReachable(address, within: .seconds(2))
                let isDraining = services.isDraining.load(ordering: .relaxed)
                var dependencies: [Readiness.Dependency] = [
                    .init(name: "app", holds: isReachable, detail: isReachable ? nil : "does not accept connections"),
                    .init(name: "gateway", holds: !isDraining, detail: isDraining ? "is shutting down" : nil),
                ]
                if let database = services.database { dependencies.append(await database.readiness()) }
                if let worker = services.worker { dependencies.append(worker.readiness()) }
                return Readiness(dependencies)
            },
            metrics: {
                var text = MetricsText()
                services.metrics.write(to: &text)
                upstream.snapshot.write(to: &text)
                text.family(
                    "seaworthy_log_lines_dropped_total", .counter,
                    help: "Access log lines dropped because their reader was too slow.")
                text.sample("seaworthy_log_lines_dropped_total", [], services.log.dropped)
                services.database?.write(to: &text)
                services.statements.write(to: &text)
                services.worker?.write(to: &text)
                await services.backlog?.write(to: &text)
                services.trail?.write(to: &text)
                services.shared?.write(to: &text)
                services.identity?.write(to: &text)
                services.process.write(to: &text)
                return text.text
            })
        ports.identity = services.identity.map { identity in
            IdentityFlows(
                identity, settings: configuration.identity, ownPrefix: ports.prefix,
                site: configuration.publicURL.map { [$0.host] } ?? [],
                publicOrigin: configuration.publicURL.flatMap { WebOrigin("\($0)") }.map { "\($0)" })
        }
        if configuration.console.isOn {
            ports.console = try ConsoleDesk(
                configuration, services, ports.identity, readiness: ports.readiness)
        }
        return ports
    }

    /// Swaps in a new configuration: exchanges in flight end with the old one. Listeners stay as they are.
    ///
    /// - Parameter changed: keys with new values, for the trail.
    public func reload(_ new: GatewayConfiguration, changed: [String] = []) async throws {
        var next = current.withLock { $0 }
        if new.upstream != next.configuration.upstream
            || new.timeLimits != next.configuration.timeLimits
            || new.upstreamConnections != next.configuration.upstreamConnections
        {
            next.upstream = Upstream(address: new.upstream, limits: UpstreamLimits(new), group: group)
        }
        if let tls = new.tls, let given = tls.material { next.material = given }
        let program = try RunningGateway.program(new, services, next.upstream, next.material)
        try services.reopenLog(new)
        try await server.swap(program)
        next.configuration = new
        let old = current.withLock { current in
            let old = current
            current = next
            return old
        }
        if old.upstream !== next.upstream { old.upstream.drain() }
        services.trail?.reload(new)
        tellReload(from: old.configuration, to: new, changed: changed)
        services.worker?.restart()
    }

    /// Takes no new connections and lets exchanges end; true when all did in time.
    @discardableResult
    public func drain(within limit: Duration) async -> Bool {
        services.isDraining.store(true, ordering: .relaxed)
        services.worker?.beginStop()
        return await server.drain(within: limit)
    }

    /// Ends what is left.
    ///
    /// - Parameter reason: for the trail, such as `signal 15`.
    public func stop(reason: String = "asked to") async {
        await server.closeAll()
        services.acts.tell("process.stopped", ["role": "edge", "reason": reason])
        let (upstream, limit) = current.withLock { ($0.upstream, $0.configuration.timeLimits.drain) }
        upstream.drain()
        // It has its own `limits.drain`, which began with ours; a little more than that means that it is stuck.
        await services.worker?.stop(within: limit + .seconds(5))
        await services.identity?.end()
        await services.shared?.stop()
        await services.trail?.stop()
        await services.database?.close()
        services.stop()
        try? await group.shutdownGracefully()
    }

    var configuration: GatewayConfiguration { current.withLock { $0.configuration } }

    /// What the start did to the schema; nil without a database.
    public var migration: SchemaChange? { services.database?.migration }

    /// The worker's process; nil while there is none.
    public var workerID: Int32? { services.worker?.pid }

    /// What controls did and would have done so far, by control, reason and disposition.
    public var controlEvents: [(control: String, reason: String, disposition: String, count: Int)] {
        services.metrics.events
    }

    /// Returns when every line of exchanges that have ended is written.
    public func flushLog() { services.log.flush() }
}

extension UpstreamLimits {
    /// The configured limits of the app's side.
    init(_ configuration: GatewayConfiguration) {
        self.init()
        connect = TimeAmount(configuration.timeLimits.upstreamConnect)
        responseHead = TimeAmount(configuration.timeLimits.upstreamHead)
        idle = TimeAmount(configuration.timeLimits.upstreamIdle)
        total = configuration.timeLimits.upstreamTotal.map { TimeAmount($0) }
        maxConnections = configuration.upstreamConnections
    }
}

extension UpstreamSnapshot {
    /// Adds the pool's figures to a scrape.
    func write(to text: inout MetricsText) {
        for figure in UpstreamFigure.allCases {
            let name = "seaworthy_upstream_" + figure.metric.name
            text.family(name, figure.isGauge ? .gauge : .counter, help: figure.metric.help)
            text.sample(name, [], self[figure])
        }
    }
}

extension ListenAddress {
    fileprivate func with(port: Int?) -> ListenAddress {
        if case .tcp(let host, _) = self, let port { return .tcp(host: host, port: port) }
        return self
    }
}

/// Where the public door's requests end: one of our own routes or, with a permit, the app.
final class PublicTerminal: Terminal {
    private let upstream: Upstream
    private let own: OwnRoutes

    init(upstream: Upstream, own: OwnRoutes) {
        self.upstream = upstream
        self.own = own
    }

    func open(
        _ exchange: inout Exchange, answering sink: any ResponseSink, on eventLoop: any EventLoop
    ) -> Opening {
        if exchange.destination == .own { return own.open(&exchange, answering: sink, on: eventLoop) }
        guard let permit = exchange.permit.take() else {
            return .refused(
                Problem(
                    "gateway.no-permit", status: 500, title: "The request could not be decided.", source: .edge,
                    cause: "no stage permitted it"))
        }
        return upstream.forward(exchange, permit: permit, to: sink, on: eventLoop)
    }
}

extension RunningGateway {
    /// Whether a refusal was told and is kept for the console: without the stage that tells none is.
    public var keepsRefusals: Bool { !services.refusals.entries.isEmpty }
}
