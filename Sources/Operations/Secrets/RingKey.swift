public import Kernel
import Store

/// One key of the ring: when it was made, signs, verifies and goes.
public struct RingKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public enum State: String, Sendable {
        /// Known to the replicas, not signing yet.
        case pending
        /// Signs.
        case active
        /// Verifies (or opens) what it made, signs no more.
        case overlapping
        /// Nothing that it made is valid any more: the next upkeep destroys it.
        case expired
        case destroyed
    }

    public let id: KeyID
    public let purpose: KeyPurpose
    public let createdAt: Timestamp
    public let activeAt: Timestamp
    /// When the last thing that it made ends; nil while it is the newest, or until nothing that it sealed is left.
    public let expiresAt: Timestamp?
    /// Since when nothing new may be sealed with it.
    public let closedAt: Timestamp?
    public let destroyedAt: Timestamp?
    public let rootID: String
    /// nil when destroyed, or wrapped by a root key that isn't here.
    let material: [UInt8]?

    /// What it is worth at `now`; `active` needs the others of its purpose and is decided by `KeyRing`.
    func isSpent(at now: Timestamp) -> Bool {
        if destroyedAt != nil { return true }
        if let expiresAt { return expiresAt <= now }
        return false
    }

    public var description: String { "\(purpose.rawValue) key \(id)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["id": id.rawValue, "purpose": purpose.rawValue]) }
}

extension Collection<RingKey> {
    /// The key of `purpose` that signs at `now`: the newest whose time has come. A clock that went back must not leave
    /// nobody to sign: then it is the oldest that waits.
    func signing(_ purpose: KeyPurpose, at now: Timestamp) -> RingKey? {
        let usable = filter {
            $0.purpose == purpose && !$0.isSpent(at: now) && $0.closedAt == nil && $0.material != nil
        }
        let begun = usable.filter { $0.activeAt <= now }
        return begun.max { ($0.activeAt, $0.id) < ($1.activeAt, $1.id) }
            ?? usable.min { ($0.activeAt, $0.id) < ($1.activeAt, $1.id) }
    }

    /// The state of one of them.
    func state(of key: RingKey, at now: Timestamp) -> RingKey.State {
        if key.destroyedAt != nil { return .destroyed }
        if key.isSpent(at: now) { return .expired }
        if signing(key.purpose, at: now)?.id == key.id { return .active }
        return key.activeAt > now ? .pending : .overlapping
    }
}

/// How long what a purpose's keys made stays valid after another took over.
public enum KeyOverlap: Sendable, Equatable {
    /// The longest life of anything that such a key signs.
    case lasting(Duration)
    /// Until a scan finds nothing that it sealed.
    case untilUnused
    /// Until whoever keeps what it made says so: never destroyed by itself.
    case untilReleased
}

extension KeyPurpose {
    /// Defaults: what lives longest of each kind.
    public var overlap: KeyOverlap {
        switch self {
        case .session: .lasting(.seconds(30 * 86_400))
        case .token, .accessToken: .lasting(.seconds(86_400))
        case .csrf: .lasting(.seconds(86_400))
        case .mail: .lasting(.seconds(7 * 86_400))
        case .webhook: .lasting(.seconds(7 * 86_400))
        case .atRest, .blindIndex: .untilUnused
        // A hash made with it is made anew only when its owner signs in.
        case .passwordPepper: .untilReleased
        default: .lasting(.seconds(30 * 86_400))
        }
    }

    /// The purposes that every installation has.
    public static let standard: [KeyPurpose] = [
        .session, .token, .accessToken, .csrf, .mail, .webhook, .atRest, .blindIndex, .passwordPepper,
    ]
}
