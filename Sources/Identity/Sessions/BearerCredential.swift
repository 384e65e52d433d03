import Kernel
import NIOHTTP1
import Web

/// A credential of ours that a program sends in `Authorization: Bearer` (RFC 6750 §2.1) or `X-API-Key`. Whatever doesn't
/// claim to be ours is the app's, and passes.
struct BearerCredential {
    enum Kind { case apiKey, accessToken }

    let kind: Kind
    let text: Substring
    let field: KnownField

    init?(_ request: RequestHead) {
        if let value = request.first(.authorization), value.hasPrefixIgnoringCase("bearer ") {
            // By bytes: these are looked at on every request.
            let token = Substring(value.utf8.dropFirst(7).drop { $0 == 0x20 })
            if APIKeyText.isOne(token) {
                (kind, text, field) = (.apiKey, token, .authorization)
                return
            }
            if AccessTokens.isOne(token) {
                (kind, text, field) = (.accessToken, token, .authorization)
                return
            }
        }
        guard let value = request.first(.xAPIKey), APIKeyText.isOne(value[...]) else { return nil }
        (kind, text, field) = (.apiKey, value[...], .xAPIKey)
    }

    /// One answer for everything that is wrong with it. (RFC 6750 §3.1)
    var refusal: Problem {
        switch kind {
        case .apiKey: BearerCredential.badKey
        case .accessToken: BearerCredential.badToken
        }
    }

    private static let challenge = [("www-authenticate", "Bearer realm=\"seaworthy\", error=\"invalid_token\"")]

    private static let badKey = Problem(
        "api-key.refused", status: 401, title: "This API key isn't good.",
        detail: "It was revoked, has run out, or never was one.", headers: challenge)

    private static let badToken = Problem(
        "token.refused", status: 401, title: "This access token isn't good.",
        detail: "It has run out, was revoked, or wasn't made here. Refresh it, or sign in again.", headers: challenge)
}
