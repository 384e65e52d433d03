import Kernel

/// JSON of a foreign server (RFC 8259), read in the one way that leaves nothing to interpretation: UTF-8, no name twice in an
/// object, nothing after the end, neither deep nor with more values than any provider sends.
enum StrictJSON: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// As it was written: only its reader knows which numbers it takes.
    case number(String)
    case text(String)
    case list([StrictJSON])
    case object([String: StrictJSON])

    enum Refusal: String, Error, Equatable {
        case malformed = "isn't JSON"
        case twice = "names a member twice"
        case deep = "is nested too deeply"
        case many = "has too many values"
    }

    private static let mostValues = 20_000
    private static let mostDeep = 12

    static func parse(_ bytes: [UInt8]) throws(Refusal) -> StrictJSON {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .malformed }
        var scanner = Scanner(json: JSONScanner(bytes))
        let value = try scanner.value(depth: 0)
        scanner.json.skipBlanks()
        guard scanner.json.rest.isEmpty else { throw .malformed }
        return value
    }

    private struct Scanner {
        var json: JSONScanner
        var values = 0

        mutating func value(depth: Int) throws(Refusal) -> StrictJSON {
            guard depth < mostDeep else { throw .deep }
            values &+= 1
            guard values <= mostValues else { throw .many }
            json.skipBlanks()
            switch json.rest.first {
            case 0x22: return .text(try text())
            case 0x7B: return try object(depth: depth)
            case 0x5B: return try list(depth: depth)
            default: return try word()
            }
        }

        private mutating func object(depth: Int) throws(Refusal) -> StrictJSON {
            guard json.take(0x7B) else { throw .malformed }
            var members: [String: StrictJSON] = [:]
            json.skipBlanks()
            if json.take(0x7D) { return .object(members) }
            repeat {
                json.skipBlanks()
                let name = try text()
                json.skipBlanks()
                guard json.take(0x3A) else { throw .malformed }
                let value = try value(depth: depth &+ 1)
                guard members.updateValue(value, forKey: name) == nil else { throw .twice }
                json.skipBlanks()
            } while json.take(0x2C)
            guard json.take(0x7D) else { throw .malformed }
            return .object(members)
        }

        private mutating func list(depth: Int) throws(Refusal) -> StrictJSON {
            guard json.take(0x5B) else { throw .malformed }
            var items: [StrictJSON] = []
            json.skipBlanks()
            if json.take(0x5D) { return .list(items) }
            repeat {
                items.append(try value(depth: depth &+ 1))
                json.skipBlanks()
            } while json.take(0x2C)
            guard json.take(0x5D) else { throw .malformed }
            return .list(items)
        }

        private mutating func word() throws(Refusal) -> StrictJSON {
            let word = json.word()
            guard word.count <= 64 else { throw .malformed }
            let literal = String(decoding: word, as: UTF8.self)
            switch literal {
            case "null": return .null
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default:
                guard JSONScanner.isNumber(word) else { throw .malformed }
                return .number(literal)
            }
        }

        private mutating func text() throws(Refusal) -> String {
            do { return try json.text() } catch { throw .malformed }
        }
    }
}

extension StrictJSON {
    /// A member of an object; nil for everything else and for `null`.
    func member(_ name: String) -> StrictJSON? {
        guard case .object(let members) = self, let index = members.index(forKey: name) else { return nil }
        // can't trap: an index of this very dictionary.
        let value = members[index].value
        return value == .null ? nil : value
    }

    var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    var items: [StrictJSON]? {
        if case .list(let items) = self { return items }
        return nil
    }

    /// Whether it is `true`, or the text that some providers write for it.
    var isTrue: Bool { self == .boolean(true) || self == .text("true") }

    /// A point in time in whole seconds since 1970 (RFC 7519 §2 `NumericDate`); nil for what is none.
    var seconds: Int64? {
        guard case .number(let text) = self, let value = Double(text), value >= 0, value < 1e11 else { return nil }
        return Int64(value)
    }
}
