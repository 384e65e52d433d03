import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL

/// The trading desk as a library: start it in a test, talk to it over HTTP, stop it.
public enum TradingDesk {
    /// Seeds the database, binds the listeners, and returns once they answer.
    /// - Throws: when a port is taken, a certificate can't be read, or the database can't be opened.
    public static func start(_ configuration: DeskConfiguration) async throws -> RunningDesk {
        let queue = try configuration.database.map { try DatabaseQueue(path: $0) } ?? DatabaseQueue()
        try DeskSchema.migrate(queue)
        let hashing = try PasswordHashing(cost: configuration.bcryptCost)
        try Seed.plant(
            configuration.seed, into: queue, hashing: hashing, now: Int64(configuration.now().timeIntervalSince1970))
        let desk = try Desk(configuration, database: queue, hashing: hashing)
        var listeners: [RunningListener] = []
        var operationsPort: Int?
        do {
            if let address = configuration.tlsListen {
                let listener = try await listen(desk, address, .tls)
                desk.tlsPort.value = listener.port
                listeners.append(listener)
            }
            if let address = configuration.operationsListen {
                let listener = try await listen(desk, address, .operations)
                operationsPort = listener.port
                listeners.append(listener)
            }
            listeners.append(try await listen(desk, configuration.listen, .plain))
        } catch {
            for listener in listeners { await listener.stop() }
            throw error
        }
        return RunningDesk(
            port: listeners.last?.port ?? 0, tlsPort: desk.tlsPort.value, operationsPort: operationsPort,
            configuration: configuration, listeners: listeners)
    }

    /// The OpenAPI 3.1 description, as it is served and committed.
    public static func openAPIDescription() throws -> String { try OpenAPI.text(Desk.operations) }

    private static func listen(_ desk: Desk, _ address: DeskConfiguration.Address, _ listener: Listener) async throws
        -> RunningListener
    {
        let routes = RouteTable(Desk.operations)
        let front = FrontDesk(desk: desk, listener: listener, routes: routes, router: routes.router(desk: desk))
        let flaws = desk.flaws
        var server = HTTPServerBuilder { responder in
            DeskChannel(
                base: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: .seconds(60))),
                listener: listener, flaws: flaws)
        }
        if listener == .tls {
            server = try .tls(server, tlsConfiguration: try DeskCertificate.tlsConfiguration(desk.configuration))
        }
        let (bound, continuation) = AsyncThrowingStream<Int, any Error>.makeStream()
        let application = Application(
            responder: front, server: server,
            configuration: .init(address: .hostname(address.host, port: address.port)),
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
                continuation.finish()
            },
            // The framework logs every connection that a stop cuts off; what matters is logged by the front desk.
            logger: Logger(label: "tradingdesk.http", factory: { _ in SwiftLogNoOpLogHandler() }))
        let task = Task {
            do {
                try await application.run()
                continuation.finish(throwing: CancellationError())
            } catch {
                continuation.finish(throwing: error)
            }
        }
        for try await port in bound { return RunningListener(port: port, task: task) }
        throw CancellationError()
    }
}

/// A listener with the task that serves it.
struct RunningListener: Sendable {
    let port: Int
    let task: Task<Void, Never>

    func stop() async {
        task.cancel()
        await task.value
    }
}

/// A desk that answers. Stop it when done: it holds ports.
public struct RunningDesk: Sendable {
    /// Port of the plain listener.
    public let port: Int
    /// Port of the TLS listener; nil without one.
    public let tlsPort: Int?
    /// Port of the operations listener; nil without one.
    public let operationsPort: Int?
    /// What it was started with.
    public let configuration: DeskConfiguration
    let listeners: [RunningListener]

    /// `http://127.0.0.1:PORT`.
    public var url: String { "http://\(Self.bracketed(configuration.listen.host)):\(port)" }
    /// `https://127.0.0.1:PORT`; nil without a TLS listener.
    public var tlsURL: String? {
        tlsPort.map { "https://\(Self.bracketed(configuration.tlsListen?.host ?? "127.0.0.1")):\($0)" }
    }

    /// `http://127.0.0.1:PORT`; nil without an operations listener.
    public var operationsURL: String? {
        operationsPort.map {
            "http://\(Self.bracketed(configuration.operationsListen?.host ?? "127.0.0.1")):\($0)"
        }
    }

    /// Closes the listeners and their connections.
    public func stop() async {
        for listener in listeners { await listener.stop() }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
