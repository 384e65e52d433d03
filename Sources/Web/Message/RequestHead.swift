public import NIOHTTP1

/// The scheme by which a request reached this listener.
public enum Scheme: String, Sendable { case http, https }

/// A request's head as it came, whatever the protocol version; the names' case and the order are kept.
public struct RequestHead: Sendable {
    public let method: HTTPMethod
    /// The request target byte for byte: origin form, or what else the client sent.
    public private(set) var target: String
    public let version: HTTPVersion
    public let scheme: Scheme
    public var fields: FieldList

    public init(method: HTTPMethod, target: String, version: HTTPVersion, scheme: Scheme, fields: consuming FieldList) {
        self.method = method
        self.target = target
        self.version = version
        self.scheme = scheme
        self.fields = fields
    }

    public init(method: HTTPMethod, target: String, version: HTTPVersion, scheme: Scheme, headers: HTTPHeaders) {
        self.method = method
        self.target = target
        self.version = version
        self.scheme = scheme
        self.fields = FieldList(headers)
    }

    /// Whether the method is HEAD. As a pattern: `==` would compare names.
    @inlinable public var isHead: Bool { if case .HEAD = method { true } else { false } }

    /// All fields as NIO has them: a copy, for whoever looks at the request as a whole.
    public var headers: HTTPHeaders { fields.headers }

    /// What the app gets as its target, for a stage that takes a secret of ours out of it.
    public mutating func replaceTarget(_ target: String) { self.target = target }

    /// The first value of a field.
    public func first(_ field: KnownField) -> String? { fields.first(field) }

    /// How many lines of this field came.
    public func count(_ field: KnownField) -> Int { fields.count(field) }

    public func has(_ field: KnownField) -> Bool { fields.has(field) }

    /// Every value of a field in order.
    public func values(_ field: KnownField) -> [String] { fields.values(field) }

    /// Adds a line at the end.
    public mutating func append(_ name: String, _ value: String) { fields.add(name: name, value: value) }

    /// Adds a line at the end; `name` is the field's own, in the case in which it should go out.
    public mutating func append(_ field: KnownField, _ name: String, _ value: String) {
        fields.add(field, name, value)
    }

    /// Takes out every line of a field.
    public mutating func remove(_ field: KnownField) { fields.remove(field) }

    /// Takes the white space around values off: it is no part of them (RFC 9110 §5.5).
    public mutating func trimValues() { fields.trimValues() }

    /// Takes out every line that `unwanted` accepts (name, value) and says whether there was one.
    @discardableResult
    public mutating func removeAll(where unwanted: (String, String) -> Bool) -> Bool {
        fields.removeAll(where: unwanted)
    }
}
