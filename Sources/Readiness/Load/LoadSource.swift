import NIOHTTP1

/// Where in an answer a value stands that later steps of a visit need.
public enum LoadSource: Sendable, Equatable, CustomStringConvertible {
    /// A JSON pointer such as `/data/id`.
    case pointer(String)
    /// A field of a form on the page, such as the hidden one against cross-site requests.
    case field(String)
    case header(String)
    case cookie(String)

    /// `/data/id`, `field csrf_token`, `header Location` or `cookie XSRF-TOKEN`; nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("/") {
            self = .pointer(text)
            return
        }
        let parts = text.split(separator: " ", maxSplits: 1).map { $0.trimmed }
        guard parts.count == 2, let kind = parts.first, let name = parts.last, !name.isEmpty else { return nil }
        switch kind {
        case "field": self = .field(name)
        case "header": self = .header(name)
        case "cookie": self = .cookie(name)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .pointer(let pointer): pointer
        case .field(let name): "field \(name)"
        case .header(let name): "header \(name)"
        case .cookie(let name): "cookie \(name)"
        }
    }

    var isInBody: Bool {
        switch self {
        case .pointer, .field: true
        case .header, .cookie: false
        }
    }

    func value(in answer: LoadAnswer, cookies: [String: String]) -> String? {
        let found: String? =
            switch self {
            case .pointer(let pointer): JSONValue(bytes: answer.body)?.at(pointer)?.scalarText
            case .field(let name):
                PageScan(html: text(of: answer.body)).forms.flatMap(\.fields).first { $0.name == name }?.value
            case .header(let name): answer.fields.first(name: name)
            case .cookie(let name): cookies[name]
            }
        return found.flatMap { $0.isEmpty || $0.utf8.count > 16_384 ? nil : $0 }
    }
}
