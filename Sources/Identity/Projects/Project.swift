public import Kernel
import Store

/// A project: what people share, and outsiders don't see.
public struct Project: Sendable, Equatable {
    public enum Status: String, Sendable, SQLConvertible {
        case active
        /// Nobody gets at it through the gateway until it is restored.
        case archived
        /// Only the slug is left, so that nobody gets an address that was somebody else's.
        case deleted
    }

    public let id: String
    /// What stands in addresses: it never changes, and is never given twice.
    public let slug: String
    public let name: String
    public let status: Status
    public let createdAt: Timestamp

    /// Whether a text can be a slug: 2 to 60 small letters, digits and single hyphens between them.
    public static func isSlug(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard (2...60).contains(bytes.count) else { return false }
        var previous: UInt8 = 0x2D
        for byte in bytes {
            guard (0x61...0x7A).contains(byte) || byte.isASCIIDigit || (byte == 0x2D && previous != 0x2D) else {
                return false
            }
            previous = byte
        }
        return previous != 0x2D
    }

    /// A slug that nobody can guess from the name, nor learn another project's from: the name's letters, and forty random bits.
    static func slug(for name: String, random: any RandomSource) -> String {
        var base: [UInt8] = []
        for byte in name.lowercased().utf8.prefix(200) where base.count < 40 {
            if (0x61...0x7A).contains(byte) || byte.isASCIIDigit {
                base.append(byte)
            } else if let last = base.last, last != 0x2D {
                base.append(0x2D)
            }
        }
        if base.last == 0x2D { base.removeLast() }
        if base.isEmpty { base = Array("project".utf8) }
        // Crockford's digits without vowels that make words.
        let digits = Array("0123456789bcdfghjkmnpqrstvwxyzae".utf8)
        var bits = random.next()
        let tail = (0..<8).map { _ -> UInt8 in
            defer { bits >>= 5 }
            return digits[Int(bits & 31)]
        }
        return String(decoding: base + [0x2D] + tail, as: UTF8.self)
    }
}

/// Somebody's place in a project.
public struct ProjectMember: Sendable, Equatable {
    public let account: String
    public let email: String
    public let role: String
    public let addedAt: Timestamp
}

/// An invitation that nobody has answered yet.
public struct ProjectInvitation: Sendable, Equatable {
    public let id: String
    /// The project's id.
    public let project: String
    public let slug: String
    public let projectName: String
    public let email: String
    public let role: String
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
}
