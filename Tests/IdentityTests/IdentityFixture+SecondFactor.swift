import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

extension IdentityFixture {
    /// The app's code for a secret at the clock's time, some steps on.
    func code(_ secret: Secret, steps: Int64 = 0) throws -> String {
        let seed = try #require(Base32.bytes(secret.reveal()))
        return OneTimeCode.hotp(seed, counter: UInt64(OneTimeCode.step(at: clock.now()) + steps))
    }

    /// Somebody with a second factor, whose code of this step is used up already.
    func guarded(_ email: String) async throws -> (begun: IdentityFlows.Begun, secret: Secret, codes: [String]) {
        try await guarded(try await person(email))
    }

    /// Whoever a session belongs to, whether they may do everything or only set up a second factor.
    func anyCaller(_ begun: IdentityFlows.Begun) -> SignedIn? {
        switch service.whoIs(Substring(begun.secret.text.reveal())) {
        case .signedIn(let caller), .enrolling(let caller): caller
        case .nobody, .unknown: nil
        }
    }

    /// The first step of a sign-in.
    func firstStep(_ email: String, from client: IdentityFlows.Client = client(1)) async throws -> PendingSignIn {
        guard
            case .secondFactor(let step) = try await flows.signIn(
                email: email, password: Self.password, from: client)
        else { throw HalfDone() }
        return step
    }
}

extension IdentityFixture {
    /// As `guarded`, for somebody who has an account already.
    func guarded(
        _ person: IdentityFlows.Begun
    ) async throws -> (begun: IdentityFlows.Begun, secret: Secret, codes: [String]) {
        let caller = try #require(anyCaller(person))
        let enrolment = try await flows.beginSecondFactor(by: caller)
        let (begun, codes) = try await flows.confirmSecondFactor(
            code: try code(enrolment.secret), by: caller, from: Self.client(200, device: person.device))
        return (begun, enrolment.secret, codes)
    }

    /// How many of these, all at once, did what they were to do.
    func successes(
        _ clients: [IdentityFlows.Client], _ work: @escaping @Sendable (IdentityFlows.Client) async throws -> Void
    ) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for client in clients {
                group.addTask { await refusal { try await work(client) } == nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
}
