import FoundationEssentials

/// Any JSON value, read once and asked by pointer (RFC 6901).
enum JSONValue: Sendable, Equatable, Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Parses bytes; nil when they are no JSON. The decoder itself bounds the depth.
    init?(bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The value where a JSON pointer leads: `""` is the whole, `/0/id` goes down; `~1` is a slash, `~0` a tilde.
    ///
    /// One step more than RFC 6901 knows: `symbol=ALBA` in a list is its first item whose `symbol` is `ALBA`.
    func at(_ pointer: String) -> JSONValue? {
        var value = self
        guard pointer.isEmpty || pointer.hasPrefix("/") else { return nil }
        for step in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let key = String(step.replacing("~1", with: "/").replacing("~0", with: "~"))
            switch value {
            case .object(let members):
                // can't trap: a dictionary answers nil for what it doesn't have
                guard let next = members[key] else { return nil }
                value = next
            case .array(let items) where key.contains("=") && Int(key) == nil:
                let name = String(key.prefix { $0 != "=" })
                let wanted = String(key.dropFirst(name.count &+ 1))
                // can't trap: a dictionary answers nil for what it doesn't have
                guard let next = items.first(where: { $0.members?[name]?.scalarText == wanted }) else { return nil }
                value = next
            case .array(let items):
                guard let index = Int(key), let next = items.dropFirst(max(0, index)).first, index >= 0 else {
                    return nil
                }
                value = next
            default: return nil
            }
        }
        return value
    }

    /// A scalar as it would stand in a path; nil for arrays and objects.
    var scalarText: String? {
        switch self {
        case .string(let value): value
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .bool(let value): String(value)
        case .null, .array, .object: nil
        }
    }

    /// A number, also when it is written as a string such as `"12.50"`.
    var numeric: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .string(let value): Double(value)
        default: nil
        }
    }

    var members: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
    var items: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }

    /// Compact JSON with sorted keys, so that the same value gives the same request.
    var compact: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "null" }
        return text(of: data)
    }

    /// The same value with every `{name}` inside its strings filled in.
    func filled(_ values: [String: String]) -> JSONValue {
        switch self {
        case .string(let value): .string(fill(value, values))
        case .array(let items): .array(items.map { $0.filled(values) })
        case .object(let members): .object(members.mapValues { $0.filled(values) })
        default: self
        }
    }
}

/// Puts values in the place of `{name}`; unknown names stay as they are.
func fill(_ template: String, _ values: [String: String]) -> String {
    var out = template
    for (name, value) in values { out = out.replacing("{\(name)}", with: value) }
    return out
}
