import Kernel
import NIOHTTP1
import Web

/// A credential of ours that a program sends in `Authorization: Bearer` (RFC 6750 §2.1) or `X-API-Key`. Whatever doesn't
/// claim to be ours is the app's, and passes.
struct BearerCredential {
    enum Kind { case apiKey, accessToken }

    let kind: Kind
    let field: KnownField
    /// Where in the request's fields its line is, and where in that line's value it begins.
    private let position: Int
    private let start: Int

    init?(_ request: borrowing RequestHead) {
        if let position = request.fields.position(of: .authorization),
            let (kind, start) = request.fields.withValue(at: position, BearerCredential.bearer)
        {
            (self.kind, self.position, self.start, field) = (kind, position, start, .authorization)
            return
        }
        guard let position = request.fields.position(of: .xAPIKey),
            request.fields.withValue(at: position, { APIKeyText.isOne($0) })
        else { return nil }
        (kind, self.position, start, field) = (.apiKey, position, 0, .xAPIKey)
    }

    /// What an `Authorization` value holds of ours, and from where on.
    private static func bearer(_ value: UnsafeRawBufferPointer) -> (Kind, Int)? {
        guard value.hasPrefixIgnoringCase("bearer ") else { return nil }
        guard let start = value.dropFirst(7).firstIndex(where: { $0 != 0x20 }) else { return nil }
        let token = UnsafeRawBufferPointer(rebasing: value.dropFirst(start))
        if APIKeyText.isOne(token) { return (.apiKey, start) }
        return AccessTokens.isOne(token) ? (.accessToken, start) : nil
    }

    /// The credential's bytes, as long as nothing was taken out of the request.
    func withText<Result>(of request: borrowing RequestHead, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        request.fields.withValue(at: position) { body(UnsafeRawBufferPointer(rebasing: $0.dropFirst(start))) }
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
