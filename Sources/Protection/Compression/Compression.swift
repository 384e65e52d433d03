internal import Kernel
internal import NIOHTTP1

/// Which responses are compressed.
struct CompressionRule: Sendable, Equatable {
    /// Bytes below which a response of known length stays as it is.
    let minimum: Int
    /// Responses with a strong validator may be changed, and then carry a weak one.
    let weakensETags: Bool

    /// What the head of a response says that matters here: one pass over it.
    struct Facts: Sendable, Equatable {
        var type: String?
        var length: Int?
        var etag: String?
        var hasVary = false
        /// Encoded already, part of a whole, or bound to its bytes by the app's word or a digest.
        var isBound = false

        init(_ headers: HTTPHeaders) {
            for (name, value) in headers { note(name, value) }
        }

        private mutating func note(_ name: String, _ value: String) {
            switch name.utf8.count {
            case 4: if name.isEqualIgnoringCase(to: "etag") { etag = value }
            case 6: if name.isEqualIgnoringCase(to: "digest") { isBound = true }
            case 11:
                if name.isEqualIgnoringCase(to: "content-md5") || name.isEqualIgnoringCase(to: "repr-digest") {
                    isBound = true
                }
            case 12: if name.isEqualIgnoringCase(to: "content-type") { type = value }
            case 13:
                if name.isEqualIgnoringCase(to: "content-range") { isBound = true }
                if name.isEqualIgnoringCase(to: "cache-control"), Facts.forbidsTransforming(value) { isBound = true }
            case 14:
                if name.isEqualIgnoringCase(to: "content-length") { length = Int(value) }
                if name.isEqualIgnoringCase(to: "content-digest") { isBound = true }
            case 16:
                if name.isEqualIgnoringCase(to: "content-encoding"), !value.isEqualIgnoringCase(to: "identity") {
                    isBound = true
                }
            default: break
            }
        }

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

    /// Whether some client gets this response compressed: then it varies by `Accept-Encoding` for all.
    func applies(to facts: Facts) -> Bool {
        guard !facts.isBound, let type = facts.type, CompressibleType.matches(type) else { return false }
        if let length = facts.length, length < minimum { return false }
        return weakensETags || facts.etag.map { !CompressionRule.isStrong($0) } ?? true
    }

    /// `"abc"`, as opposed to `W/"abc"` (RFC 9110 §8.8.3).
    static func isStrong(_ etag: String) -> Bool { etag.utf8.first == 0x22 }
}
