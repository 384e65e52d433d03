import GRDB

extension DatabaseError {
    /// SQLite's result codes (https://www.sqlite.org/rescode.html) as ours; our own errors pass through.
    init(sqlite error: any Error, path: String?) {
        if let error = error as? DatabaseError {
            self = error
            return
        }
        guard let error = error as? GRDB.DatabaseError else {
            self.init(.other, "\(type(of: error))")
            return
        }
        let message = error.message ?? "\(error.resultCode)"
        let place = path.map { "\($0): \(message)" } ?? message
        switch error.resultCode {
        case .SQLITE_CONSTRAINT: self = DatabaseError.constraint(error, message)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.lockTimeout, place)
        case .SQLITE_INTERRUPT: self.init(.statementTimeout, place)
        case .SQLITE_FULL: self.init(.diskFull, place)
        case .SQLITE_READONLY: self.init(.readOnly, place)
        case .SQLITE_PERM, .SQLITE_AUTH: self.init(.permission, place)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.corrupt, place)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PROTOCOL: self.init(.unavailable, place)
        case .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE: self.init(.value, place)
        case .SQLITE_ERROR: self.init(.statement, place)
        default: self.init(.other, place)
        }
    }

    private static func constraint(_ error: GRDB.DatabaseError, _ message: String) -> DatabaseError {
        // “UNIQUE constraint failed: accounts.email”
        let name = message.split(separator: ": ", maxSplits: 1).dropFirst().first.map(String.init)
        return switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
            DatabaseError(.uniqueViolation, message, constraint: name)
        case .SQLITE_CONSTRAINT_FOREIGNKEY: DatabaseError(.foreignKeyViolation, message, constraint: name)
        case .SQLITE_CONSTRAINT_NOTNULL: DatabaseError(.notNullViolation, message, constraint: name)
        case .SQLITE_CONSTRAINT_TRIGGER where message.hasPrefix("append-only"):
            DatabaseError(.appendOnly, message, constraint: name)
        default: DatabaseError(.checkViolation, message, constraint: name)
        }
    }
}
