public import Kernel

/// A server elsewhere that signs people in: an OpenID Connect provider, or an OAuth 2 server with a page about its user.
public struct SignInProvider: Sendable, Equatable {
    /// Endpoints of a plain OAuth 2 server, as its manual gives them.
    public struct Endpoints: Sendable, Equatable {
        public var authorize: String
        public var token: String
        public var userInfo: String
        /// Where the person's addresses are, each with `email`, `primary` and `verified` (GitHub's kind).
        public var emails: String?
    }

    public enum Kind: Sendable, Equatable {
        /// Its address; everything else is discovered (OpenID Connect Discovery §4).
        case openID(issuer: String)
        case oauth(Endpoints)
    }

    /// 1 to 32 lower-case letters, digits and hyphens: stands in addresses.
    public let name: String
    /// What its button says.
    public var title: String
    public var kind: Kind
    public var clientID: String
    /// nil: a public client, that PKCE alone protects.
    public var clientSecret: Secret?
    public var scopes: [String]
    public var emailClaim: String
    /// Only for OAuth 2: OpenID Connect's is `sub`.
    public var subjectClaim: String
    /// Whether somebody whom nobody knows gets an account.
    public var takesUnknown: Bool
    /// Whether an address that it has verified leads to the account that has the same.
    public var linksByAddress: Bool

    /// What its subjects are unique in: they are kept with it, so that a name that is used again finds nobody else's.
    public var issuer: String {
        switch kind {
        case .openID(let issuer): issuer
        case .oauth(let endpoints): endpoints.userInfo
        }
    }

    static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && text.utf8.first != 0x2D
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0.isASCIIDigit || $0 == 0x2D }
            // Pages of ours stand beside them.
            && text != "second-factor"
    }
}
