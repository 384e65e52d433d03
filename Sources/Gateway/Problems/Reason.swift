/// A reason id as people read about it: what it means, and what each of them can do.
public struct Reason: Sendable, Encodable {
    /// What a request gets for it.
    public enum Answer: Sendable, Equatable {
        /// A problem document with one of these statuses.
        case refusal([Int])
        /// The app's own status, with our document instead of the app's.
        case appsStatus
        /// The request passed, or was answered as it had asked: the reason stands in the log and the metrics only.
        case noted
    }

    /// Such as `csrf.cross-site`.
    public let id: String
    public let answer: Answer
    /// As in the problem document.
    public let title: String
    public let meaning: String
    /// What the client, or whoever writes it, can do.
    public let client: String
    /// What the app's developer or the gateway's operator can do; nil where there is nothing to set or mend.
    public let owner: String?
    /// The configuration key that governs it.
    public let key: String?

    init(
        _ id: String, _ answer: Answer, _ title: String, _ meaning: String, client: String, owner: String? = nil,
        key: String? = nil
    ) {
        self.id = id
        self.answer = answer
        self.title = title
        self.meaning = meaning
        self.client = client
        self.owner = owner
        self.key = key
    }

    /// `request-shape` of `request-shape.nul`.
    public var area: String { String(id.prefix { $0 != "." }) }

    /// The statuses as a person reads them.
    public var statusText: String {
        switch answer {
        case .refusal(let statuses): statuses.map(String.init).joined(separator: " or ")
        case .appsStatus: "the app's own, 400…599"
        case .noted: "none: noted in the log only"
        }
    }

    private enum CodingKeys: String, CodingKey { case reason, statuses, isRefusal, title, meaning, client, owner, key }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .reason)
        if case .refusal(let statuses) = answer { try container.encode(statuses, forKey: .statuses) }
        try container.encode(answer != .noted, forKey: .isRefusal)
        try container.encode(title, forKey: .title)
        try container.encode(meaning, forKey: .meaning)
        try container.encode(client, forKey: .client)
        try container.encodeIfPresent(owner, forKey: .owner)
        try container.encodeIfPresent(key, forKey: .key)
    }
}

/// Every reason that this build can give: the one list that the pages under `{own-prefix}/problems/`,
/// `seaworthy problems` and docs/problems.md are made from. A test finds the ids that the sources use and that have no
/// entry here.
public enum ReasonCatalogue {
    public static let all: [Reason] =
        (requestShape + malformed + controls + identity + openID + console + errors + upstream + gateway).sorted {
            $0.id < $1.id
        }

    private static let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    public static func reason(_ id: String) -> Reason? { byID[id] }

    /// By area, in alphabetical order.
    public static var areas: [(name: String, reasons: [Reason])] {
        Dictionary(grouping: all, by: \.area).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    static let everyMode = "Refused in every mode, because two programs could read it in two ways."
}
