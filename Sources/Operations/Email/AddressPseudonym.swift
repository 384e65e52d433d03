import Crypto
public import Kernel

/// Stands for an address where the address itself must not: in limits, the suppression list, logs and events.
///
/// HMAC-SHA-256 over the folded address, in hexadecimal: whoever has the table can't test addresses without the key.
public struct AddressPseudonym: Sendable {
    private let keys: [SymmetricKey]

    /// - Parameter secrets: the first makes new pseudonyms, all of them find old ones. Each of 32 bytes or more is wise.
    public init(_ secrets: [Secret]) {
        // Apart from whatever else is made from the same secret.
        keys = secrets.map { secret in
            let purpose = Array("seaworthy e-mail address pseudonym".utf8)
            let mac = HMAC<SHA256>.authenticationCode(
                for: purpose, using: SymmetricKey(data: Array(secret.reveal().utf8)))
            return SymmetricKey(data: Array(mac))
        }
    }

    /// The one to write.
    public func of(_ address: MailAddress) -> String { all(of: address).first ?? "" }

    /// All that may stand for it in what was written before.
    public func all(of address: MailAddress) -> [String] {
        let bytes = Array(address.folded.utf8)
        return keys.map { key in
            HMAC<SHA256>.authenticationCode(for: bytes, using: key).map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
    }
}
