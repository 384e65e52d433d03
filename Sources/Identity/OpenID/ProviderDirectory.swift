public import Egress
public import Kernel
import Synchronization

/// What is known of the providers: where their endpoints are and which keys they sign with, kept for a while.
///
/// One for the life of the process; which providers there are is the configuration's to say.
public final class ProviderDirectory: Sendable {
    let calls: ProviderCalls
    /// What links and `redirect_uri` begin with: scheme, host and port of the public door.
    let base: String
    private let clock: any MonotonicClock
    private let known = Mutex<[String: ProviderMemory]>([:])

    public init(egress: any EgressCalling, base: String, clock: any MonotonicClock) {
        calls = ProviderCalls(egress: egress)
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.clock = clock
    }

    func metadata(of provider: SignInProvider) async throws -> ProviderMetadata {
        switch provider.kind {
        case .oauth(let endpoints): ProviderMetadata(endpoints)
        case .openID(let issuer): try await memory(issuer).metadata()
        }
    }

    /// The keys with which a token may be verified; asked for anew where it names one that isn't among them.
    func keys(of issuer: String, at url: String, for token: ProviderToken) async throws -> ProviderKeys {
        try await memory(issuer).keys(at: url, for: token)
    }

    private func memory(_ issuer: String) -> ProviderMemory {
        known.withLock { known in
            if let memory = known[issuer] { return memory }
            // Reloads bring new issuers now and then, never many.
            if known.count > 64 { known = [:] }
            let memory = ProviderMemory(issuer: issuer, calls: calls, clock: clock)
            known[issuer] = memory
            return memory
        }
    }
}

/// One provider's documents. Any number of people who sign in at the same moment wait for one call.
actor ProviderMemory {
    private static let metadataLife: UInt64 = 3600
    /// While a provider is away, what was known of it is used this long.
    private static let metadataGrace: UInt64 = 86_400
    private static let keyLives: ClosedRange<UInt64> = 300...86_400
    /// Tokens with unknown keys make us ask once in this time, whoever sends however many.
    private static let rotationPause: UInt64 = 60

    private let issuer: String
    private let calls: ProviderCalls
    private let clock: any MonotonicClock
    private var document: (value: ProviderMetadata, at: UInt64)?
    private var awayUntil: UInt64 = 0
    private var documentCall: Task<ProviderMetadata, any Error>?
    private var keySet: (value: ProviderKeys, url: String, until: UInt64)?
    private var keyCall: Task<(ProviderKeys, life: UInt64), any Error>?
    private var askedForKeys: UInt64?

    init(issuer: String, calls: ProviderCalls, clock: any MonotonicClock) {
        self.issuer = issuer
        self.calls = calls
        self.clock = clock
    }

    private var seconds: UInt64 { clock.nanoseconds() / 1_000_000_000 }

    func metadata() async throws -> ProviderMetadata {
        if let document, seconds < max(document.at + ProviderMemory.metadataLife, awayUntil) { return document.value }
        let call =
            documentCall
            ?? Task { [calls, issuer] in
                let trimmed = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
                let answer = try await calls.get(
                    trimmed + "/.well-known/openid-configuration", "the discovery document")
                return try ProviderMetadata(discovery: answer.body, of: issuer)
            }
        documentCall = call
        do {
            let value = try await call.value
            documentCall = nil
            document = (value, seconds)
            return value
        } catch {
            documentCall = nil
            if let document, (error as? ProviderFault)?.code == .unavailable,
                seconds < document.at + ProviderMemory.metadataGrace
            {
                // Nobody waits for it again and again.
                awayUntil = seconds + ProviderMemory.rotationPause
                return document.value
            }
            throw error
        }
    }

    func keys(at url: String, for token: ProviderToken) async throws -> ProviderKeys {
        var isKnown = false
        if let keySet, keySet.url == url, seconds < keySet.until {
            isKnown = true
            if keySet.value.key(token.keyID, for: token.algorithm) != nil { return keySet.value }
        }
        // A key that we don't know: it may be a new one, or nobody's.
        if isKnown, let keySet, let asked = askedForKeys, seconds < asked + ProviderMemory.rotationPause {
            return keySet.value
        }
        return try await fetch(url)
    }

    private func fetch(_ url: String) async throws -> ProviderKeys {
        let call =
            keyCall
            ?? Task { [calls] in
                let answer = try await calls.get(url, "the key set")
                return (try ProviderKeys(answer.body), ProviderMemory.life(answer.header("cache-control")))
            }
        keyCall = call
        defer { keyCall = nil }
        let (value, life) = try await call.value
        askedForKeys = seconds
        keySet = (value, url, seconds + life)
        return value
    }

    /// `max-age` (RFC 9111 §5.2.2.1) between five minutes and a day; an hour where nothing is said.
    private static func life(_ cacheControl: String?) -> UInt64 {
        guard let cacheControl else { return 3600 }
        for directive in cacheControl.lowercased().split(separator: ",") {
            let halves = directive.split(separator: "=", maxSplits: 1)
            guard let name = halves.first?.trimming(while: { $0 == " " }), halves.count == 2, name == "max-age",
                let age = halves.last.flatMap({ UInt64($0.trimming { $0 == " " || $0 == "\"" }) })
            else { continue }
            return min(max(age, keyLives.lowerBound), keyLives.upperBound)
        }
        return 3600
    }
}
