import FoundationEssentials
import Kernel
import Store

/// What of a mail is personal, or opens an account: whom it goes to and what it says. One value, sealed as one.
struct MailContents: Codable, Sendable, Equatable {
    var recipient: String
    var name: String?
    var subject: String
    var text: String
    var html: String
    var unsubscribe: String?

    init(_ mail: MailMessage, _ rendered: RenderedMail) {
        recipient = "\(mail.to)"
        name = rendered.name
        subject = rendered.subject
        text = rendered.text
        html = rendered.html
        unsubscribe = rendered.unsubscribe
    }

    /// Of a row that was written before mails were sealed.
    init(plain row: Row) throws {
        recipient = try row["recipient"]
        name = try row["recipient_name"]
        subject = try row["subject"]
        text = try row["body_text"]
        html = try row["body_html"]
        unsubscribe = try row["unsubscribe"]
    }

    var rendered: RenderedMail {
        RenderedMail(subject: subject, text: text, html: html, name: name, unsubscribe: unsubscribe)
    }
}

extension MailContents: Sealable {
    var sealableBytes: [UInt8] {
        // Strings alone: there is nothing in it that can't be encoded.
        (try? JSONEncoder().encode(self)).map { Array($0) } ?? []
    }

    init?(sealableBytes bytes: [UInt8]) {
        guard let contents = try? JSONDecoder().decode(MailContents.self, from: Data(bytes)) else { return nil }
        self = contents
    }
}

extension Outbox {
    /// Where mails' contents stand, encrypted: one-time links wait there, and addresses.
    public static let sealedColumn = SealedColumn(table: "emails", column: "sealed")

    /// The columns that `contents` reads.
    static let contentColumns: SQL =
        "sealed, recipient, recipient_name, subject, body_text, body_html, unsubscribe"

    func seal(_ contents: MailContents, _ id: UniqueID, in db: Transaction) throws -> Sealed<MailContents> {
        try sealer.seal(contents, at: Outbox.sealedColumn, row: id.rawValue, in: db)
    }

    /// - Throws: `AtRestError` for what was changed or moved, or whose key is gone.
    func contents(of row: Row, _ id: UniqueID, in db: ReadTransaction) throws -> MailContents {
        let sealed: Sealed<MailContents>? = try row["sealed"]
        guard let sealed else { return try MailContents(plain: row) }
        return try sealer.open(sealed, at: Outbox.sealedColumn, row: id.rawValue, in: db)
    }

    /// Seals mails that an earlier version of the program wrote in the clear: a portion of them, beside whatever runs.
    ///
    /// - Returns: how many.
    func sealPlain(in db: Transaction) throws -> Int {
        let rows = try db.claimedRows(
            """
            SELECT id, \(Outbox.contentColumns) FROM emails WHERE sealed IS NULL AND purged_at IS NULL
            ORDER BY id LIMIT 100
            """)
        for row in rows {
            let id = UniqueID(rawValue: try row["id"])
            let sealed = try seal(try MailContents(plain: row), id, in: db)
            try db.execute(
                """
                UPDATE emails SET sealed = \(sealed), recipient = '', recipient_name = NULL, subject = '', body_text = '',
                    body_html = '', unsubscribe = NULL WHERE id = \(id.rawValue)
                """)
        }
        return rows.count
    }
}
