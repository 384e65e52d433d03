import Store

/// Why there is no database to start with: what, where, and what to do about it. Holds no password.
public struct DatabaseFailure: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// It isn't there just now.
        case unavailable
        /// User, password, certificate or file rights.
        case notPermitted
        /// The address, or a database that isn't this program's.
        case configuration
        /// No database, or a damaged one.
        case corrupt
        /// No room or no place for a file.
        case cannotCreate
    }

    public let reason: Reason
    public let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    private static func verb(_ code: DatabaseError.Code) -> String {
        switch code {
        case .schema: "doesn't fit: "
        case .configuration: "can't be opened: "
        default: ""
        }
    }

    init(_ error: DatabaseError, at place: String) {
        // The drivers put the place before their words; ours stands first.
        let detail =
            error.detail.hasPrefix(place + ": ") ? String(error.detail.dropFirst(place.count + 2)) : error.detail
        let (reason, text): (Reason, String) =
            switch error.code {
            case .unavailable:
                (.unavailable, "can't be reached: \(detail). Is it running, and is the address right?")
            case .authentication where detail.contains("certificate") || detail.contains("SSL"):
                (
                    .notPermitted,
                    "can't be trusted: \(detail). Its certificate must be valid today, name this host and be signed by an authority in sslrootcert=FILE"
                )
            case .authentication:
                (.notPermitted, "doesn't let us in: \(detail). SEAWORTHY_DATABASE_FILE names a file with the address")
            case .permission: (.notPermitted, "doesn't permit that: \(detail)")
            case .readOnly: (.notPermitted, "can only be read: \(detail). File and directory must be writable")
            case .corrupt:
                (.corrupt, "is no SQLite database, or a damaged one: \(detail). It was left as it is; restore a backup")
            case .diskFull: (.cannotCreate, "has no space left: \(detail)")
            case .configuration, .schema: (.configuration, detail)
            case .lockTimeout, .busy, .statementTimeout:
                (.unavailable, "is held by somebody else: \(detail)")
            default: (.unavailable, detail)
            }
        self.init(
            reason,
            "the database \(place) \(DatabaseFailure.verb(error.code))\(text)"
        )
    }
}
