/// The bytes of a sealed value: version (1), key id (8), then nonce (12), ciphertext and tag (16).
///
/// Every later version keeps the key id in the same place, so that a scan for a key's uses finds all of them.
struct SealedForm: Equatable {
    static let version: UInt8 = 1
    /// With an empty value.
    static let shortest = 37

    let key: KeyID
    let box: ArraySlice<UInt8>

    /// Checks the form only: whether it is genuine shows when it is opened.
    init(_ bytes: [UInt8]) throws(AtRestError) {
        guard let version = bytes.first else { throw .truncated }
        guard version == SealedForm.version else { throw .unknownVersion(version) }
        guard bytes.count >= SealedForm.shortest, let key = KeyID(bytes: bytes.dropFirst().prefix(8)) else {
            throw .truncated
        }
        self.key = key
        box = bytes.dropFirst(9)
    }

    static func header(_ key: KeyID) -> [UInt8] {
        var bytes = [version]
        bytes.append(contentsOf: key.bytes)
        return bytes
    }
}
