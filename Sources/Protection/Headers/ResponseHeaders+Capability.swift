public import Kernel

extension ResponseHeadersStage {
    public static let capability = Capability(
        id: "protection.headers", title: "Security headers on every response", level: .mvp,
        stages: ["ResponseHeaders"], modeKey: "protection.headers.mode", reasons: [],
        provedBy: [
            "headers.strict-transport-security", "headers.content-security-policy", "headers.content-type-options",
            "headers.frame-protection", "headers.referrer-policy", "headers.permissions-policy",
            "headers.cross-origin-policies", "headers.xss-protection", "headers.server-banner",
            "headers.on-every-status", "caching.private-pages",
        ])
}
