import Kernel
import Web

/// What one pass over a response's fields finds: what may pass on, and what it says about the connection.
struct ResponseFields {
    /// Without hop-by-hop fields (RFC 9110 §7.6.1).
    private(set) var passing = FieldList()
    private(set) var saysClose = false
    private(set) var saysKeepAlive = false
    private(set) var namesUpgrade = false
    private(set) var hasUpgrade = false
    /// A transfer coding besides `chunked`: it can't be passed on and must not be dropped.
    private(set) var hasUnknownCoding = false
    /// Seconds of `Keep-Alive: timeout=`.
    private(set) var keepAliveSeconds: Int?
    /// Values that weren't UTF-8 and were read as Latin-1, as older apps mean them (RFC 9110 §5.5).
    private(set) var recoded = 0

    /// About this connection: never passed on.
    private static let hopFields = FieldSet(
        .connection, .keepAlive, .transferEncoding, .upgrade, .te, .proxyConnection, .proxyAuthenticate,
        .proxyAuthenticationInfo)

    /// Takes `fields` over and leaves none behind: with a second holder the first change would copy them all.
    init(taking fields: inout FieldList) {
        swap(&passing, &fields)
        recoded = passing.recodeLatin1()
        guard passing.has(anyOf: ResponseFields.hopFields) else { return }
        var named: [Substring] = []
        for position in passing.indices {
            switch passing.known(at: position) {
            case .connection:
                if passing.withValue(at: position, { $0.isEqualIgnoringCase(to: "keep-alive") }) {
                    saysKeepAlive = true
                } else {
                    connection(passing.value(at: position), &named)
                }
            case .keepAlive: keepAliveSeconds = ResponseFields.timeout(passing.value(at: position))
            case .transferEncoding:
                if !passing.value(at: position)[...].trimmingSpaces.isEqualIgnoringCase(to: "chunked") {
                    hasUnknownCoding = true
                }
            case .upgrade: hasUpgrade = true
            default: break
            }
        }
        passing.remove(anyOf: ResponseFields.hopFields)
        if !named.isEmpty {
            let lowered = named.map { $0.lowercased() }
            passing.removeAll { name, _ in
                let name = name.lowercased()
                return name != "content-length" && lowered.contains(name)
            }
        }
    }

    /// Gives away what may pass on, so that nobody else holds it.
    mutating func takePassing() -> FieldList {
        var taken = FieldList()
        swap(&taken, &passing)
        return taken
    }

    private mutating func connection(_ value: String, _ named: inout [Substring]) {
        for part in value.split(separator: ",") {
            let token = part.trimmingSpaces
            if token.isEqualIgnoringCase(to: "close") {
                saysClose = true
            } else if token.isEqualIgnoringCase(to: "keep-alive") {
                saysKeepAlive = true
            } else if token.isEqualIgnoringCase(to: "upgrade") {
                namesUpgrade = true
            } else if !token.isEmpty, named.count < 16 {
                named.append(token)
            }
        }
    }

    private static func timeout(_ value: String) -> Int? {
        for part in value.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard let key = pair.first?.trimmingSpaces, let number = pair.last?.trimmingSpaces, pair.count == 2 else {
                continue
            }
            if key.isEqualIgnoringCase(to: "timeout") { return Int(number).map { max(0, min($0, 86_400)) } }
        }
        return nil
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
