/// Every kind of event that there is: one list. What isn't here can't be appended to the audit trail, counted or delivered.
public enum EventRegistry {
    public static let all: [EventKind] = requests + signIn + account + administration + privacy + operations

    private static let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    private static let byReason = Dictionary(
        all.flatMap { kind in kind.reasons.map { ($0, kind) } }, uniquingKeysWith: { first, _ in first })
    private static let byArea = Dictionary(
        all.flatMap { kind in kind.areas.map { ($0, kind) } }, uniquingKeysWith: { first, _ in first })

    /// The kind with this id; nil when it isn't registered.
    public static func kind(_ id: String) -> EventKind? { byID[id] }

    /// The kind that a stage's reason belongs to: its own entry, else that of its area.
    public static func kind(of reason: ReasonID) -> EventKind? {
        if let kind = byReason[reason] { return kind }
        guard let end = reason.rawValue.firstIndex(of: ".") else { return nil }
        return byArea[String(reason.rawValue[..<end])]
    }

    /// Kinds that nothing tells yet: the room that will isn't built. A test holds the list to the sources, both ways.
    public static let planned: Set<String> = [
        "admin.exported",
        "admin.impersonated",
        "admin.invited",
        "admin.viewed",
        "api-key.refused",
        "api-key.rotated",
        "audit.person-forgotten",
        "breach.notified",
        "breach.recorded",
        "consent.given",
        "consent.text-changed",
        "consent.withdrawn",
        "feature.changed",
        "privacy.erasure-completed",
        "privacy.erasure-failed",
        "privacy.erasure-requested",
        "privacy.export-delivered",
        "privacy.export-requested",
        "privacy.rectified",
        "privacy.request-overdue",
        "privacy.restricted",
        "quota.changed",
        "retention.applied",
        "role.changed",
        "session.expired",
        "session.replayed",
        "step-up.required",
        "token.refused",
        "waiver.granted",
    ]

    /// Stands for a kind that nobody registered, so that the event isn't lost; its id goes into `kind`.
    public static let unregistered = "event.unregistered"
}

extension EventRegistry {
    /// What every event of a stage carries: `count` of them between `first` and `last`.
    static let requestFields: [EventField] = [
        "reason", "control", "disposition", "status", "addresses", "count", "first", "last",
    ]

    private static func request(
        _ id: String, _ title: String, _ severity: EventSeverity, isAudited: Bool = true, reasons: [ReasonID] = [],
        areas: [String] = []
    ) -> EventKind {
        EventKind(
            id, title, severity, fields: requestFields, isAudited: isAudited, isDelivered: false, reasons: reasons,
            areas: areas)
    }

    /// What stages of the pipeline object to or note. Aggregated: strangers cause them in any number.
    static let requests: [EventKind] = [
        request(
            "request.malformed", "A request could be read in two ways, was damaged or too large.", .notice,
            areas: ["request-shape", "body"]),
        request("request.unknown-host", "A request named a host that isn't ours.", .notice, areas: ["host"]),
        request(
            "request.claim-dropped", "A request claimed to be a proxy, a person or another method by header.", .notice,
            isAudited: false, areas: ["headers"]),
        request("request.exposure", "Something that nobody should see was asked for.", .notice, areas: ["exposure"]),
        request(
            "request.not-allowed", "A request asked for a route without the right to it.", .notice,
            reasons: [
                "route-policy.denied", "route-policy.missing", "route-policy.role", "route-policy.permission",
                "route-policy.scope",
            ], areas: ["authorization"]),
        request(
            "request.not-signed-in", "A request asked for what takes a sign-in, or an act on an account was refused.",
            .info, isAudited: false, areas: ["sign-in", "sign-up", "identity", "adopt", "second-factor", "passkey"]),
        request(
            "request.sign-in-guarded", "A try at the app's own login was refused, or the app's answer was unclear.",
            .notice,
            reasons: [
                "adopt.locked", "adopt.unreadable", "adopt.unclear-answer", "adopt.session-fixed",
                "adopt.no-session-cookie",
            ]),
        request("request.cross-site", "A write came from another site.", .warning, areas: ["csrf"]),
        request(
            "request.socket-guarded", "A WebSocket was refused, or ended because its caller may not have it any more.",
            .notice, areas: ["websocket"]),
        request(
            "request.console-refused", "A request to the console came from elsewhere, or without the right to it.",
            .warning, areas: ["console"]),
        request(
            "request.foreign-origin", "Another origin asked to read an answer.", .info, isAudited: false,
            areas: ["cors"]),
        request(
            "request.rate-limited", "Somebody asked more than their share.", .notice, areas: ["rate-limit", "quota"]),
        request("request.upload-refused", "A file was refused.", .notice, areas: ["upload"]),
        request("request.attack-pattern", "A request looked like an attack.", .warning, areas: ["inspection"]),
        request(
            "request.noted", "A stage noted something about a request that it let pass or answered.", .info,
            isAudited: false,
            reasons: [
                "correlation.request-id-replaced", "csrf.no-browser", "host.unlisted", "route-policy.unlisted",
                "https.redirect", "cors.preflight",
            ],
            areas: ["correlation", "own", "cache", "maintenance", "https", "route-policy"]),
        request(
            "response.leak-removed", "The app's answer gave internals away and was replaced.", .warning,
            reasons: ["errors.app-leak"]),
        request(
            "response.repaired", "The app's answer was given another shape.", .info, isAudited: false,
            areas: ["errors", "cookies"]),
        request(
            "upstream.failed", "The app failed or couldn't be reached.", .warning, isAudited: false,
            areas: ["upstream"]),
        request(
            "gateway.failed", "A stage or the database of the gateway failed.", .critical,
            areas: ["gateway", "database"]),
    ]
}
