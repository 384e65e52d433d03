import Glibc
public import Kernel
import NIOPosix

/// The port to name resolution: asked once for each call.
public protocol HostResolver: Sendable {
    /// Every address of the name, in the order to try them; empty when there is none.
    func addresses(of name: String) async throws -> [IPAddress]
}

/// The system's resolver (`getaddrinfo`), on a thread of its own.
public struct SystemResolver: HostResolver {
    public init() {}

    public func addresses(of name: String) async throws -> [IPAddress] {
        try await NIOThreadPool.singleton.runIfActive { SystemResolver.look(up: name) }
    }

    private static func look(up name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_family = AF_UNSPEC
        var list: UnsafeMutablePointer<addrinfo>?
        // With a trailing dot no search domain of this machine is appended.
        guard getaddrinfo(name.contains(".") ? name + "." : name, nil, &hints, &list) == 0, let list else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next {
            if let address = address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        // Where the addresses stand in `sockaddr_in` and `sockaddr_in6` (netinet/in.h), read as bytes: the members' module is
        // another one in a release build.
        case AF_INET:
            return IPAddress(v4: UInt32(bigEndian: pointer.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        case AF_INET6:
            return IPAddress(
                v6High: UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                low: UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
        default: return nil
        }
    }
}
