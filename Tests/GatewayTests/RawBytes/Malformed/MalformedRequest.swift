import Testing

/// One row: exact bytes from a stranger and what must come of them.
struct MalformedRequest: Sendable, CustomTestStringConvertible {
    /// What of the attack the app may have seen by the time it is refused.
    enum Forwarding: Sendable {
        /// Not a byte of it.
        case never
        /// Its head was sound, so it was on its way; the app never gets a whole request out of it.
        case neverWhole
    }
    /// What becomes of the connection that it came on.
    enum Connection: Sendable {
        /// Where its end is, is in doubt: nothing that follows on this connection is read.
        case closes
        /// Its end is clear: what follows is served, or the connection is closed, but nothing in between.
        case mayGoOn
    }

    let name: String
    let bytes: [UInt8]
    /// The status that it is refused with; 0 where the connection is closed without an answer, because nobody waits for it.
    let status: Int
    var forwarding = Forwarding.never
    var connection = Connection.closes
    /// Refused in every mode, because two parsers could read it in two ways.
    var isAmbiguous = true
    /// Nothing follows and the client's side is closed: the request is cut off.
    var isCutOff = false

    var testDescription: String { name }

    init(
        _ name: String, _ text: String, _ status: Int, _ connection: Connection = .closes,
        forwarding: Forwarding = .never, isAmbiguous: Bool = true, isCutOff: Bool = false
    ) {
        self.init(
            name, Array(text.utf8), status, connection, forwarding: forwarding, isAmbiguous: isAmbiguous,
            isCutOff: isCutOff)
    }

    init(
        _ name: String, _ bytes: [UInt8], _ status: Int, _ connection: Connection = .closes,
        forwarding: Forwarding = .never, isAmbiguous: Bool = true, isCutOff: Bool = false
    ) {
        self.name = name
        self.bytes = bytes
        self.status = status
        self.connection = connection
        self.forwarding = forwarding
        self.isAmbiguous = isAmbiguous
        self.isCutOff = isCutOff
    }

    /// A request whose header lines are `lines` after a sound request line and `Host`.
    static func with(
        _ name: String, _ lines: String, body: String = "", method: String = "POST", version: String = "1.1",
        status: Int = 400, _ connection: Connection = .closes
    ) -> MalformedRequest {
        MalformedRequest(
            name, "\(method) /evil HTTP/\(version)\r\nHost: 127.0.0.1\r\n\(lines)\r\n\r\n\(body)", status, connection)
    }

    /// A `GET` of this target, everything else being sound.
    static func target(_ target: String, _ status: Int = 400, _ connection: Connection = .mayGoOn) -> MalformedRequest {
        MalformedRequest(
            "target \(target.prefix(60))", "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", status, connection)
    }

    /// A sound head with a chunked body that isn't.
    static func chunked(_ name: String, _ body: String, isCutOff: Bool = false) -> MalformedRequest {
        MalformedRequest(
            name, "POST /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n\(body)",
            isCutOff ? 0 : 400,
            forwarding: .neverWhole, isCutOff: isCutOff)
    }
}

/// All rows. A new way to smuggle is a new row.
enum MalformedRequests {
    static let all: [MalformedRequest] =
        lengths + transferEncodings + chunks + headerLines + requestLines + methods + targets + hosts + sizes + upgrades
        + foreignProtocols
}
