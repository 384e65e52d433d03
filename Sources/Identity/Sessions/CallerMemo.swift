import Synchronization
@_spi(MintSignedIn) import Web

/// The caller that a session, an API key or a family of tokens proves, kept with what it was made from.
///
/// Nothing is decided here: the row, the person and the times are looked up at every request, and what is kept counts only for the
/// very row that holds it, the very person and the very table of roles. A changed account is another person, a changed row has
/// a memo of its own.
final class CallerMemo: Sendable {
    private final class Made: Sendable {
        let person: SessionView.Person
        let roles: any AnyObject & Sendable
        let caller: IdentityService.Caller

        init(_ caller: IdentityService.Caller, _ person: SessionView.Person, _ roles: any AnyObject & Sendable) {
            (self.caller, self.person, self.roles) = (caller, person, roles)
        }
    }

    private let made = Mutex<Made?>(nil)

    /// - Parameter make: of the row that this memo belongs to, and of what is given here.
    func caller(
        _ person: SessionView.Person, _ roles: RoleTable, make: () -> IdentityService.Caller
    ) -> IdentityService.Caller {
        if let known = made.withLock({ $0 }), known.person === person, known.roles === roles.identity {
            return known.caller
        }
        let caller = make()
        made.withLock { $0 = Made(caller, person, roles.identity) }
        return caller
    }
}

extension SignedIn {
    /// What the app was told of this very caller last: kept with the caller, so that it can't be taken for another's.
    var told: IdentityTokens.Told? {
        get { keepsake as? IdentityTokens.Told }
        nonmutating set { keepsake = newValue }
    }
}
