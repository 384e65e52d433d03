internal import Kernel
internal import Web

/// Which responses are compressed.
struct CompressionRule: Sendable, Equatable {
    /// Bytes below which a response of known length stays as it is.
    let minimum: Int
    /// Responses with a strong validator may be changed, and then carry a weak one.
    let weakensETags: Bool

    /// What the head of a response says that matters here.
    struct Facts: Sendable, Equatable {
        var type: String?
        var length: Int?
        var etag: String?
        /// Encoded already, part of a whole, or bound to its bytes by the app's word or a digest.
        var isBound = false

        init(_ fields: FieldList) {
            type = fields.first(.contentType)
            length = fields.first(.contentLength).flatMap { Int($0) }
            etag = fields.first(.etag)
            isBound =
                fields.has(anyOf: Facts.bindings)
                || fields.has(.cacheControl) && fields.values(.cacheControl).contains(where: Facts.forbidsTransforming)
                || fields.has(.contentEncoding)
                    && fields.values(.contentEncoding).contains { !$0.isEqualIgnoringCase(to: "identity") }
        }

        private static let bindings = FieldSet(.digest, .contentMD5, .reprDigest, .contentDigest, .contentRange)

        private static func forbidsTransforming(_ value: String) -> Bool {
            guard value.utf8.count >= 12 else { return false }
            return value.listMembers.contains { $0.isEqualIgnoringCase(to: "no-transform") }
        }
    }

    /// Statuses whose body stands for itself (RFC 9110): neither none nor a part of one.
    static func mayHaveBody(_ status: UInt) -> Bool {
        switch status {
        case 204, 205, 206, 304: false
        default: status >= 200
        }
    }

    /// Whether the declared length is below the minimum.
    func isTooShort(_ fields: borrowing FieldList) -> Bool {
        guard let length = fields.withFirst(.contentLength, { ASCIIText.decimal($0) }) ?? nil else { return false }
        return length < minimum
    }

    /// Whether some client gets this response compressed: then it varies by `Accept-Encoding` for all.
    func applies(to facts: Facts) -> Bool {
        guard !facts.isBound, let type = facts.type, CompressibleType.matches(type) else { return false }
        if let length = facts.length, length < minimum { return false }
        return weakensETags || facts.etag.map { !CompressionRule.isStrong($0) } ?? true
    }

    /// `"abc"`, as opposed to `W/"abc"` (RFC 9110 §8.8.3).
    static func isStrong(_ etag: String) -> Bool { etag.utf8.first == 0x22 }
}
