import TestKit

/// A gateway of this process in front of an upstream of this process.
struct GatewayUnderTest: Sendable {
    /// Its public door's port on 127.0.0.1.
    let port: Int
    let stop: @Sendable () async -> Void
}
