/// What `SecretPolicy` thinks of a secret: for people, never with the secret or a part of it.
public struct SecretJudgement: Sendable, Equatable, CustomStringConvertible {
    public enum Flaw: Sendable, Equatable {
        case empty
        /// Fewer characters than this.
        case tooShort(atLeast: Int)
        /// Known to everybody: where it stands.
        case wellKnown(String)
        /// Something to be replaced, such as `<your-secret>` or `${SECRET}`.
        case placeholder
        /// Marked by its own text as one for development.
        case development
        /// Says the same again and again.
        case repetitive
        /// Easier to guess than its length promises.
        case predictable
        /// An address whose password is missing where one is needed.
        case passwordMissing
        /// Equal to the user's name in the same address.
        case passwordIsUser
        /// Not the address that it should be.
        case notAnAddress
        /// The same as another secret, by name.
        case sameAs(String)
        /// A character that can't be meant: a line end or a NUL.
        case controlCharacter
    }

    public let flaws: [Flaw]
    public var isStrong: Bool { flaws.isEmpty }

    public init(_ flaws: [Flaw]) { self.flaws = flaws }

    public static let strong = SecretJudgement([])

    /// `strong`, or the flaws in words.
    public var description: String { flaws.isEmpty ? "strong" : flaws.map(\.words).joined(separator: ", ") }

    /// One word or two, for a table.
    public var summary: String { flaws.first?.shortWords ?? "strong" }
}

extension SecretJudgement.Flaw {
    public var words: String {
        switch self {
        case .empty: "empty"
        case .tooShort(let limit): "shorter than \(limit) characters"
        case .wellKnown(let place): "known to everybody (\(place))"
        case .placeholder: "a placeholder that nobody replaced"
        case .development: "marked as one for development by its own text"
        case .repetitive: "the same few characters over and over"
        case .predictable: "easier to guess than its length promises"
        case .passwordMissing: "an address without a password"
        case .passwordIsUser: "a password that equals the user's name"
        case .notAnAddress: "not an address"
        case .sameAs(let name): "the same as \(name)"
        case .controlCharacter: "with a line end or control character inside"
        }
    }

    var shortWords: String {
        switch self {
        case .empty: "empty"
        case .tooShort: "too short"
        case .wellKnown: "known to everybody"
        case .placeholder: "placeholder"
        case .development: "development only"
        case .repetitive: "repetitive"
        case .predictable: "predictable"
        case .passwordMissing: "no password"
        case .passwordIsUser: "password = user"
        case .notAnAddress: "not an address"
        case .sameAs(let name): "same as \(name)"
        case .controlCharacter: "control character"
        }
    }
}
