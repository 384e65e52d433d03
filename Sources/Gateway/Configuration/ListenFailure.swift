#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A listener that could not be opened, with what to do about it.
public struct ListenFailure: Error, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case inUse, notPermitted, noSuchAddress
        case other(String)
    }

    /// The key that set the address: `listen`, `tls-listen` or `operator`.
    public let key: String
    public let address: ListenAddress
    public let reason: Reason

    public init(key: String, address: ListenAddress, reason: Reason) {
        self.key = key
        self.address = address
        self.reason = reason
    }

    /// From the system's error number.
    public init(key: String, address: ListenAddress, errorNumber: Int32) {
        let reason: Reason =
            switch errorNumber {
            case EADDRINUSE: .inUse
            case EACCES, EPERM: .notPermitted
            case EADDRNOTAVAIL: .noSuchAddress
            default: .other(String(cString: strerror(errorNumber)))
            }
        self.init(key: key, address: address, reason: reason)
    }

    public var description: String {
        switch reason {
        case .inUse:
            "\(address) is in use by another process; give another --\(key), or port 0 for a free one"
        case .notPermitted:
            "\(address) may not be listened on by this user; take a port from 1024 on, or grant CAP_NET_BIND_SERVICE"
        case .noSuchAddress:
            "\(address) is not an address of this machine (--\(key))"
        case .other(let text):
            "can't listen on \(address) (--\(key)): \(text)"
        }
    }
}
