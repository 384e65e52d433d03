import Kernel
import Synchronization
@_spi(MintSignedIn) public import Web

extension IdentityService {
    /// What a session cookie proves.
    public enum Caller: Sendable, Equatable {
        /// It isn't a session, or not one any more.
        case nobody
        /// The view is too old to say.
        case unknown
        case signedIn(SignedIn)
        /// Signed in by one factor, where the role asks for two: may set one up, and nothing else.
        case enrolling(SignedIn)
    }

    /// Judges a session's secret by memory alone; notes that it is in use.
    public func whoIs(_ secret: Substring, idle: Duration = .seconds(1800), roles: RoleTable = .builtIn) -> Caller {
        whoIs(key: OneTimeSecret.hash(String(secret)), idle: idle, roles: roles)
    }

    /// As above, by what the session is kept under.
    ///
    /// - Parameter touches: whether this is a use of the session.
    func whoIs(key: String, idle: Duration, roles: RoleTable = .builtIn, touches: Bool = true) -> Caller {
        guard !view.isStale else { return .unknown }
        guard let live = view.session(key), let person = view.person(live.row.account), person.isActive else {
            return .nobody
        }
        let now = clock.now()
        let row = live.row
        let seen = Timestamp(nanosecondsSinceEpoch: live.seen.load(ordering: .relaxed))
        guard now < row.expiresAt, now.since(seen) < idle else { return .nobody }
        if touches { view.touch(live, at: now) }
        return live.memo.caller(person, roles) {
            let caller = SignedIn(
                account: row.account, email: person.email, role: person.role, session: row.id, sessionKey: key,
                authenticatedAt: row.authenticatedAt, secondFactorAt: row.factorAt,
                permissions: roles.permissions(of: person.role))
            return row.factorAt == nil && required.contains(person.role) ? .enrolling(caller) : .signedIn(caller)
        }
    }
}
