public import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
public import NIOSSL

/// What goes out.
public struct EgressRequest: Sendable {
    public var method: String
    public var url: String
    /// Without `Host`, `Content-Length`, `Transfer-Encoding` and `Connection`, which are ours.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(
        _ method: String = "GET", _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What came back, whole. Redirects are responses like others: nobody follows them. The body is as it came: nothing is unpacked.
public struct EgressResponse: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// The address that answered.
    public let address: IPAddress

    /// The first value of a field, in any case; nil where there is none.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// The port that rooms call: `EgressClient`, or what a test puts in its place.
public protocol EgressCalling: Sendable {
    func send(_ request: EgressRequest) async throws(EgressError) -> EgressResponse
}

/// The only HTTP client that calls out.
///
/// A name is resolved once; every address that came must be permitted; and the connection goes to exactly such an address, with
/// the name in SNI, `Host` and the certificate check. What the name says a moment later doesn't matter (DNS rebinding). No
/// redirects, no proxy of the environment, one connection a call, everything bounded. (ASVS 5.0 V1.3.6, V15.3.2)
public struct EgressClient: EgressCalling {
    private let settings: EgressSettings
    private let resolver: any HostResolver
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext

    /// - Parameter trustRoots: whose certificates are believed; the system's by default.
    /// - Throws: when TLS can't be set up.
    public init(
        settings: EgressSettings, resolver: any HostResolver = SystemResolver(), trustRoots: NIOSSLTrustRoots = .default
    ) throws {
        self.settings = settings
        self.resolver = resolver
        group = MultiThreadedEventLoopGroup.singleton
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = trustRoots
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = ["http/1.1"]
        tls = try NIOSSLContext(configuration: configuration)
    }

    public func send(_ request: EgressRequest) async throws(EgressError) -> EgressResponse {
        let target = try EgressTarget(request.url)
        guard target.isTLS || settings.allowsPlainHTTP else {
            throw EgressError(.target, "http:// isn't called: use https://, or allow egress.plain-http")
        }
        let head = try EgressClient.head(request, target)
        let deadline = NIODeadline.now() + TimeAmount(settings.totalTimeout)
        let addresses = try await permitted(target, deadline)
        var failure = EgressError(.unresolved, "\(target.authority) has no address")
        // A second address helps against a dead first one, a tenth is somebody's game.
        for address in addresses.prefix(3) {
            do {
                return try await exchange(head, request.body, target, address, deadline)
            } catch {
                failure = error
                // Once something was sent, another try is the caller's decision.
                guard error.code == .connection, error.detail.hasPrefix(EgressClient.notConnected) else { throw error }
            }
        }
        throw failure
    }

    static let notConnected = "nobody accepted"

    // MARK: Where to

    private func permitted(
        _ target: EgressTarget, _ deadline: NIODeadline
    ) async throws(EgressError) -> [IPAddress] {
        let addresses: [IPAddress]
        switch target.host {
        case .address(let address): addresses = [address]
        case .name(let name): addresses = try await resolve(name, deadline)
        }
        // One refused address among them and the name is refused: whoever mixes them wants us to pick the wrong one.
        if let refused = addresses.first(where: { !settings.permits($0) }) {
            throw EgressError(
                .refusedAddress, "\(target.authority) leads to \(refused) (\(refused.reach.rawValue)); see egress.allow"
            )
        }
        return addresses
    }

    private func resolve(_ name: String, _ deadline: NIODeadline) async throws(EgressError) -> [IPAddress] {
        let promise = group.next().makePromise(of: [IPAddress].self)
        let resolver = resolver
        let work = Task {
            do {
                promise.succeed(try await resolver.addresses(of: name))
            } catch {
                promise.fail(EgressError(.unresolved, "\(name) can't be resolved"))
            }
        }
        let late = group.next().scheduleTask(deadline: deadline) {
            promise.fail(EgressError(.timeout, "\(name) wasn't resolved in time"))
            work.cancel()
        }
        defer { late.cancel() }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw error as? EgressError ?? EgressError(.unresolved, "\(name) can't be resolved")
        }
    }

    // MARK: What

    private static func head(_ request: EgressRequest, _ target: EgressTarget) throws(EgressError) -> HTTPRequestHead {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(\.isTokenCharacter), request.method != "CONNECT"
        else { throw EgressError(.request, "that isn't a method") }
        var headers = HTTPHeaders([
            ("Host", target.authority), ("Connection", "close"), ("Accept-Encoding", "identity"),
        ])
        let ours: Set<String> = [
            "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "upgrade", "te", "trailer",
        ]
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenCharacter), !ours.contains(name.lowercased()),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw EgressError(.request, "that header isn't sent") }
            headers.add(name: name, value: value)
        }
        if !request.body.isEmpty || !["GET", "HEAD", "DELETE"].contains(request.method) {
            headers.add(name: "Content-Length", value: "\(request.body.count)")
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: target.path, headers: headers)
    }

    // MARK: There and back

    private func exchange(
        _ head: HTTPRequestHead, _ body: [UInt8], _ target: EgressTarget, _ address: IPAddress, _ deadline: NIODeadline
    ) async throws(EgressError) -> EgressResponse {
        let loop = group.next()
        let result = loop.makePromise(of: EgressResponse.self)
        let (settings, tls) = (settings, tls)
        let connectBy = min(deadline, .now() + TimeAmount(settings.connectTimeout))
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(max(.milliseconds(1), connectBy - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    var name: String?
                    if case .name(let host) = target.host { name = host }
                    if target.isTLS {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try pipeline.addHandler(
                        EgressExchange(
                            head: head, body: body, isTLS: target.isTLS, name: name, address: address,
                            settings: settings,
                            connectBy: connectBy, deadline: deadline, result: result))
                }
            }
        do {
            let port = UInt16(clamping: target.port)
            let channel = try await bootstrap.connect(
                to: SocketAddress(ipAddress: address.description, port: Int(port))
            ).get()
            defer { channel.close(promise: nil) }
            return try await withTaskCancellationHandler {
                try await result.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch let error as EgressError {
            throw error
        } catch {
            let failure = EgressError(.connection, "\(EgressClient.notConnected) at \(target.authority) (\(address))")
            result.fail(failure)
            throw failure
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(min(seconds, 1 << 32) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
