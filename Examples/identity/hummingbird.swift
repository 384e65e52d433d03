// Who is calling, for a Hummingbird app behind Seaworthy. Packages: hummingbird, jwt-kit 5.
import HTTPTypes
import Hummingbird
import JWTKit

struct Caller: JWTPayload {
    let email: String, role: String, permissions: [String]
    let aud: AudienceClaim, exp: ExpirationClaim, nbf: NotBeforeClaim
    func verify(using algorithm: some JWTAlgorithm) throws {
        try aud.verifyIntendedAudience(includes: "app")
        try exp.verifyNotExpired()
        try nbf.verifyNotBefore()
    }
}

/// `keys` holds what `GET /seaworthy/identity-keys` answers: `try await keys.add(jwksJSON: text)`.
func caller(of request: Request, _ keys: JWTKeyCollection) async throws -> Caller {
    guard let name = HTTPField.Name("X-Seaworthy-Identity"), let token = request.headers[name],
        try DefaultJWTParser().parseHeader(Array(token.utf8)).typ == "seaworthy-identity+jwt"
    else { throw HTTPError(.unauthorized) }
    return try await keys.verify(token, as: Caller.self)
}
