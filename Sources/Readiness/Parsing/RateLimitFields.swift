/// What an answer says about how many more requests are welcome.
///
/// Reads `RateLimit` (draft-ietf-httpapi-ratelimit-headers: `"default";r=12;t=3`), the older `RateLimit-Remaining` and
/// `RateLimit-Reset`, their `X-` forms, and `Retry-After` in seconds (RFC 9110 §10.2.3).
struct RateLimitFields: Sendable, Equatable {
    var remaining: Int?
    /// Seconds until the allowance is renewed.
    var reset: Int?
    /// Seconds to wait, from `Retry-After`.
    var retryAfter: Int?
    /// Seconds in which one more request becomes welcome, from `RateLimit-Policy` (`q=100;w=60` is 0.6).
    var secondsPerRequest: Double?
    /// Names of the fields that said so.
    var seen: [String] = []

    init(_ fields: [HeaderField]) {
        for field in fields {
            let name = field.name.lowercased()
            switch name {
            case "ratelimit": readStructured(field.value)
            case "ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining":
                if let value = Self.count(field.value) { remaining = min(remaining ?? value, value) }
            case "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset":
                // GitHub and others put a date in seconds here; only a near one is a wait.
                if let value = Self.count(field.value), value < 1_000_000 { reset = value }
            case "retry-after":
                retryAfter = Self.count(field.value)
            case "ratelimit-policy": readPolicy(field.value)
            case "ratelimit-limit", "x-ratelimit-limit": break
            default: continue
            }
            seen.append(field.name)
        }
    }

    private mutating func readStructured(_ value: String) {
        for item in value.split(separator: ",").prefix(16) {
            var left: Int?
            var wait: Int?
            for parameter in item.split(separator: ";").dropFirst() {
                let pair = parameter.trimmed
                if pair.hasPrefix("r=") { left = Self.count(pair.dropFirst(2)) }
                if pair.hasPrefix("t=") { wait = Self.count(pair.dropFirst(2)) }
            }
            if item.contains("="), left == nil {
                // The second form of the draft: `limit=100, remaining=50, reset=5`.
                let pair = item.trimmed
                if pair.hasPrefix("remaining=") { left = Self.count(pair.dropFirst(10)) }
                if pair.hasPrefix("reset=") { reset = Self.count(pair.dropFirst(6)) }
            }
            guard let left else { continue }
            if remaining.map({ left < $0 }) ?? true {
                remaining = left
                reset = wait ?? reset
            }
        }
    }

    private mutating func readPolicy(_ value: String) {
        for item in value.split(separator: ",").prefix(16) {
            var quota: Int?
            var window: Int?
            for parameter in item.split(separator: ";").dropFirst() {
                let pair = parameter.trimmed
                if pair.hasPrefix("q=") { quota = Self.count(pair.dropFirst(2)) }
                if pair.hasPrefix("w=") { window = Self.count(pair.dropFirst(2)) }
            }
            guard let quota, let window, quota > 0 else { continue }
            // can't trap: floating point, and the quota is above zero
            let pause = Double(window) / Double(quota)
            secondsPerRequest = max(secondsPerRequest ?? 0, pause)
        }
    }

    private static func count(_ value: some StringProtocol) -> Int? {
        guard let number = Int(value.trimmed), number >= 0 else { return nil }
        return number
    }

    /// Whether the answer announces a limit at all.
    var announces: Bool { seen.contains { $0.lowercased() != "retry-after" } }
}
