import Kernel
@_spi(MintSignedIn) import Web

extension IdentityService {
    /// Judges an API key by memory alone; notes that it is in use.
    public func whoHas(apiKey text: Substring, roles: RoleTable = .builtIn) -> Caller {
        String(text).withBytes { whoHas(apiKey: $0, roles: roles) }
    }

    /// As above, by the key's bytes as they came.
    func whoHas(apiKey text: UnsafeRawBufferPointer, roles: RoleTable) -> Caller {
        guard let hash = APIKeyText.key(of: text) else { return .nobody }
        return whoHas(keyUnder: hash, roles: roles)
    }

    /// As above, by what the key is kept under.
    ///
    /// - Parameter touches: whether this is a use of the key.
    func whoHas(keyUnder hash: String, roles: RoleTable, touches: Bool = true) -> Caller {
        guard !view.isStale else { return .unknown }
        let now = clock.now()
        guard let live = keyView[hash], now < live.row.expiresAt, let person = view.person(live.row.account),
            person.isActive
        else { return .nobody }
        // Made by one factor, where the role asks for two by now: no way round the second. (ASVS 5.0 V6.3.3)
        guard live.row.factorAt != nil || required.isEmpty || !required.contains(person.role) else { return .nobody }
        if touches { keyView.touch(live, at: now) }
        return live.memo.caller(person, roles) {
            let (row, granted) = (live.row, roles.permissions(of: person.role))
            return .signedIn(
                SignedIn(
                    account: row.account, email: person.email, role: person.role, session: row.id, sessionKey: hash,
                    authenticatedAt: row.createdAt, credential: .apiKey,
                    permissions: row.scopes.isEmpty ? granted : granted.intersection(row.scopes),
                    hasWholeRole: row.scopes.isEmpty, scopes: row.scopes))
        }
    }
}
