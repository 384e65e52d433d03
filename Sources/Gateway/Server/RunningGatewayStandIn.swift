import NIOCore
import NIOPosix
import Synchronization
import Web

/// Stands in for the servers until they are here: listens, answers nothing.
public final class RunningGateway: Sendable {
    public let doors: [OpenDoor]
    private let channels: [any Channel]

    init(doors: [OpenDoor], channels: [any Channel]) {
        self.doors = doors
        self.channels = channels
    }

    public static func start(_ configuration: GatewayConfiguration) async throws -> RunningGateway {
        var doors: [OpenDoor] = []
        var channels: [any Channel] = []
        var wanted: [(String, Door, Bool, ListenAddress)] = [("listen", .public, false, configuration.listen)]
        if let tls = configuration.tls { wanted.append(("tls-listen", .public, true, tls.listen)) }
        wanted.append(("operator", .operator, false, configuration.operatorListen))
        for (key, door, isTLS, address) in wanted {
            do {
                guard case .tcp(let host, let port) = address else { continue }
                let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: host, port: port).get()
                channels.append(channel)
                doors.append(
                    OpenDoor(
                        door: door, isTLS: isTLS,
                        address: .tcp(host: host, port: channel.localAddress?.port ?? port)))
            } catch let error as IOError {
                for channel in channels { try? await channel.close() }
                throw ListenFailure(key: key, address: address, errorNumber: error.errnoCode)
            }
        }
        return RunningGateway(doors: doors, channels: channels)
    }
    public func reload(_ configuration: GatewayConfiguration) async throws {}
    public func drain(within limit: Duration) async { try? await Task.sleep(for: .milliseconds(300)) }
    public func stop() async { for channel in channels { try? await channel.close() } }
}
