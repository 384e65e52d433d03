public import Kernel
import NIOCore

/// The keys of the process itself: doors, environment, TLS files, limits. Capabilities define theirs in their folders.
public enum ServerSettings {
    public static let upstream = Setting<UpstreamAddress?>(
        "upstream", summary: "The app behind the gateway.", form: "http://HOST:PORT or unix:/PATH/TO/SOCKET",
        default: nil, defaultText: "none: it must be given",
        parse: { $0.text.flatMap(UpstreamAddress.init(configuration:)).map { .some($0) } })

    public static let listen = Setting<ListenAddress>.address(
        "listen", summary: "Where the public door listens for plain HTTP.", default: .tcp(host: "127.0.0.1", port: 8080)
    )

    public static let tlsListen = Setting<ListenAddress?>.optionalAddress(
        "tls-listen", summary: "Where the public door listens for HTTPS (HTTP/1.1 and HTTP/2).")

    public static let tlsCertificate = Setting<String?>.path(
        "tls-certificate",
        summary: "Certificate chain for HTTPS in PEM; without it development makes a self-signed one.")

    public static let tlsKey = Setting<String?>.path("tls-key", summary: "Private key of the certificate in PEM.")

    public static let operatorListen = Setting<ListenAddress>.address(
        "operator", summary: "Where the operator door listens: health, metrics, the console.",
        default: .tcp(host: "127.0.0.1", port: 8081))

    public static let environment = Setting<DeploymentEnvironment?>(
        "environment", summary: "Where the gateway stands; decides defaults.", form: "development or production",
        default: nil, defaultText: "development when the public door is on loopback, else production", reloads: false,
        parse: { $0.text.flatMap(DeploymentEnvironment.init(rawValue:)).map { .some($0) } })

    public static let mode = Setting<ControlMode?>(
        "mode", summary: "What every control may do that has no mode of its own set.", form: "observe or enforce",
        default: nil, defaultText: "observe in development, enforce in production",
        parse: { $0.text.flatMap(ControlMode.init(rawValue:)).flatMap { $0 == .off ? nil : .some($0) } })

    public static let publicURL = Setting<PublicURL?>(
        "public-url", summary: "The address that people use; links and redirects come from it, never from `Host`.",
        form: "https://HOST or https://HOST:PORT (http:// in development)", default: nil, defaultText: "none",
        parse: { $0.text.flatMap(PublicURL.init(configuration:)).map { .some($0) } })

    public static let pidFile = Setting<String?>.path(
        "pid-file", summary: "File that holds the process id while the gateway runs; `seaworthy reload` reads it.",
        reloads: false)

    public static let emptyPipeline = Setting<Bool>.flag(
        "pipeline.empty",
        summary: "Runs no stage at all: only to measure what the stages cost. Development on loopback only.",
        default: false, reloads: false)

    public static let threads = Setting<Int>.number(
        "threads", summary: "Event loops; 0 means one for each core.", default: 0, in: 0...256, reloads: false)
}

/// How long anything may take. All but `drain` hold for exchanges that begin after a reload.
public struct TimeLimits: Sendable, Equatable {
    public var upstreamConnect: Duration
    public var upstreamHead: Duration
    public var upstreamIdle: Duration
    /// nil: none.
    public var upstreamTotal: Duration?
    public var clientHead: Duration
    public var clientBodyIdle: Duration
    public var clientIdle: Duration
    public var drain: Duration

    static func read(_ reader: inout ConfigurationReader) -> TimeLimits {
        TimeLimits(
            upstreamConnect: reader.read(
                .duration(
                    "limits.upstream.connect", summary: "Time to connect to the app.", default: .seconds(5),
                    defaultText: "5s")),
            upstreamHead: reader.read(
                .duration(
                    "limits.upstream.head", summary: "Time from the request's end to the app's response head.",
                    default: .seconds(60), defaultText: "60s")),
            upstreamIdle: reader.read(
                .duration(
                    "limits.upstream.idle", summary: "Longest pause inside the app's response.",
                    default: .seconds(300), defaultText: "5min")),
            upstreamTotal: reader.read(
                .optionalDuration(
                    "limits.upstream.total", summary: "Time for one exchange with the app in all.")),
            clientHead: reader.read(
                .duration(
                    "limits.client.head", summary: "Time a client has to send a request's head.",
                    default: .seconds(10), defaultText: "10s")),
            clientBodyIdle: reader.read(
                .duration(
                    "limits.client.body-idle", summary: "Longest pause of a client inside its request's body.",
                    default: .seconds(30), defaultText: "30s")),
            clientIdle: reader.read(
                .duration(
                    "limits.client.idle", summary: "How long a connection without a request stays open.",
                    default: .seconds(60), defaultText: "60s")),
            drain: reader.read(
                .duration(
                    "limits.drain", summary: "Time that running exchanges get to end at shutdown.",
                    default: .seconds(30), defaultText: "30s")))
    }
}

/// `scheme://host[:port]` without anything behind it.
public struct PublicURL: Sendable, Hashable, CustomStringConvertible {
    public let isHTTPS: Bool
    /// In lower case; an IPv6 address without brackets.
    public let host: String
    /// The explicit port, or the scheme's.
    public let port: Int

    public init?(configuration text: String) {
        guard let (isHTTPS, rest) = PublicURL.scheme(of: text) else { return nil }
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard let place = HostAndPort(authority, defaultPort: isHTTPS ? 443 : 80), place.port > 0 else { return nil }
        self.isHTTPS = isHTTPS
        self.host = place.host.lowercased()
        self.port = place.port
    }

    /// `host` or `host:port`; the port is left out where it is the scheme's own.
    public var authority: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return port == (isHTTPS ? 443 : 80) ? shown : "\(shown):\(port)"
    }

    public var description: String { "\(isHTTPS ? "https" : "http")://\(authority)" }

    private static func scheme(of text: String) -> (isHTTPS: Bool, rest: Substring)? {
        for (prefix, isHTTPS) in [("https://", true), ("http://", false)] where text.lowercased().hasPrefix(prefix) {
            return (isHTTPS, text.dropFirst(prefix.count))
        }
        return nil
    }
}
