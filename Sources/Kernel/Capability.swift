/// How soon a launch needs a capability: our own judgement, profiles have theirs.
public enum LaunchLevel: String, Sendable, Codable, CaseIterable {
    case mvp, recommended, full
}

/// A capability's manifest: the one stable id that configuration, metrics, events, docs and checks share.
public struct Capability: Sendable {
    /// Such as `protection.csrf`.
    public let id: String
    public let title: String
    public let level: LaunchLevel
    /// Names of the stages in `Pipeline.swift` that carry it.
    public let stages: [String]
    /// The key that sets its mode; nil where it has none (it always holds).
    public let modeKey: String?
    /// Reason ids of what it refuses or notes.
    public let reasons: [ReasonID]
    /// Ids of the checks that prove it from outside: switching the control off turns at least one of them red.
    /// `seaworthy prove` tries exactly that; empty only where there is a `witness`, or in no control of requests.
    public let provedBy: [String]
    /// What the inside shows of it, where no answer can or not on every app.
    public let witness: InsideWitness?
    /// Names of the suites that prove it with real processes, where it is no control of requests.
    public let rehearsedBy: [String]
    /// Its page under `docs/capabilities/`, without the suffix: the id's last part, unless two ids end alike.
    public let page: String

    public init(
        id: String, title: String, level: LaunchLevel, stages: [String], modeKey: String?, reasons: [ReasonID],
        provedBy: [String], witness: InsideWitness? = nil, rehearsedBy: [String] = [], page: String? = nil
    ) {
        self.page = page ?? id.split(separator: ".").last.map(String.init) ?? id
        self.id = id
        self.title = title
        self.level = level
        self.stages = stages
        self.modeKey = modeKey
        self.reasons = reasons
        self.provedBy = provedBy
        self.witness = witness
        self.rehearsedBy = rehearsedBy
    }
}

/// A sign of a control that only the inside of a gateway shows: its access log, or what the console is told.
public struct InsideWitness: Sendable, Equatable {
    public enum Sign: String, Sendable, Codable {
        /// Each exchange has its line.
        case exchangeIsLogged = "exchange-is-logged"
        /// The line names the client that a trusted hop speaks for.
        case forwardedClientIsLogged = "forwarded-client-is-logged"
        /// The line of an upgrade with a cookie and without an Origin says that it was refused.
        case upgradeWithoutOriginIsRefused = "upgrade-without-origin-is-refused"
        /// A refusal is told to those who hear of security events; the newest are kept for the console.
        case refusalIsTold = "refusal-is-told"
    }

    public let sign: Sign
    /// Why the checks alone don't do, as a sentence without its dot.
    public let reason: String

    public init(_ sign: Sign, because reason: String) {
        self.sign = sign
        self.reason = reason
    }
}
