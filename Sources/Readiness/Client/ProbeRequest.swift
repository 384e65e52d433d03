/// A request exactly as it will leave: nothing is added, normalised or repaired except what the properties say.
struct ProbeRequest: Sendable, Hashable {
    /// How the body travels.
    enum Body: Sendable, Hashable {
        case none
        case bytes([UInt8])
        /// `prefix` and then `count` bytes of filler, framed by a true Content-Length or by chunks. A pause before the
        /// end lets an early refusal arrive.
        case filler(prefix: [UInt8], count: Int, chunked: Bool)
    }

    var method: String
    /// The request target, byte for byte; it may be no valid target at all.
    var target: [UInt8]
    var fields: [HeaderField]
    var body: Body
    /// Another Host than the one connected to; nil sends the true one.
    var host: String?
    /// A frame around the body in addition to what `body` implies is never sent; probes that lie put it in `fields`.
    var framesBody: Bool

    init(
        _ method: String, _ target: String, fields: [(String, String)] = [], body: Body = .none, host: String? = nil,
        framesBody: Bool = true
    ) {
        self.method = method
        self.target = Array(target.utf8)
        self.fields = fields.map { HeaderField(name: $0.0, value: $0.1) }
        self.body = body
        self.host = host
        self.framesBody = framesBody
    }

    var targetText: String { text(of: target) }

    /// The same request with one more field at its end.
    func adding(_ name: String, _ value: String) -> ProbeRequest {
        var copy = self
        copy.fields.append(HeaderField(name: name, value: value))
        return copy
    }

    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    static func get(_ target: String, _ fields: [(String, String)] = []) -> ProbeRequest {
        ProbeRequest("GET", target, fields: fields)
    }

    static func json(_ method: String, _ target: String, _ value: JSONValue) -> ProbeRequest {
        ProbeRequest(
            method, target, fields: [("Content-Type", "application/json")], body: .bytes(Array(value.compact.utf8)))
    }

    static func form(_ method: String, _ target: String, _ fields: [(String, String)]) -> ProbeRequest {
        let line = fields.map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }.joined(separator: "&")
        return ProbeRequest(
            method, target, fields: [("Content-Type", "application/x-www-form-urlencoded")],
            body: .bytes(Array(line.utf8)))
    }

    /// Head bytes as sent to `site`.
    func head(for site: SiteURL) -> [UInt8] {
        var lines: [UInt8] = Array(method.utf8) + [0x20] + target + Array(" HTTP/1.1\r\n".utf8)
        func add(_ name: String, _ value: String) { lines += Array("\(name): \(value)\r\n".utf8) }
        add("Host", host ?? site.authority)
        for field in fields { add(field.name, field.value) }
        if field("User-Agent") == nil { add("User-Agent", "seaworthy-check") }
        if field("Accept") == nil { add("Accept", "*/*") }
        if framesBody {
            switch body {
            case .none:
                if ["POST", "PUT", "PATCH"].contains(method) { add("Content-Length", "0") }
            case .bytes(let bytes): add("Content-Length", String(bytes.count))
            case .filler(let prefix, let count, let chunked):
                if chunked {
                    add("Transfer-Encoding", "chunked")
                } else {
                    add("Content-Length", String(prefix.count &+ count))
                }
            }
        }
        add("Connection", "close")
        return lines + [0x0D, 0x0A]
    }
}

/// A value as `application/x-www-form-urlencoded` writes it.
func formEncoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.unicodeScalars.append(.init(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            out += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
    }
    return out
}
