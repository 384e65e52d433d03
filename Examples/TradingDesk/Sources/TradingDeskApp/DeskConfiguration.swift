public import Foundation
public import Logging

/// How a desk is started.
public struct DeskConfiguration: Sendable {
    /// Address and port of a listener; port 0 lets the system choose.
    public struct Address: Sendable, Equatable {
        /// An IP address or a host name.
        public var host: String
        /// 0…65535.
        public var port: Int

        public init(host: String = "127.0.0.1", port: Int) {
            self.host = host
            self.port = port
        }

        /// Reads `127.0.0.1:5000` and `[::1]:5000`; nil for anything else.
        public init?(parsing text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
                return nil
            }
            let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            guard !host.isEmpty else { return nil }
            self.init(host: host, port: Int(port))
        }
    }

    /// The plain listener.
    public var listen = Address(port: 0)
    /// The TLS listener; nil for none. With one, the plain listener redirects to it.
    public var tlsListen: Address?
    /// The listener for metrics, meant for operators only; nil for none.
    public var operationsListen: Address?
    /// PEM files; without them a certificate and its authority are made at start.
    public var tlsCertificate: String?
    /// PEM file of the certificate's key.
    public var tlsKey: String?
    /// Where the authority of a certificate that is made at start is written (PEM); nil for nowhere.
    public var tlsAuthority: String?
    /// Which flaws are on.
    public var flaws = FlawSelection.none
    /// The number that the first data grows from.
    public var seed: UInt64 = 1
    /// A SQLite file that is kept; nil for a fresh database in memory.
    public var database: String?
    /// Cost of bcrypt, 4…15.
    public var bcryptCost = 12
    /// Requests per minute and client address, half of them at once; 0 for no limit.
    public var requestsPerMinute = 100
    /// Names that `Host` may have, without port.
    public var allowedHosts = ["127.0.0.1", "localhost", "[::1]"]
    /// The origin that browsers see (`https://desk.example`), where it isn't the one in `Host`.
    public var publicURL: String?
    /// The wall clock.
    public var now: @Sendable () -> Date = { Date.now }
    /// Where the framework logs to.
    public var logger: Logger

    /// The sound desk on a port that the system chooses, with a database in memory.
    public init() {
        var logger = Logger(label: "tradingdesk")
        logger.logLevel = .error
        self.logger = logger
    }
}
