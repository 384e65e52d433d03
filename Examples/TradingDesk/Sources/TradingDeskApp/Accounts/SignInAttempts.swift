import Synchronization

/// Counts failed sign-ins by e-mail address, known or not: ten in five minutes, then a pause.
final class SignInAttempts: Sendable {
    private let failures = Mutex<[String: [Int64]]>([:])
    static let limit = 10
    static let windowSeconds: Int64 = 300

    /// Seconds until the next attempt is taken; nil when it is taken now.
    func wait(for email: String, at now: Int64) -> Int64? {
        failures.withLock { failures in
            let recent = (failures[email] ?? []).filter { $0 > now - Self.windowSeconds }
            guard recent.count >= Self.limit, let first = recent.first else { return nil }
            return max(1, first + Self.windowSeconds - now)
        }
    }

    func failed(_ email: String, at now: Int64) {
        failures.withLock { failures in
            if failures.count > 10_000 { failures.removeAll() }
            failures[email] = ((failures[email] ?? []).filter { $0 > now - Self.windowSeconds } + [now]).suffix(
                Self.limit)
        }
    }

    func succeeded(_ email: String) { failures.withLock { $0[email] = nil } }
}

/// The cookie that carries a session.
enum SessionCookie {
    static let name = "tradingdesk_session"

    /// `Set-Cookie` with a new session.
    static func set(_ token: String, isSecure: Bool, flaws: FlawSelection) -> String {
        guard !flaws.contains(.insecureCookie) else { return "\(name)=\(token); Path=/" }
        let secure = isSecure ? "; Secure" : ""
        return "\(name)=\(token); Path=/; Max-Age=\(Accounts.sessionSeconds); HttpOnly; SameSite=Lax\(secure)"
    }

    /// `Set-Cookie` that takes it away.
    static func clear(isSecure: Bool, flaws: FlawSelection) -> String {
        guard !flaws.contains(.insecureCookie) else { return "\(name)=; Path=/; Max-Age=0" }
        return "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }
}
