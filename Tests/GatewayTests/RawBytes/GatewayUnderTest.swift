import Gateway
import Proxy
import TestKit

/// A gateway of this process in front of an upstream of this process.
struct GatewayUnderTest: Sendable {
    /// Its public door's port on 127.0.0.1.
    let port: Int
    let stop: @Sendable () async -> Void

    struct NoDoor: Error {}

    /// Starts one from the same configuration that `serve` would read, without limits per address:
    /// a thousand requests of one test are no attack.
    static func start(upstreamPort: Int, settings: [String: String]) async throws -> GatewayUnderTest {
        let basis = [
            "upstream": "http://127.0.0.1:\(upstreamPort)", "listen": "127.0.0.1:0", "operator": "127.0.0.1:0",
            "environment": "development", "protection.rate-limit.mode": "off", "threads": "1",
            "observability.log.file": "/dev/null", "database": "none",
        ]
        let sets = basis.merging(settings) { $1 }.map { "\($0)=\($1)" }
        let loaded = try GatewayConfiguration.load(ConfigurationSources(sets: sets))
        let gateway = try await RunningGateway.start(loaded.configuration)
        guard let door = gateway.doors.first(where: { $0.isPublic && !$0.isTLS }),
            case .tcp(_, let port) = door.address
        else { throw NoDoor() }
        return GatewayUnderTest(port: port) { await gateway.stop() }
    }
}
