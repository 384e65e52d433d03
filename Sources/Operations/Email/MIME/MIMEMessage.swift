public import Kernel

/// A mail as it goes over the wire: text and HTML of the same content (RFC 5322, RFC 2045–2047, RFC 2046 §5.1.4).
///
/// The whole is ASCII with lines of at most 78 bytes, so that no server has to convert it and no signature breaks.
public struct MIMEMessage: Sendable, Equatable {
    /// What can't stand in a mail. Nothing is altered silently.
    public struct Invalid: Error, Equatable, CustomStringConvertible {
        public let field: String
        public var description: String { "\(field) has a control character, a line break or is too long" }
    }

    public var from: Mailbox
    public var to: Mailbox
    public var replyTo: MailAddress?
    public var subject: String
    public var date: Timestamp
    /// Without angle brackets: `id@domain`. Stays the same for every try.
    public var messageID: String
    public var text: String
    public var html: String
    /// Where one stops mails of this kind (RFC 2369 §3.2).
    public var unsubscribe: String?

    public init(
        from: Mailbox, to: Mailbox, subject: String, date: Timestamp, messageID: String, text: String, html: String
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.text = text
        self.html = html
    }

    /// The bytes, with CRLF line ends and without the dot that ends SMTP's DATA.
    public func bytes() throws(Invalid) -> [UInt8] {
        try check()
        // `=_` can't occur in quoted-printable text, so no part can hold the boundary.
        let boundary =
            "=_seaworthy_\(messageID.utf8.filter { $0.isASCIIDigit || $0.isASCIILetter }.prefix(40).map { String(UnicodeScalar($0)) }.joined())"
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + html.utf8.count * 5 / 4 + 2048)
        output += head(boundary).utf8
        for (type, content) in [("text/plain", text), ("text/html", html)] {
            output += "\r\n--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\n".utf8
            output += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
            QuotedPrintable.encode(content, into: &output)
        }
        output += "\r\n--\(boundary)--\r\n".utf8
        return output
    }

    private func head(_ boundary: String) -> String {
        var head = HeaderField.structured("Date", [MailDate.text(date)])
        head += HeaderField.mailbox("From", from)
        if let replyTo { head += HeaderField.structured("Reply-To", ["\(replyTo)"]) }
        head += HeaderField.mailbox("To", to)
        head += HeaderField.text("Subject", subject)
        head += HeaderField.structured("Message-ID", ["<\(messageID)>"])
        if let unsubscribe { head += HeaderField.structured("List-Unsubscribe", ["<\(unsubscribe)>"]) }
        // RFC 3834 §5: out-of-office answers are not sent to us.
        head += "Auto-Submitted: auto-generated\r\n"
        head += "MIME-Version: 1.0\r\n"
        head += HeaderField.structured("Content-Type", ["multipart/alternative;", "boundary=\"\(boundary)\""])
        return head
    }

    private func check() throws(Invalid) {
        for (name, value, limit) in [
            ("subject", subject, 300), ("from", from.name ?? "", 100), ("to", to.name ?? "", 100),
        ] {
            guard value.utf8.count <= limit * 4, value.unicodeScalars.count <= limit, LineText.isSafe(value) else {
                throw Invalid(field: name)
            }
        }
        for (name, value) in [("message-id", messageID), ("unsubscribe", unsubscribe ?? "")] {
            // An unbroken line of more than 998 bytes is not allowed (RFC 5322 §2.1.1).
            guard value.utf8.count <= 960, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E })
            else { throw Invalid(field: name) }
        }
        for (name, value) in [("text", text), ("html", html)] {
            let isSafe = value.unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\n" || scalar == "\t" || scalar == "\r"
            }
            guard isSafe else { throw Invalid(field: name) }
        }
    }
}
