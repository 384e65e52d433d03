import NIOCore
import NIOPosix

/// Ports that nobody listens on.
public enum FreePort {
    /// A port of 127.0.0.1 that was free a moment ago: for servers that can't be told 0, and for "nobody there".
    public static func next() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close().get()
        return port
    }
}
