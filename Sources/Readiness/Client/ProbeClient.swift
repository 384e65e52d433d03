import NIOCore
import NIOPosix
import NIOSSL

/// The HTTP/1.1 client of the probes: one connection per request, bytes under our control, bounds on everything.
///
/// It shares no code with the gateway that it may be judging. Certificates are not checked (a probe must be able to
/// look at any server) but what was presented is recorded. It follows no redirect and inflates nothing.
struct ProbeClient: Sendable {
    let group: any EventLoopGroup
    let bounds: ResponseParser.Bounds
    /// The longest that one exchange may take from the first byte sent.
    let limit: Duration
    private let context: NIOSSLContext

    init(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, limit: Duration = .seconds(10),
        bounds: ResponseParser.Bounds = .init(), verifiesCertificates: Bool = false
    ) throws {
        self.group = group
        self.limit = limit
        self.bounds = bounds
        // What is looked at may have any certificate; what is told something must be who it says.
        var settings = TLSProbe.configuration(from: verifiesCertificates ? .tlsv12 : .tlsv1, to: nil)
        if verifiesCertificates { settings.certificateVerification = .fullVerification }
        self.context = try NIOSSLContext(configuration: settings)
    }

    /// The same with room and time for a description of up to 100 MB, asked for once a run.
    func forLargeDocuments() throws -> ProbeClient {
        var wide = bounds
        wide.keptBody = OpenAPIDescription.mostBytes
        wide.readBody = OpenAPIDescription.mostBytes + 1
        return try ProbeClient(group: group, limit: max(limit, .seconds(30)), bounds: wide)
    }

    /// The same with less patience, never with more.
    func limited(to most: Duration) throws -> ProbeClient {
        try ProbeClient(group: group, limit: min(limit, most), bounds: bounds)
    }

    /// Sends `request` to `site`; throws `ClientFailure` when no answer's head came.
    func send(_ request: ProbeRequest, to site: SiteURL, gate: StartingGate? = nil) async throws -> Answer {
        let loop = group.any()
        let promise = loop.makePromise(of: Answer.self)
        let started = ContinuousClock.now
        let (context, bounds, limit) = (context, bounds, TimeAmount(limit))
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if site.scheme == .https {
                        try channel.pipeline.syncOperations.addHandler(TLSProbe.handler(context, host: site.host))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        ExchangeHandler(
                            request: request, site: site, promise: promise, limit: limit, bounds: bounds,
                            started: started, gate: gate))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: site.host, port: site.port).get()
        } catch {
            let failure = ClientFailure.connect(plainReason(error))
            promise.fail(failure)
            throw failure
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}
