public import Web

/// A listener that is open, as a person would reach it.
public struct OpenDoor: Sendable, Equatable {
    public let door: Door
    /// `public` or `operator`.
    public var name: String { door.rawValue }
    public var isPublic: Bool { door == .public }
    public let isTLS: Bool
    /// With the port that the system picked, where 0 was asked for.
    public let address: ListenAddress
    /// Such as `self-signed certificate`.
    public let remark: String?

    public init(door: Door, isTLS: Bool, address: ListenAddress, remark: String? = nil) {
        self.door = door
        self.isTLS = isTLS
        self.address = address
        self.remark = remark
    }

    /// An address to open; a wildcard listener is shown as this machine.
    public var url: String {
        guard case .tcp(let host, let port) = address else { return "\(address)" }
        let shown = ListenAddress.tcp(host: address.isWildcard ? "localhost" : host, port: port)
        return "\(isTLS ? "https" : "http")://\(shown)"
    }
}
