import Testing
import Web

@testable import Identity

extension IdentityFixture {
    /// What the app's yes to somebody begins.
    func adopted(
        _ name: String = "alice", from client: IdentityFlows.Client = IdentityFixture.client()
    ) async throws -> IdentityFlows.AdoptedStart {
        let attempt = try await flows.adoptedAttempt(name, from: client)
        let start = try #require(flows.beginAdopted(attempt, replacing: nil))
        await service.settled()
        return start
    }

    /// Whose session has this key.
    func caller(_ key: String) throws -> SignedIn {
        guard case .signedIn(let caller) = service.whoIs(key: key, idle: .seconds(1800)) else { throw HalfDone() }
        return caller
    }
}
