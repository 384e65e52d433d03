/// What people decided (`launch.json`), signed in the same envelope as a check's verdict: who signs vouches for the export,
/// so that whoever hands it to `check` can't have changed it.
public struct SignedLaunch: Sendable, Equatable {
    public static let predicateType = "https://seaworthy.example/attestation/launch/v1"

    public var file: LaunchFile
    /// ISO 8601, UTC.
    public var issuedAt: String
    public var expiresAt: String

    /// Wraps and signs. `issuedAt` in seconds since 1970, `validFor` in seconds.
    public static func sealed(_ file: LaunchFile, by key: SigningKey, issuedAt: Int64, validFor: Int64) throws -> String
    {
        let content = try JSONReader.value(Array(file.json().utf8))
        let target = file.target ?? "none"
        return try Envelope.sealed(
            .object([
                "_type": .string(Envelope.statementType),
                "subject": .array([
                    .object(["name": .string(target), "digest": .object(["sha256": .string(sha256(target.utf8))])])
                ]),
                "predicateType": .string(predicateType),
                "predicate": .object([
                    "launch": content, "issuedAt": .string(LaunchStatement.time(issuedAt)),
                    "expiresAt": .string(LaunchStatement.time(issuedAt &+ validFor)),
                ]),
            ]), by: key)
    }

    /// For a terminal.
    public var text: String {
        var lines = [
            "Verified  what people decided, as it was exported",
            "Target    \(visible(file.target ?? "none", limit: 200))",
            "Counts    from \(visible(issuedAt, limit: 30)) until \(visible(expiresAt, limit: 30))",
        ]
        for rate in file.figures { lines.append("Figure    \(visible(rate.figure, limit: 40)) \(rate.value)") }
        for signature in file.signatures.prefix(50) {
            let role = signature.role.map { " (\($0))" } ?? ""
            lines.append(
                "Signed    \(visible("\(signature.item) by \(signature.by)\(role), until \(signature.expires)", limit: 200))"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Verification {
    /// nil where the envelope holds another kind of statement.
    public func launch(_ envelope: [UInt8]) throws(Refusal) -> SignedLaunch? {
        let statement = try Envelope.opened(envelope, by: key, mostValues: 8_000_000)
        guard statement.at("/predicateType")?.string == SignedLaunch.predicateType else { return nil }
        if level != nil || policy != nil || report != nil || commit != nil || subject != nil {
            throw .mismatch(what: "kind of statement", wanted: "the verdict of a check", found: "what people decided")
        }
        let body = statement.at("/predicate")
        guard let issued = body?.at("/issuedAt")?.string, let expires = body?.at("/expiresAt")?.string,
            let content = body?.at("/launch")
        else { throw .malformed("its times or its content is missing") }
        try inTime(from: issued, until: expires)
        let file: LaunchFile
        do throws(LaunchFile.Refusal) { file = try LaunchFile(json: Array(content.compact.utf8)) } catch {
            throw .malformed("what it holds \(error)")
        }
        if let target, target != file.target {
            throw .mismatch(what: "target", wanted: target, found: file.target ?? "none")
        }
        return SignedLaunch(file: file, issuedAt: issued, expiresAt: expires)
    }
}

extension LaunchFile {
    /// A launch file as it lies there: plain, or signed. Where a key is given, only what is signed by it is taken; what is
    /// signed is never taken without one, because nobody would have looked at the signature.
    public init(json bytes: [UInt8], signedBy key: VerifyingKey?, now: Int64) throws(Refusal) {
        guard bytes.count <= 2 * Self.largest else { throw Refusal(description: "is larger than any launch file") }
        let isSealed = (try? JSONReader.value(bytes)).map(Envelope.isOne) ?? false
        guard let key else {
            if isSealed {
                throw Refusal(description: "is signed: say whose signature counts, by --launch-key or `launch-key`")
            }
            self = try LaunchFile(json: bytes)
            return
        }
        guard isSealed else {
            throw Refusal(description: "isn't signed, and a key is given: export it with --sign-key")
        }
        do throws(Verification.Refusal) {
            guard let signed = try Verification(key: key, now: now).launch(bytes) else {
                throw Verification.Refusal.malformed("it is the verdict of a check, not what people decided")
            }
            self = signed.file
        } catch { throw Refusal(description: "\(error)") }
    }
}
