import Store

extension IdentitySchema {
    static let passkeyProofs = Migration(
        "0028-passkey-proofs",
        portable: [
            // Whose second factor it is: the account's, or that of all spellings of the app's name for somebody.
            "ALTER TABLE passkeys ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
            "UPDATE passkeys SET subject = account",
            "CREATE INDEX passkeys_subject ON passkeys (subject)",
            // The session that a challenge shows anew whose it is; none: it signs in, or makes a passkey.
            "ALTER TABLE passkey_challenges ADD COLUMN session_hash TEXT",
        ])
}
