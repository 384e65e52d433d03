import HTTPTypes
import Hummingbird
import Web

/// The routes of our own, whole: what a door answers that isn't the app's.
///
/// `RoutePolicy` sends a request of the public door here; everything on the operator door comes here.
enum Routes {
    static let list: [OwnRoute] = [
        OwnRoute(.operator, .get, "/", "What this door offers.") { _, context in
            .text(Routes.index(of: context.door))
        },
        OwnRoute(.operator, .get, "/health/live", "200 while the process answers.") { _, _ in
            try .json(Liveness())
        },
        OwnRoute(
            .operator, .get, "/health/ready", "200 when the app is reachable and the gateway isn't draining, else 503."
        ) {
            _, context in
            let readiness = await context.ports.readiness()
            return try .json(readiness, status: readiness.isReady ? .ok : .serviceUnavailable)
        },
        OwnRoute(.operator, .get, "/metrics", "Counters for Prometheus, in its text format.") { _, context in
            .text(context.ports.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
        },
        // Only where `health.public` is on: RoutePolicy decides.
        OwnRoute(.public, .get, "/health/live", "200 while the process answers.") { _, _ in
            try .json(Liveness())
        },
    ]

    /// The list as a person reads it at `/`.
    static func index(of door: Door) -> String {
        let lines = list.filter { $0.door == door }.map { route in
            "\(route.method.rawValue) \(route.path)".padded(to: 20) + route.summary
        }
        return "Seaworthy, \(door.rawValue) door\n\n" + lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
