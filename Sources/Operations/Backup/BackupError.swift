/// What went wrong with a backup or a restore: a stable code for decisions, a detail that says what to do about it.
public struct BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// No backup of ours at all.
        public static let foreign = Code(rawValue: "foreign")
        /// Made by a program that is newer than this one, or whose schema this one doesn't know.
        public static let newer = Code(rawValue: "newer")
        /// The passphrase or private key isn't the one that it was made for.
        public static let key = Code(rawValue: "key")
        /// Bytes were changed, moved or added.
        public static let damaged = Code(rawValue: "damaged")
        /// It ends too early.
        public static let truncated = Code(rawValue: "truncated")
        /// What it holds doesn't fit into this program's schema.
        public static let schema = Code(rawValue: "schema")
        /// The database to restore into has content, and nobody said to replace it.
        public static let notEmpty = Code(rawValue: "not-empty")
        /// A setting is missing or wrong.
        public static let configuration = Code(rawValue: "configuration")
        /// No room where it is to be written.
        public static let diskFull = Code(rawValue: "disk-full")
        /// The destination refuses us.
        public static let refused = Code(rawValue: "refused")
        /// There is no such backup, folder or bucket.
        public static let missing = Code(rawValue: "missing")
        /// The destination can't be reached just now.
        public static let unavailable = Code(rawValue: "unavailable")
        /// What is to be made is there already, or has no place.
        public static let cannotCreate = Code(rawValue: "cannot-create")
        /// A file can't be read or written.
        public static let file = Code(rawValue: "file")
    }

    public let code: Code
    /// For people; free of secrets.
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail }

    /// Whether a later try may succeed without anybody doing anything.
    public var isRetryable: Bool { code == .unavailable || code == .diskFull || code == .file }
}
