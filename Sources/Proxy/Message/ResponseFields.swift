import Kernel
import NIOHTTP1
import Web

/// What one pass over a response's fields finds: what may pass on, and what it says about the connection.
struct ResponseFields {
    /// Without hop-by-hop fields (RFC 9110 §7.6.1).
    private(set) var passing: FieldList
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

    /// About this connection: never passed on.
    private static let hopFields = FieldSet(
        .connection, .keepAlive, .transferEncoding, .upgrade, .te, .proxyConnection, .proxyAuthenticate,
        .proxyAuthenticationInfo)

    init(_ headers: HTTPHeaders) {
        var named: [Substring] = []
        var taken: [(KnownField, String)] = []
        passing = FieldList(headers, without: ResponseFields.hopFields) { taken.append(($0, $1)) }
        for position in passing.lines.indices where passing.lines[position].value.hasReplacementCharacter {
            dropped &+= 1
        }
        for (field, value) in taken {
            switch field {
            case .connection: connection(value, &named)
            case .keepAlive: keepAliveSeconds = ResponseFields.timeout(value)
            case .transferEncoding:
                isChunked = true
                if !value[...].trimmingSpaces.isEqualIgnoringCase(to: "chunked") { hasUnknownCoding = true }
            case .upgrade: hasUpgrade = true
            default: break
            }
        }
        if dropped > 0 { passing.removeAll { _, value in value.hasReplacementCharacter } }
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
        if value.isEqualIgnoringCase(to: "keep-alive") {
            saysKeepAlive = true
            return
        }
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

extension String {
    /// Whether the decoder met bytes that weren't UTF-8. Text that is all ASCII, as nearly all is, is told at once.
    fileprivate var hasReplacementCharacter: Bool {
        if let isASCII = utf8.withContiguousStorageIfAvailable({ ASCIIText.isASCII(UnsafeRawBufferPointer($0)) }),
            isASCII
        {
            return false
        }
        return unicodeScalars.contains("\u{FFFD}")
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
