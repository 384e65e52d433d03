/// Something that whoever watches over the app should know, as a value: a room makes it, the gateway delivers it.
public struct SecurityEvent: Sendable, Equatable {
    /// What the control did about it.
    public enum Disposition: String, Sendable, Codable {
        /// `enforce`: refused or changed.
        case enforced
        /// `observe`: would have been refused or changed; it passed.
        case wouldHave = "would-have"
        /// Only told: nothing was refused.
        case noted
    }

    /// The control's capability id, such as `protection.csrf`.
    public let control: String
    public let reason: ReasonID
    public let disposition: Disposition
    /// What a person needs to understand it; free of personal data and secrets.
    public let detail: String?
    /// The status that a refusal had or would have had; 0 where none.
    public let status: Int

    public init(
        control: String, reason: ReasonID, disposition: Disposition, status: Int = 0, detail: String? = nil
    ) {
        self.control = control
        self.reason = reason
        self.disposition = disposition
        self.status = status
        self.detail = detail
    }
}
