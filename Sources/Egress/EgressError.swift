/// Why an outbound call gave no response: a stable code for decisions, a detail for the log. The detail names hosts and
/// addresses, never paths, queries, headers or bodies.
public struct EgressError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Not a URL that is called: its form, scheme, host or port.
        public static let target = Code(rawValue: "target")
        /// A method, header or body that isn't sent.
        public static let request = Code(rawValue: "request")
        /// The name leads to an address that isn't public, and nobody allowed it.
        public static let refusedAddress = Code(rawValue: "refused-address")
        /// The name leads nowhere.
        public static let unresolved = Code(rawValue: "unresolved")
        /// Nobody accepted the connection, or it broke before the response was complete.
        public static let connection = Code(rawValue: "connection")
        /// TLS failed: a wrong, expired or unknown certificate, or no common version.
        public static let tls = Code(rawValue: "tls")
        public static let timeout = Code(rawValue: "timeout")
        /// The response is larger than allowed.
        public static let tooLarge = Code(rawValue: "too-large")
        /// What came isn't an HTTP response.
        public static let malformed = Code(rawValue: "malformed")
    }

    public let code: Code
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "egress \(code.rawValue): \(detail)" }

    /// Whether the same call may succeed later.
    public var isTransient: Bool { [.unresolved, .connection, .timeout].contains(code) }
}
