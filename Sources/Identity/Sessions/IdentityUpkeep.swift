public import Kernel
public import Store

/// Takes out of the tables what has run out: sessions, links, counters, devices that nobody used for half a year.
public struct IdentityUpkeep: Sendable {
    private let database: Database
    private let clock: any WallClock
    private let idle: Duration

    public init(database: Database, clock: any WallClock, settings: IdentitySettings) {
        self.database = database
        self.clock = clock
        idle = settings.idle
    }

    /// Once; how many rows went.
    @discardableResult
    public func sweep() async throws -> Int {
        let now = clock.now()
        let idle = idle
        return try await database.transaction("identity.sweep") { db in
            try SessionStore.sweep(at: now, idle: idle, in: db)
                + ConsoleSessions.sweep(at: now, idle: idle, in: db)
                + APIKeyStore.sweep(before: now.advanced(by: .seconds(-30 * 86_400)), in: db)
                + TokenStore.sweep(before: now, in: db)
                + LinkStore.sweep(before: now, in: db)
                + ProjectInvitationStore.sweep(before: now, in: db)
                + SignInStepStore.sweep(at: now, in: db)
                + SocketTicketStore.sweep(at: now, in: db)
                + SecondFactors.sweep(at: now, in: db)
                + PasskeyStore.sweep(at: now, in: db)
                + ProviderSignInStore.sweep(at: now, in: db)
                + ProviderSessionStore.sweep(at: now, in: db)
                + LockoutStore.sweep(before: now.advanced(by: .seconds(-2 * 86_400)), in: db)
                + DeviceStore.sweep(before: now.advanced(by: .seconds(-180 * 86_400)), in: db)
                + AdoptedCookies.sweep(before: now.advanced(by: .seconds(-60 * 86_400)), at: now, in: db)
        }
    }
}
