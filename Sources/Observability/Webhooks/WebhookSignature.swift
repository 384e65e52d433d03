import Crypto
import FoundationEssentials
public import Kernel

/// Signatures as Standard Webhooks has them (https://www.standardwebhooks.com): HMAC-SHA-256 over `id.timestamp.body`, in
/// base64 behind `v1,`; several, with blanks between, while secrets are changed over.
public enum WebhookSignature {
    /// `whsec_` and base64, or any text of at least 24 bytes, which is taken as it is.
    static func key(_ secret: Secret) -> SymmetricKey {
        let text = secret.reveal()
        if text.hasPrefix("whsec_"), let data = Data(base64Encoded: String(text.dropFirst(6))) {
            return SymmetricKey(data: data)
        }
        return SymmetricKey(data: Array(text.utf8))
    }

    /// The value of `webhook-signature`.
    public static func sign(id: String, seconds: Int64, body: [UInt8], secrets: [Secret]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: key(secret))
            return "v1,\(Data(code).base64EncodedString())"
        }.joined(separator: " ")
    }
}
