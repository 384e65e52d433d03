import HTTPTypes
import Hummingbird
import Web

/// The routes of our own, whole: what a door answers that isn't the app's.
///
/// `RoutePolicy` sends a request of the public door here; everything on the operator door comes here.
enum Routes {
    static let list: [OwnRoute] =
        [
            OwnRoute(.operator, .get, "/", "What this door offers.") { _, context in
                .text(Routes.index(of: context.door, prefix: context.ports.prefix))
            },
            // The console's own pages are in `ConsoleRoutes`.
            OwnRoute(.operator, .get, "/health/live", "200 while the process answers.") { _, _ in
                try .json(Liveness())
            },
            OwnRoute(
                .operator, .get, "/health/ready",
                "200 when the app is reachable and the gateway isn't draining, else 503 with Retry-After."
            ) {
                _, context in
                let readiness = await context.ports.readiness()
                var answer = try Response.json(readiness, status: readiness.isReady ? .ok : .serviceUnavailable)
                if !readiness.isReady { answer.headers[.retryAfter] = "2" }
                return answer
            },
            OwnRoute(.operator, .get, "/metrics", "Counters for Prometheus, in its text format.") { _, context in
                .text(await context.ports.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
            },
            // Only where `health.public` is on: RoutePolicy decides.
            OwnRoute(.public, .get, "/health/live", "200 while the process answers.") { _, _ in
                try .json(Liveness())
            },
        ] + [Door.public, .operator].flatMap(pages)

    /// What both doors have under our prefix: what `type` of a problem document leads to.
    private static func pages(_ door: Door) -> [OwnRoute] {
        [
            OwnRoute(door, .get, "/problems", "Every reason for a refusal.", underPrefix: true) { request, context in
                try ReasonPages.index(request, prefix: context.ports.prefix)
            },
            OwnRoute(door, .get, "/problems/:reason", "What a reason means.", underPrefix: true) { request, context in
                try ReasonPages.one(
                    context.parameters.get("reason") ?? "", request, prefix: context.ports.prefix)
            },
            OwnRoute(door, .get, "/style.css", "How these pages look.", underPrefix: true) { _, _ in
                OwnPage.response(OwnPage.style, type: "text/css; charset=utf-8")
            },
        ]
    }

    /// The list as a person reads it at `/`.
    static func index(of door: Door, prefix: String) -> String {
        let lines = list.filter { $0.door == door }.map { route in
            "\(route.method.rawValue) \(route.path(under: prefix))".padded(to: 36) + route.summary
        }
        return "Seaworthy, \(door.rawValue) door\n\n" + lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
