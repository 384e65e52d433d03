import Glibc
public import Kernel

/// The server that takes our mails.
public struct SMTPSettings: Sendable, Equatable {
    /// How the connection is made safe.
    public enum TLS: String, Sendable, CaseIterable {
        /// Plain at first, then STARTTLS, without which nothing is sent.
        case starttls
        /// TLS from the first byte (port 465).
        case implicit
        /// In the clear, and only to this machine.
        case noneLoopbackOnly = "none-loopback-only"
    }

    public var host: String
    public var port: Int
    public var tls: TLS = .starttls
    public var user: String?
    public var password: Secret?
    /// PEM file of the authorities that the server's certificate is checked with; nil for the system's.
    public var authoritiesFile: String?
    /// The name we greet with (EHLO).
    public var helloName: String
    /// For one mail, from connecting to the last answer.
    public var timeout: Duration = .seconds(60)
    /// For the connection and its TLS handshake.
    public var connectTimeout: Duration = .seconds(15)
    /// Mails under way at once, each on a connection of its own, 1…16.
    public var connections = 2

    public init(host: String, port: Int, helloName: String) {
        self.host = host
        self.port = port
        self.helloName = helloName
    }

    /// Whether the host is this machine, whatever a name server says.
    public var isLoopback: Bool {
        var address = in_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return UInt32(bigEndian: address.s_addr) >> 24 == 127 }
        // libcurl takes `localhost` for the loopback address without asking anybody (RFC 6761 §6.3).
        return host.isEqualIgnoringCase(to: "localhost") || host == "::1"
    }
}
