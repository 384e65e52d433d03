public import Kernel
internal import NIOHTTP1
public import Web

/// Limits how much one address may ask, before anything is known of who is behind it. IPv6 counts by /64: a household
/// has that many addresses.
public struct AddressLimitStage: GatewayStage {
    public let name = "AddressLimit"
    public let control = "protection.rate-limit"
    public let mode: ControlMode
    public let phases: StagePhases = [.receive, .respond]
    private let limiter: AddressLimiter
    private let shared: SharedLimiter?
    private let clock: any MonotonicClock
    private let pages: Class?
    private let assets: Class?
    private let exempt: [IPNetwork]

    /// A limit with what is announced of it (draft-ietf-httpapi-ratelimit-headers-10).
    private final class Class: Sendable {
        let limit: GCRA
        /// `RateLimit-Policy`
        let policy: FieldList
        let prefix: String
        init(_ name: String, _ limit: GCRA) {
            self.limit = limit
            var policy = FieldList()
            policy.add(name: "RateLimit-Policy", value: "\"\(name)\";q=\(limit.quota);w=\(limit.windowSeconds)")
            self.policy = policy
            prefix = "\"\(name)\";r="
        }
    }

    /// - Parameter shared: the count that several replicas share; nil where this one counts alone.
    public init(
        _ settings: Settings, limiter: AddressLimiter, shared: SharedLimiter? = nil, clock: any MonotonicClock
    ) {
        mode = settings.mode
        self.limiter = limiter
        self.shared = shared
        self.clock = clock
        exempt = settings.exempt
        pages = settings.address.map { Class("address", $0) }
        assets = settings.assets.map { Class("assets", $0) }
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard let (kind, key) = counted(exchange) else { return .proceed }
        if let shared { return receive(&exchange, kind.limit, key, shared) }
        return judge(&exchange, kind.limit, limiter.admit(key, kind.limit, now: clock.nanoseconds()))
    }

    /// With tokens at hand nobody waits; else Redis is asked, which answers or is given up within its own time limit.
    private func receive(
        _ exchange: inout Exchange, _ limit: GCRA, _ key: AddressLimiter.Key, _ shared: SharedLimiter
    ) -> Verdict {
        let now = clock.nanoseconds()
        switch shared.admit(key, limit, now: now) {
        case .admitted: return judge(&exchange, limit, shared.state(key, limit, now: now, isAdmitted: true))
        case .refused: return judge(&exchange, limit, shared.state(key, limit, now: now, isAdmitted: false))
        case .ask:
            return .wait(upTo: .seconds(2)) { [self] in
                let isAdmitted = await shared.ask(key, limit)
                let state = shared.state(key, limit, now: clock.nanoseconds(), isAdmitted: isAdmitted)
                return { exchange in judge(&exchange, limit, state) }
            }
        }
    }

    private func judge(_ exchange: inout Exchange, _ limit: GCRA, _ decision: GCRA.Decision) -> Verdict {
        exchange.rateLimit = RateLimitState(remaining: decision.remaining, resetSeconds: decision.resetSeconds)
        if decision.isAdmitted { return .proceed }
        let problem = Problem(
            "rate-limit.address", status: 429, title: "Too many requests.",
            detail: "At most \(limit.quota) requests in \(limit.windowSeconds) seconds are served.",
            retryAfter: max(1, decision.resetSeconds))
        return exchange.object(to: problem) ?? .proceed
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard let state = exchange.rateLimit, let kind = isAsset(exchange.request) ? assets : pages else {
            return .pass
        }
        // 48 bytes hold two numbers of up to 20 digits.
        head.fields.add(nil, "RateLimit", upTo: kind.prefix.utf8.count &+ 48) { value in
            value.put(kind.prefix)
            value.put(max(0, state.remaining))
            value.raw(";t=")
            value.put(max(0, state.resetSeconds))
        }
        head.fields.add(contentsOf: kind.policy)
        return .pass
    }

    @inline(__always)
    private func counted(_ exchange: borrowing Exchange) -> (Class, AddressLimiter.Key)? {
        guard let address = exchange.clientAddress else { return nil }
        if !exempt.isEmpty, exempt.contains(where: { $0.contains(address) }) { return nil }
        let isAsset = isAsset(exchange.request)
        guard let kind = isAsset ? assets : pages else { return nil }
        let key =
            address.family == .v6
            ? AddressLimiter.Key(high: address.high, low: 0, isAsset: isAsset)
            : AddressLimiter.Key(high: 0, low: address.low, isAsset: isAsset)
        return (kind, key)
    }

    /// Browsers say what a request is for (Fetch Metadata); who lies about it gets the assets' limit at most.
    private func isAsset(_ request: RequestHead) -> Bool {
        guard assets != nil, request.has(.secFetchDest), request.method == .GET || request.method == .HEAD,
            let purpose = request.first(.secFetchDest)
        else { return false }
        switch purpose {
        case "image", "style", "script", "font": return true
        default: return false
        }
    }
}
