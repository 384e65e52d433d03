import Yams

/// What probes need of an OpenAPI 3.0 or 3.1 description, as JSON or YAML: paths, methods, which of them ask for a
/// sign-in, parameters, and an example of each body.
///
/// References are followed inside the document only, eight deep and at most 20,000 values in all: cycles end there.
struct OpenAPIDescription: Sendable {
    struct Parameter: Sendable, Equatable {
        enum Place: String, Sendable { case path, query, header, cookie }
        let name: String
        let place: Place
        let isRequired: Bool
        let example: String?
    }

    struct Entry: Sendable, Equatable {
        let method: String
        let path: String
        let isProtected: Bool
        var parameters: [Parameter] = []
        /// An example of the JSON body; nil where the operation takes none.
        var body: JSONValue?
        /// The same with what is required alone, where that is less: what is optional may be what makes an app refuse.
        var leastBody: JSONValue?
        /// What a form must carry, by name, where it takes a form and no JSON.
        var form: JSONValue?
        /// The operation's own name, its tags and summary, for guesses about who it is for.
        var words = ""
        /// Found by following links: asked for as a browser asks.
        var isPage = false
        var accept: [(String, String)] { isPage ? Reconnaissance.browser : Reconnaissance.program }
        var hasParameters: Bool { path.contains("{") }
        var isRead: Bool { method == "GET" }
        /// Names in braces, in order.
        var names: [String] { braced(path) }
    }

    /// Larger documents are refused. YAML costs ten times the memory of JSON.
    static let mostBytes = 104_857_600
    static let mostBytesOfYAML = 8_388_608
    private static let mostValues = 4_000_000

    /// Why a document can't be used.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let description: String
    }
    static let methods = ["get", "put", "post", "delete", "patch", "head", "options"]

    private(set) var entries: [Entry] = []
    /// Schemes that send a token in `Authorization`.
    private(set) var hasBearer = false

    init(bytes: [UInt8]) throws(Refusal) {
        guard bytes.count <= Self.mostBytes else {
            throw Refusal(description: "has more than \(Self.mostBytes / 1_048_576) MiB")
        }
        let root = try Self.document(bytes)
        guard root.at("/openapi")?.string != nil else {
            throw Refusal(
                description: root.at("/swagger") == nil
                    ? "has no `openapi` at its top" : "is Swagger 2: convert it to OpenAPI 3")
        }
        guard let paths = root.at("/paths")?.members else { throw Refusal(description: "has no `paths`") }
        let byDefault = !(root.at("/security")?.items ?? []).isEmpty
        var reader = SchemaReader(root: root)
        hasBearer = (root.at("/components/securitySchemes")?.members ?? [:]).values.contains {
            $0.at("/scheme")?.string?.lowercased() == "bearer" || $0.at("/type")?.string == "oauth2"
        }
        for path in paths.keys.sorted().prefix(500) where path.hasPrefix("/") {
            // can't trap: a dictionary answers nil for what it doesn't have
            guard let item = paths[path].map({ reader.resolved($0) }), item.members != nil else { continue }
            let shared = item.at("/parameters")?.items ?? []
            for method in Self.methods {
                // can't trap: a dictionary answers nil for what it doesn't have
                guard let operation = item.members?[method] else { continue }
                let own = operation.at("/security")?.items
                // An empty requirement `{}` among others makes the sign-in optional.
                let asks = own.map { !$0.isEmpty && !$0.contains(.object([:])) } ?? byDefault
                var entry = Entry(method: method.uppercased(), path: path, isProtected: asks)
                entry.parameters = [shared, operation.at("/parameters")?.items ?? []].joined().prefix(50).compactMap {
                    reader.parameter($0)
                }
                entry.body = reader.body(operation.at("/requestBody"))
                entry.leastBody = reader.least(entry.body, of: operation.at("/requestBody"))
                if entry.body == nil { entry.form = reader.form(operation.at("/requestBody")) }
                entry.words = [
                    operation.at("/operationId")?.string, operation.at("/summary")?.string,
                    operation.at("/x-access")?.string,
                ].compactMap { $0 }.joined(separator: " ").lowercased()
                entries.append(entry)
            }
        }
    }

    /// Entries of a list of routes that was given instead of a description: who may use them is not known.
    init(routes: [Operation]) {
        entries = routes.map { Entry(method: $0.method, path: $0.path, isProtected: false) }
    }

    private static func document(_ bytes: [UInt8]) throws(Refusal) -> JSONValue {
        let first = bytes.first { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
        if first == 0x7B {
            do throws(JSONSyntaxProblem) {
                return try JSONReader.value(bytes, mostValues: mostValues)
            } catch {
                throw Refusal(description: "is no JSON that can be read (\(error))")
            }
        }
        guard bytes.count <= mostBytesOfYAML else {
            throw Refusal(
                description: "is YAML of more than \(mostBytesOfYAML / 1_048_576) MiB: give it as JSON")
        }
        guard let text = String(validating: bytes, as: UTF8.self), let node = try? Yams.compose(yaml: text) else {
            throw Refusal(description: "is neither JSON nor YAML that can be read")
        }
        var budget = 1_000_000
        guard let value = json(node, depth: 0, budget: &budget) else {
            throw Refusal(description: "is nested too deeply, or its anchors multiply")
        }
        return value
    }

    /// nil when it is too deep or too much: anchors that multiply end here.
    private static func json(_ node: Node, depth: Int, budget: inout Int) -> JSONValue? {
        budget &-= 1
        guard budget > 0, depth < 64 else { return nil }
        switch node {
        case .scalar, .alias: return YAMLReader().json(node)
        case .sequence(let items):
            var list: [JSONValue] = []
            for item in items {
                guard let value = json(item, depth: depth &+ 1, budget: &budget) else { return nil }
                list.append(value)
            }
            return .array(list)
        case .mapping(let members):
            var object: [String: JSONValue] = [:]
            for (key, value) in members {
                // can't trap: a dictionary takes any key
                object[key.scalar?.string ?? ""] = json(value, depth: depth &+ 1, budget: &budget)
                guard budget > 0 else { return nil }
            }
            return .object(object)
        }
    }

    /// A path without parameters that can be read but has no such method.
    func pathWithout(method: String) -> String? {
        let taken = Set(entries.filter { $0.method == method }.map(\.path))
        return entries.first { $0.method == "GET" && !$0.hasParameters && !taken.contains($0.path) }?.path
    }

    /// Reads that ask for a sign-in and have no parameters in their path.
    var protectedReads: [Entry] { entries.filter { $0.method == "GET" && $0.isProtected && !$0.hasParameters } }
}

/// Makes examples out of schemas, bounded.
private struct SchemaReader {
    let root: JSONValue
    private var budget = 20_000

    init(root: JSONValue) { self.root = root }

    /// What a reference inside the document leads to, or the value itself.
    func resolved(_ value: JSONValue) -> JSONValue {
        var value = value
        for _ in 0..<8 {
            guard let reference = value.at("/$ref")?.string, reference.hasPrefix("#"),
                let next = root.at(String(reference.dropFirst()))
            else { return value }
            value = next
        }
        return value
    }

    mutating func parameter(_ value: JSONValue) -> OpenAPIDescription.Parameter? {
        let value = resolved(value)
        guard let name = value.at("/name")?.string,
            let place = value.at("/in")?.string.flatMap(OpenAPIDescription.Parameter.Place.init)
        else { return nil }
        let example = value.at("/example") ?? value.at("/examples")?.members?.values.first?.at("/value")
        let made = example ?? value.at("/schema").flatMap { self.example($0, depth: 0) }
        return .init(
            name: name, place: place, isRequired: value.at("/required") == .bool(true), example: made?.scalarText)
    }

    mutating func body(_ value: JSONValue?) -> JSONValue? {
        guard let value else { return nil }
        let content = resolved(value).at("/content")?.members ?? [:]
        guard let media = content.keys.sorted().first(where: { $0.contains("json") }),
            // can't trap: a dictionary answers nil for what it doesn't have
            let type = content[media]
        else {
            return nil
        }
        if let example = type.at("/example") { return example }
        if let example = type.at("/examples")?.members?.values.first?.at("/value") { return example }
        return type.at("/schema").flatMap { example($0, depth: 0) }
    }

    /// The fields that a form must have, and the grant of an OAuth 2 password form (RFC 6749 §4.3.2).
    mutating func form(_ value: JSONValue?) -> JSONValue? {
        guard let type = value.map(resolved)?.at("/content")?.members?["application/x-www-form-urlencoded"],
            let schema = type.at("/schema").map(resolved),
            var members = example(schema, depth: 0)?.members
        else { return nil }
        let required = Set((schema.at("/required")?.items ?? []).compactMap(\.string))
        // can't trap: a dictionary answers nil for what it doesn't have
        let hasGrant = members["grant_type"] != nil
        if !required.isEmpty { members = members.filter { required.contains($0.key) } }
        // can't trap: a dictionary takes any key
        if hasGrant { members["grant_type"] = .string("password") }
        return .object(members)
    }

    /// A body without its optional members; nil where it has none, or where nothing is said to be required.
    func least(_ body: JSONValue?, of request: JSONValue?) -> JSONValue? {
        guard let members = body?.members, let content = request.map(resolved)?.at("/content")?.members,
            let media = content.keys.sorted().first(where: { $0.contains("json") }),
            // can't trap: a dictionary answers nil for what it doesn't have
            let schema = content[media]?.at("/schema").map(resolved)
        else { return nil }
        // can't trap: lists are put together
        let parts = [schema] + (schema.at("/allOf")?.items ?? []).prefix(20).map(resolved)
        let names = Set(parts.flatMap { $0.at("/required")?.items ?? [] }.compactMap(\.string))
        let least = members.filter { names.contains($0.key) }
        return least.isEmpty || least.count == members.count ? nil : .object(least)
    }

    private mutating func example(_ schema: JSONValue, depth: Int) -> JSONValue? {
        budget &-= 1
        guard budget > 0, depth < 8 else { return nil }
        let schema = resolved(schema)
        if let given = schema.at("/example") ?? schema.at("/examples/0") ?? schema.at("/const")
            ?? schema.at("/default") ?? schema.at("/enum/0")
        {
            return given
        }
        if let parts = schema.at("/allOf")?.items {
            var members: [String: JSONValue] = [:]
            for part in parts.prefix(20) {
                members.merge(example(part, depth: depth &+ 1)?.members ?? [:]) { _, new in new }
            }
            return .object(members)
        }
        if let choice = schema.at("/oneOf/0") ?? schema.at("/anyOf/0") { return example(choice, depth: depth &+ 1) }
        let type = schema.at("/type")?.string ?? schema.at("/type/0")?.string
        switch type ?? (schema.at("/properties") == nil ? "string" : "object") {
        case "object":
            var members: [String: JSONValue] = [:]
            let properties = schema.at("/properties")?.members ?? [:]
            for name in properties.keys.sorted().prefix(40) {
                // can't trap: a dictionary answers nil for what it doesn't have
                if let property = properties[name] { members[name] = example(property, depth: depth &+ 1) }
            }
            return .object(members)
        case "array": return .array(schema.at("/items").flatMap { example($0, depth: depth &+ 1) }.map { [$0] } ?? [])
        case "integer", "number": return schema.at("/minimum") ?? .integer(1)
        case "boolean": return .bool(true)
        default: return .string(text(schema))
        }
    }

    private func text(_ schema: JSONValue) -> String {
        switch schema.at("/format")?.string {
        case "email": return "readiness@example.test"
        case "date": return "2030-01-01"
        case "date-time": return "2030-01-01T00:00:00Z"
        case "uuid": return "00000000-0000-4000-8000-000000000000"
        case "uri", "url": return "https://example.test/"
        default:
            let least = min(200, max(0, Int(exactly: schema.at("/minLength")?.numeric ?? 0) ?? 0))
            return least > 9 ? String(repeating: "r", count: least) : "readiness"
        }
    }
}

/// Names in braces of a path, in order.
func braced(_ path: String) -> [String] {
    path.split(separator: "{").dropFirst().compactMap { part in
        part.contains("}") ? String(part.prefix { $0 != "}" }) : nil
    }
}
