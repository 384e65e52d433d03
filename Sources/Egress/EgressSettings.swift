public import Kernel

/// Where outbound calls may go and how much patience and memory they get.
public struct EgressSettings: Sendable, Equatable {
    /// Networks that aren't public and may be called all the same.
    public var allowed: [IPNetwork]
    /// Whether `http://` may be called.
    public var allowsPlainHTTP: Bool
    /// For one connection, TLS included.
    public var connectTimeout: Duration
    /// For the whole call, from the name to the last byte.
    public var totalTimeout: Duration
    /// Bytes of a response's body at most.
    public var bodyLimit: Int
    /// Bytes of a response's header fields at most.
    public var headerLimit: Int

    public init(
        allowed: [IPNetwork] = [], allowsPlainHTTP: Bool = false, connectTimeout: Duration = .seconds(5),
        totalTimeout: Duration = .seconds(15), bodyLimit: Int = 1 << 20, headerLimit: Int = 32 << 10
    ) {
        self.allowed = allowed
        self.allowsPlainHTTP = allowsPlainHTTP
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.bodyLimit = bodyLimit
        self.headerLimit = headerLimit
    }

    /// Whether this address may be called.
    public func permits(_ address: IPAddress) -> Bool {
        switch address.reach {
        case .publicIPv4, .publicIPv6: true
        case .loopback, .local, .special: allowed.contains { $0.contains(address) }
        }
    }
}
