import Foundation
import Gateway
import Kernel

/// A gateway that `try` starts on free ports, without a file and without the environment's word.
struct TrialGateway {
    let gateway: RunningGateway
    /// `http://127.0.0.1:PORT`.
    let plain: String
    /// `https://127.0.0.1:PORT`, where it has TLS.
    let tls: String?

    /// - Parameter tls: also on TLS, with a self-signed certificate, as the internet would see it.
    static func start(
        upstream: String, mode: ControlMode, tls: Bool, extra: [String] = [],
        onLog: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> TrialGateway {
        var sets = [
            "upstream=\(upstream)", "listen=127.0.0.1:0", "operator=127.0.0.1:0", "environment=development",
            "mode=\(mode.rawValue)", "routes.default=app", "threads=1", "limits.drain=2s",
            "database=none",
        ]
        // The redirect to HTTPS must name a port, so this one is found beforehand.
        if tls { sets.append("tls-listen=127.0.0.1:\(try freePort())") }
        let loaded = try GatewayConfiguration.load(ConfigurationSources(sets: sets + extra))
        let gateway = try await RunningGateway.start(loaded.configuration, onLog: onLog)
        let doors = gateway.doors.filter(\.isPublic)
        guard let plain = doors.first(where: { !$0.isTLS })?.url else {
            await gateway.stop()
            throw ExitStatus.failure(ExitStatus.unavailable, "no free port on this machine")
        }
        return TrialGateway(gateway: gateway, plain: plain, tls: doors.first(where: \.isTLS)?.url)
    }

    func stop() async {
        await gateway.drain(within: .seconds(1))
        gateway.flushLog()
        await gateway.stop()
    }

    /// A port that was free just now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard found else { throw ExitStatus.failure(ExitStatus.unavailable, "no free port on this machine") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
