/// What shows anew, or by something else than a password, who one is; and how one leaves.
extension APIOperation {
    private static let session = ["account", "email", "role", "session"]
    private static let code = Field("code", "Of the app, or a recovery code.")

    private static func binary(_ name: String, _ summary: String) -> Field { Field(name, "\(summary), in base64url.") }

    static let factors: [String: APIOperation] = [
        "POST /sign-in/second-factor": APIOperation(fields: [code], content: .object(session), refusals: [410]),
        "POST /step-up": APIOperation(
            fields: [
                Field("current", "The password."),
                Field("code", "Of the second factor, where there is one.", optional: true),
            ], content: .object(session)),
        "POST /account/second-factor/begin": APIOperation(
            content: .object([
                "secret", "uri", "algorithm", "digits:integer", "period:integer", "expires:date-time", "qr?",
            ]), refusals: [409]),
        "POST /account/second-factor/confirm": APIOperation(
            fields: [Field("code", "Of the app.")], content: .object(["session?", "recovery-codes:array"]),
            refusals: [404, 409, 410]),
        "POST /account/second-factor/recovery-codes": APIOperation(
            content: .object(["recovery-codes:array"]), refusals: [404, 409]),
        "POST /account/second-factor/remove": APIOperation(content: .object(session), refusals: [404, 409]),
        "GET /account/delete": APIOperation(content: .object(["fresh:boolean", "last-owner-of:array"])),
        "POST /account/delete": APIOperation(
            fields: [
                Field("confirm", "The account's address."),
                Field(
                    "projects",
                    "delete: those that nobody else is in go with it; else a project without another owner "
                        + "keeps the account.", optional: true),
            ], status: 204, content: .nothing, refusals: [409]),
        "POST /account/identities/link": APIOperation(
            fields: [Field("provider", "The provider's name.")], content: .object(["location"]),
            refusals: [404, 409, 502]),
        "POST /account/identities/unlink": APIOperation(
            fields: [Field("identity", "The linked identity's id.")], status: 204, content: .nothing,
            refusals: [404, 409]),
        "POST /sign-in/passkey/options": APIOperation(content: .object(["challenge", "rp-id"])),
        "POST /sign-in/passkey": APIOperation(
            fields: [
                binary("credential", "The credential's id"), binary("client-data", "The client's data"),
                binary("authenticator-data", "The authenticator's data"), binary("signature", "Its signature"),
                Field("user-handle", "What the authenticator keeps of the account.", optional: true),
            ], content: .object(session), refusals: [410]),
        "POST /account/passkeys/options": APIOperation(
            content: .object([
                "challenge", "rp-id", "rp-name", "user", "user-name", "algorithms:integers", "exclude:array",
            ]), refusals: [409]),
        "POST /account/passkeys": APIOperation(
            fields: [
                Field("name", "What its owner calls it."), binary("client-data", "The client's data"),
                binary("attestation", "The attestation object"),
            ], content: .object(session), refusals: [409, 410]),
        "POST /account/passkeys/remove": APIOperation(
            fields: [Field("passkey", "The passkey's id.")], status: 204, content: .nothing, refusals: [404, 409]),
    ]
}
