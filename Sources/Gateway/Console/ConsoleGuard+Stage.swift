import Kernel
import NIOHTTP1
import Protection
import Web

/// Keeps everybody else's pages away from the console, before any of it runs: other hosts' names that point here (DNS
/// rebinding), scripts, forms, frames and windows of other origins, the app's own included.
///
/// A browser counts two ports of one host as the same site, so cookies alone can't tell the app's page from ours.
/// (ASVS 5.0 V3.5.1, V3.5.3; Fetch Metadata)
struct ConsoleGuardStage: GatewayStage {
    let name = "ConsoleGuard"
    let control = "operations.administration"
    let mode = ControlMode.enforce
    let phases = StagePhases.receive
    private let hosts: HostRule
    private let isSafeDoor: Bool
    static let path = "/console"

    init(_ settings: ConsoleSettings, door: ListenAddress) {
        var names = settings.url.map { [$0.host] } ?? []
        if case .tcp(let host, _) = door { names.append(host) }
        hosts = HostRule(hosts: names, allowsLocal: true)
        isSafeDoor = door.isLoopback || settings.url?.isHTTPS == true
    }

    func receive(_ exchange: inout Exchange) -> Verdict {
        guard ConsoleGuardStage.isConsole(exchange.target) else { return .proceed }
        guard isSafeDoor else { return .refuse(ConsoleGuardStage.unsafeDoor) }
        guard exchange.request.count(.host) == 1, let host = exchange.request.first(.host),
            let name = HostName(host), hosts.admits(name)
        else { return .refuse(ConsoleGuardStage.foreignHost) }
        if let origin = exchange.request.first(.origin), !ConsoleGuardStage.isOwn(origin, host: host) {
            return .refuse(ConsoleGuardStage.crossSite)
        }
        guard let site = exchange.request.first(.secFetchSite), site != "same-origin", site != "none" else {
            return .proceed
        }
        // A link elsewhere may lead here, as a whole page, without the cookie; from a neighbour of ours it may not even that.
        let isLink =
            site == "cross-site" && ["GET", "HEAD"].contains(exchange.request.method.rawValue)
            && exchange.request.first(.secFetchMode) == "navigate"
            && exchange.request.headers["sec-fetch-dest"] == ["document"]
        return isLink ? .proceed : .refuse(ConsoleGuardStage.crossSite)
    }

    /// Whether a router could take it for a page of the console, in any reading.
    private static func isConsole(_ target: TargetReadings) -> Bool {
        ([target.path] + target.readings).contains { reading in
            reading.split(separator: "/").first?.lowercased() == "console"
        }
    }

    /// Whether an origin is this very host and port (RFC 6454 §4).
    private static func isOwn(_ origin: String, host: String) -> Bool {
        let text = origin.lowercased()
        return ["http://", "https://"].contains { text == $0 + host.lowercased() }
    }

    private static let unsafeDoor = Problem(
        "console.unsafe-door", status: 403, title: "The console isn't served here.",
        detail: "This door listens beyond loopback without HTTPS, so passwords could be read on the way. Put HTTPS in "
            + "front and set console.url, or let `operator` listen on loopback.")
    private static let foreignHost = Problem(
        "console.host", status: 421, title: "The console isn't served under this name.",
        detail: "It answers to addresses, to localhost and to the host of console.url.")
    private static let crossSite = Problem(
        "console.cross-site", status: 403, title: "Another page may not use the console.",
        detail: "Open the console by its address, in a tab of its own.")
}
