import Foundation

/// What an authenticator says (WebAuthn Level 2 §6.1), read strictly.
struct AuthenticatorData: Sendable, Equatable {
    let relyingPartyHash: [UInt8]
    let isUserPresent: Bool
    /// Whether the person showed a finger, a face or a PIN.
    let isUserVerified: Bool
    let isBackedUp: Bool
    let counter: UInt32
    /// Only where a passkey was made.
    let credential: Credential?

    struct Credential: Sendable, Equatable {
        /// 1 to 1,023 bytes.
        let id: [UInt8]
        /// A COSE key (RFC 9052 §7).
        let key: CBORValue
    }

    /// nil for what isn't such data, or has anything behind it.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 37, bytes.count <= CBORReader.mostBytes else { return nil }
        var rest = ArraySlice(bytes)
        relyingPartyHash = Array(rest.prefix(32))
        rest = rest.dropFirst(32)
        guard let flags = rest.popFirst() else { return nil }
        counter = rest.prefix(4).reduce(0) { $0 << 8 | UInt32(truncatingIfNeeded: $1) }  // can't trap: shifts drop bits
        rest = rest.dropFirst(4)
        isUserPresent = flags & 0x01 != 0
        isUserVerified = flags & 0x04 != 0
        isBackedUp = flags & 0x10 != 0
        // Backed up without being eligible for it contradicts itself (Level 3 §6.1.3).
        guard !isBackedUp || flags & 0x08 != 0 else { return nil }
        if flags & 0x40 != 0 {
            // The model's id: nothing is decided by it.
            guard rest.count > 18 else { return nil }
            rest = rest.dropFirst(16)
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }  // can't trap: two bytes
            rest = rest.dropFirst(2)
            guard (1...1023).contains(length), rest.count > length else { return nil }
            let id = Array(rest.prefix(length))
            var reader = CBORReader(rest.dropFirst(length))
            guard let key = try? reader.next() else { return nil }
            credential = Credential(id: id, key: key)
            rest = reader.rest
        } else {
            credential = nil
        }
        if flags & 0x80 != 0 {
            var reader = CBORReader(rest)
            guard case .map? = try? reader.next() else { return nil }
            rest = reader.rest
        }
        guard rest.isEmpty else { return nil }
    }
}

/// What the browser says that it did (WebAuthn Level 2 §5.8.1).
struct PasskeyClientData: Sendable, Equatable {
    /// `webauthn.create` or `webauthn.get`.
    let type: String
    /// Base64url, as it was handed out.
    let challenge: String
    let origin: String
    let isCrossOrigin: Bool

    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 4096, String(validating: bytes, as: UTF8.self) != nil,
            let object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any],
            let type = object["type"] as? String,  // can't trap: a member
            let challenge = object["challenge"] as? String,  // can't trap: a member
            let origin = object["origin"] as? String  // can't trap: a member
        else { return nil }
        self.type = type
        self.challenge = challenge
        self.origin = origin
        isCrossOrigin = object["crossOrigin"] as? Bool ?? false  // can't trap: a member
    }
}
