public import Kernel
public import Store

/// What people decide about a launch: acceptance plans worked through, and sign-offs. Each act and its row of the audit trail
/// are one transaction.
public struct LaunchDesk: Sendable {
    let database: Database
    let audit: any AuditTrail
    let clock: any WallClock
    let random: any RandomSource
    /// Who acts: an account's id, or such as `cli:root`.
    let actor: String

    public init(
        database: Database, audit: any AuditTrail, clock: any WallClock, random: any RandomSource, actor: String
    ) {
        self.database = database
        self.audit = audit
        self.clock = clock
        self.random = random
        self.actor = actor
    }

    /// Why something wasn't done, for the person who asked.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case noItem(String)
        case noPlan(String)
        case noProfile(String, [String])
        case tooLong(String, Int)
        case attachment(String)
        case noAttachment
        case noteMissing
        case notYourRole(String)
        case signedAlready
        case notSigned
        case evidenceIsOld
        case badRole(String)

        public var description: String {
            switch self {
            case .noItem(let id): "no item has the id \(String(id.prefix(80)).debugDescription)"
            case .noPlan(let name): "no plan is called \(String(name.prefix(80)).debugDescription)"
            case .noProfile(let name, let known):
                "the item isn't tried on \(String(name.prefix(80)).debugDescription): \(known.joined(separator: ", "))"
            case .tooLong(let name, let most): "\(name): at most \(most) bytes"
            case .attachment(let why): "the file wasn't kept: \(why)"
            case .noAttachment: "there is no such file"
            case .noteMissing: "what failed or is blocked needs a note that says how"
            case .notYourRole(let role): "you don't sign as \(role): an administrator gives that role"
            case .signedAlready: "this is signed already, for the same evidence"
            case .notSigned: "there is no such sign-off, or it was revoked already"
            case .evidenceIsOld: "another run has been stored since: look at it, then sign"
            case .badRole(let text): "\(String(text.prefix(80)).debugDescription) is no role: 1 to 60 bytes of text"
            }
        }
    }

    func newID(at time: Timestamp) -> String { UniqueID(at: time, random: random).rawValue }
}
