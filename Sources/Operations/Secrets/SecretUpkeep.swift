public import Store

/// The hourly job: rotates what is old, destroys what has expired.
public struct SecretUpkeep: JobHandler {
    public static let jobKind: JobKind = "secrets.upkeep"
    public let kind = SecretUpkeep.jobKind
    private let ring: KeyRing

    public init(_ ring: KeyRing) { self.ring = ring }

    public func run(_ job: Job) async throws { try await ring.upkeep() }
}
