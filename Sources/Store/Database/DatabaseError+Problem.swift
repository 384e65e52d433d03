public import Kernel

extension DatabaseError {
    /// What a person may see of it (RFC 9457): that it passes, or an incident; the detail stays in the log.
    public var problem: Problem {
        switch code {
        case .unavailable, .busy, .outcomeUnknown, .closed:
            Problem(
                "database.unavailable", status: 503, title: "The database can't be reached just now.", source: .edge,
                retryAfter: 2, cause: description)
        case .statementTimeout, .lockTimeout, .conflict:
            Problem(
                "database.busy", status: 503, title: "The database took too long.", source: .edge, retryAfter: 1,
                cause: description)
        case .diskFull, .readOnly:
            Problem(
                "database.not-writable", status: 503, title: "Nothing can be stored just now.", source: .edge,
                retryAfter: 30, cause: description)
        default:
            Problem(
                "database.failure", status: 500, title: "Something went wrong on our side.", source: .edge,
                cause: description)
        }
    }
}
