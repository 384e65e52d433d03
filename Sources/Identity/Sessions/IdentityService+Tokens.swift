import Kernel
@_spi(MintSignedIn) import Web

extension IdentityService {
    /// Judges an access token: its signature once, everything else at every request, by memory alone.
    public func whoBears(_ token: Substring, roles: RoleTable = .builtIn) -> Caller {
        String(token).withBytes { whoBears($0, roles: roles) }
    }

    /// As above, by the token's bytes as they came.
    func whoBears(_ token: UnsafeRawBufferPointer, roles: RoleTable) -> Caller {
        guard let claims = try? access.verify(token) else { return .nobody }
        return whoBears(family: claims.family, of: claims.account, roles: roles)
    }

    /// As above, by the family that a token names; whether the token itself has run out is the caller's to know.
    func whoBears(family id: String, of account: String, roles: RoleTable) -> Caller {
        guard !view.isStale else { return .unknown }
        guard let live = familyView[id], live.row.account == account,
            clock.now() < live.row.expiresAt, let person = view.person(account), person.isActive
        else { return .nobody }
        return live.memo.caller(person, roles) {
            let family = live.row
            let caller = SignedIn(
                account: family.account, email: person.email, role: person.role, session: family.id,
                sessionKey: family.id, authenticatedAt: family.createdAt, secondFactorAt: family.factorAt,
                credential: .accessToken, permissions: roles.permissions(of: person.role))
            return family.factorAt == nil && required.contains(person.role) ? .enrolling(caller) : .signedIn(caller)
        }
    }
}
