import NIOHTTP1

/// What one pass over a response's fields finds: what may pass on, and what it says about the connection.
struct ResponseFields {
    /// Without hop-by-hop fields (RFC 9110 §7.6.1).
    private(set) var passing: HTTPHeaders
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    private(set) var namesUpgrade = false
    private(set) var hasUpgrade = false
    /// A transfer coding besides `chunked`: it can't be passed on and must not be dropped.
    private(set) var hasUnknownCoding = false
    private(set) var isChunked = false
    /// Seconds of `Keep-Alive: timeout=`.
    private(set) var keepAliveSeconds: Int?
    /// Fields whose value wasn't UTF-8 (the decoder left U+FFFD in them).
    private(set) var dropped = 0

    init(_ headers: HTTPHeaders) {
        passing = headers
        var named: [Substring] = []
        var removes = false
        for (name, value) in headers {
            switch FieldRole(name) {
            case .endToEnd:
                if value.hasReplacementCharacter {
                    dropped &+= 1
                    removes = true
                }
                continue
            case .connection: connection(value, &named)
            case .keepAlive: keepAliveSeconds = ResponseFields.timeout(value)
            case .transferEncoding:
                isChunked = true
                if !String(value[...].trimmingSpaces).isField("chunked") { hasUnknownCoding = true }
            case .upgrade: hasUpgrade = true
            case .other: break
            }
            removes = true
        }
        if removes { keepOnly(headers, named) }
    }

    private mutating func connection(_ value: String, _ named: inout [Substring]) {
        for part in value.split(separator: ",") {
            let token = part.trimmingSpaces
            let name = String(token)
            if name.isField("close") {
                saysClose = true
            } else if name.isField("keep-alive") {
                saysKeepAlive = true
            } else if name.isField("upgrade") {
                namesUpgrade = true
            } else if !token.isEmpty, named.count < 16 {
                named.append(token)
            }
        }
    }

    private mutating func keepOnly(_ headers: HTTPHeaders, _ named: [Substring]) {
        var kept: [(String, String)] = []
        kept.reserveCapacity(headers.count)
        for (name, value) in headers
        where FieldRole(name) == .endToEnd && (dropped == 0 || !value.hasReplacementCharacter) {
            if !named.isEmpty, named.contains(where: { $0.lowercased() == name.lowercased() }),
                !name.isField("content-length")
            {
                continue
            }
            kept.append((name, value))
        }
        passing = HTTPHeaders(kept)
    }

    private static func timeout(_ value: String) -> Int? {
        for part in value.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard let key = pair.first?.trimmingSpaces, let number = pair.last?.trimmingSpaces, pair.count == 2 else {
                continue
            }
            if String(key).isField("timeout") { return Int(number).map { max(0, min($0, 86_400)) } }
        }
        return nil
    }
}

private enum FieldRole {
    case endToEnd, connection, keepAlive, transferEncoding, upgrade, other

    init(_ name: String) {
        switch name.utf8.count {
        case 2: self = name.isField("te") ? .other : .endToEnd
        case 7: self = name.isField("upgrade") ? .upgrade : .endToEnd
        case 10:
            self = name.isField("connection") ? .connection : name.isField("keep-alive") ? .keepAlive : .endToEnd
        case 16: self = name.isField("proxy-connection") ? .other : .endToEnd
        case 17: self = name.isField("transfer-encoding") ? .transferEncoding : .endToEnd
        case 18: self = name.isField("proxy-authenticate") ? .other : .endToEnd
        case 25: self = name.isField("proxy-authentication-info") ? .other : .endToEnd
        default: self = .endToEnd
        }
    }
}

extension String {
    /// Whether the decoder met bytes that weren't UTF-8. Text that is all ASCII, as nearly all is, is told at once.
    fileprivate var hasReplacementCharacter: Bool {
        var high: UInt8 = 0
        for byte in utf8 { high |= byte }
        return high >= 0x80 && unicodeScalars.contains("\u{FFFD}")
    }
}

extension Substring {
    var trimmingSpaces: Substring {
        var rest = self
        while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
        return rest
    }
}
