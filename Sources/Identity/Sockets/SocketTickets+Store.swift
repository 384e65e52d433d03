import Kernel
import Store
import Web

/// Whom a socket belongs to: the session, API key or family of tokens that opened it.
struct SocketHolder: Sendable, Equatable {
    let kind: SignedIn.Credential
    /// What the session or API key is kept under; the id of a family of tokens.
    let key: String
    let account: String
    /// When the access token runs out by which it was opened; nil for what lives in the database alone.
    let until: Timestamp?
}

/// Tickets that open one WebSocket each, within thirty seconds.
struct SocketTicketStore: Sendable {
    static let span: Duration = .seconds(30)

    func insert(_ hash: String, _ holder: SocketHolder, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO socket_tickets (secret_hash, kind, holder, account, holds_until, expires_at)
            VALUES (\(hash), \(holder.kind.rawValue), \(holder.key), \(holder.account), \(holder.until),
                \(now.advanced(by: SocketTicketStore.span)))
            """)
    }

    /// Exactly one of any number of callers gets the holder; nil for all others, and once it has run out.
    func take(_ hash: String, at now: Timestamp, in db: Transaction) throws -> SocketHolder? {
        guard
            let row = try db.row(
                """
                DELETE FROM socket_tickets WHERE secret_hash = \(hash) AND expires_at > \(now)
                RETURNING kind, holder, account, holds_until
                """)
        else { return nil }
        guard let kind = SignedIn.Credential(rawValue: try row["kind"]) else { return nil }
        return SocketHolder(
            kind: kind, key: try row["holder"], account: try row["account"], until: try row["holds_until"])
    }

    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM socket_tickets WHERE expires_at < \(now)")
    }
}
