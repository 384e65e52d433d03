import CPq

extension DatabaseError {
    /// SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html) as our code.
    init(result: OpaquePointer?, state: String?, connection: OpaquePointer) {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result, CInt($0)) }.map { String(cString: $0) }
        }
        guard let state, PQstatus(connection) == CONNECTION_OK || !state.isEmpty else {
            self.init(.unavailable, "the connection broke")
            return
        }
        // The primary message alone: the detail line repeats values of the row.
        let message = "\(field("M") ?? "no message") (SQLSTATE \(state))"
        let code = DatabaseError.code(ofState: state, message: message)
        self.init(code, message, constraint: field("n") ?? field("c") ?? field("t"))
    }

    static func code(ofState state: String, message: String) -> Code {
        switch state {
        case "23505": .uniqueViolation
        case "23503": .foreignKeyViolation
        case "23502": .notNullViolation
        case "23514", "23000", "23001", "23P01": .checkViolation
        case "P0001" where message.hasPrefix("append-only"): .appendOnly
        case "40001", "40P01": .conflict
        // A plan that a schema change made stale, or a prepared statement that the server forgot.
        case "0A000" where message.contains("cached plan"), "26000": .conflict
        case "55P03": .lockTimeout
        case "57014": .statementTimeout
        case "53100": .diskFull
        case "25006": .readOnly
        case "28P01", "28000": .authentication
        case "42501": .permission
        case "3D000": .configuration
        case "XX001", "XX002": .corrupt
        case _ where breaksConnection(state): .unavailable
        case _ where state.hasPrefix("53"): .busy
        case _ where state.hasPrefix("22"): .value
        case _ where state.hasPrefix("42"): .statement
        default: .other
        }
    }

    /// Whether nobody should use the connection again: it is gone, ends, or holds stale plans.
    static func breaksConnection(_ state: String) -> Bool {
        state.hasPrefix("08") || state.hasPrefix("57P0") || state == "25P03" || state == "0A000" || state == "26000"
    }

    /// Why a connection couldn't be made. libpq gives text only; it holds no password.
    init(connecting handle: OpaquePointer, address: PostgresAddress) {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let line = text.split(separator: "\n").first.map(String.init) ?? "no reason given"
        let code: Code
        if line.contains("authentication failed") || line.contains("no password supplied")
            || line.contains("no pg_hba.conf entry") || (line.contains("role") && line.contains("does not exist"))
        {
            code = .authentication
        } else if line.contains("certificate") || line.contains("SSL") {
            code = .authentication
        } else if line.contains("database") && line.contains("does not exist") {
            code = .configuration
        } else if line.contains("permission denied") {
            code = .permission
        } else {
            code = .unavailable
        }
        self.init(code, "\(address.description): \(line)")
    }
}
