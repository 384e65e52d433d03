import FoundationEssentials

/// An in-toto Statement v1 in a DSSE envelope, signed with Ed25519; whatever the statement says.
enum Envelope {
    static let payloadType = "application/vnd.in-toto+json"
    static let statementType = "https://in-toto.io/Statement/v1"

    /// The envelope as JSON.
    static func sealed(_ statement: JSONValue, by key: SigningKey) throws -> String {
        let payload = Array(statement.compact.utf8)
        let signature = try key.signature(preAuthentication(payload))
        return try SARIFDocument.pretty(
            .object([
                "payloadType": .string(payloadType), "payload": .string(Data(payload).base64EncodedString()),
                "signatures": .array([
                    .object(["keyid": .string(key.verifying.id), "sig": .string(signature.base64EncodedString())])
                ]),
            ]))
    }

    /// Whether something looks like an envelope; nothing is said of whose.
    static func isOne(_ value: JSONValue) -> Bool {
        value.members?["payloadType"] != nil && value.members?["payload"] != nil
    }

    /// The statement inside. The signature first: nothing of an unsigned payload is looked at.
    static func opened(
        _ envelope: [UInt8], by key: VerifyingKey, mostValues: Int = 100_000
    ) throws(Verification.Refusal) -> JSONValue {
        let value: JSONValue
        // A name that comes twice would be read differently by somebody else.
        do { value = try JSONReader.value(envelope, mostValues: 10_000, refusesRepeats: true) } catch {
            throw .malformed("\(error)")
        }
        guard value.at("/payloadType")?.string == payloadType else {
            throw .malformed("its payloadType isn't \(payloadType)")
        }
        guard let payload = value.at("/payload")?.string.flatMap(decoded) else {
            throw .malformed("its payload isn't base64")
        }
        try checkSignature(value, Array(payload), key)
        let statement: JSONValue
        do {
            statement = try JSONReader.value(Array(payload), mostValues: mostValues, refusesRepeats: true)
        } catch {
            throw .malformed("the statement: \(error)")
        }
        guard statement.at("/_type")?.string == statementType else { throw .malformed("no in-toto Statement v1") }
        return statement
    }

    private static func checkSignature(
        _ envelope: JSONValue, _ payload: [UInt8], _ key: VerifyingKey
    ) throws(Verification.Refusal) {
        let signatures = (envelope.at("/signatures")?.items ?? []).prefix(20)
        let signed = preAuthentication(payload)
        let valid = signatures.filter { entry in
            guard let bytes = entry.at("/sig")?.string.flatMap(decoded) else { return false }
            return key.isValid(bytes, of: signed)
        }
        // DSSE leaves the key's name unsigned; ours is the key's own digest, so another one was put there afterwards.
        if valid.contains(where: { $0.at("/keyid")?.string == key.id }) { return }
        guard valid.isEmpty else { throw .tampered }
        let names = signatures.compactMap { $0.at("/keyid")?.string }.map { visible($0, limit: 64) }
        throw names.contains(key.id) ? .tampered : .wrongKey(expected: key.id, found: names)
    }

    /// Base64 as it is written (RFC 4648, 3.5): no second spelling of the same bytes.
    private static func decoded(_ text: String) -> Data? {
        guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
        return data
    }

    /// DSSE v1: what is signed names its type and its lengths.
    static func preAuthentication(_ payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }
}
