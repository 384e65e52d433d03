import Foundation
import HTTPTypes
import Kernel
import Synchronization
import Web

/// The description of our own API in OpenAPI 3.1, made of the list of routes: what isn't in the list isn't described, and
/// what is can't be left out.
enum APIDescription {
    private static let made = Mutex<[String: [UInt8]]>([:])

    /// The document as JSON.
    static func document(under prefix: String) -> [UInt8] {
        if let known = made.withLock({ $0[prefix] }) { return known }
        let bytes = write(routes, under: prefix)
        made.withLock { $0[prefix] = bytes }
        return bytes
    }

    /// The public door's: pages of ours, for browsers and programs.
    static var routes: [OwnRoute] { (Routes.list + IdentityRoutes.list).filter { $0.door == .public } }

    static func write(_ routes: [OwnRoute], under prefix: String) -> [UInt8] {
        var paths: [String: [String: Any]] = [:]
        for route in routes {
            paths[path(of: route, under: prefix), default: [:]][route.method.rawValue.lowercased()] = operation(
                route, under: prefix)
        }
        let document: [String: Any] = [
            "openapi": "3.1.0",
            "info": [
                "title": "Seaworthy", "version": "1",
                "description": "Accounts, sessions, API keys and tokens of the gateway in front of the app.",
            ],
            "servers": [["url": "/"]], "paths": paths, "components": components(prefix),
        ]
        let data = try? JSONSerialization.data(
            withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes])
        return data.map { Array($0) } ?? []
    }

    /// `/a/:b` as OpenAPI writes it.
    static func path(of route: OwnRoute, under prefix: String) -> String {
        route.path(under: prefix).split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            .reduce("") { $0 + "/" + $1 }
    }

    // MARK: One operation

    private static func operation(_ route: OwnRoute, under prefix: String) -> [String: Any] {
        let described = APIOperation.of(route)
        var answers: [String: Any] = [:]
        for status in refusals(of: route, described) {
            answers["\(status)"] = ["$ref": "#/components/responses/Problem"]
        }
        if route.isUnderPrefix { answers["303"] = ["description": "A browser is led elsewhere."] }
        for (status, content) in described.others { answers["\(status)"] = answer(content) }
        answers["\(described.status)"] = answer(described.content)
        var parameters = route.path.split(separator: "/").filter { $0.hasPrefix(":") }.map { part -> [String: Any] in
            ["name": String(part.dropFirst()), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        parameters += described.query.map { field in
            [
                "name": field.name, "in": "query", "required": field.isRequired, "description": field.summary,
                "schema": ["type": field.type],
            ]
        }
        if route.method == .post { parameters.append(["$ref": "#/components/parameters/CSRFToken"]) }
        var operation: [String: Any] = [
            "operationId": name(route), "summary": route.summary, "responses": answers, "security": security(route),
        ]
        if !parameters.isEmpty { operation["parameters"] = parameters }
        if route.method == .post { operation["requestBody"] = body(described.fields) }
        return operation
    }

    /// `postKeysRevoke`.
    private static func name(_ route: OwnRoute) -> String {
        let words = route.path.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        return route.method.rawValue.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Every status of a refusal that the journey or the route itself may give.
    private static func refusals(of route: OwnRoute, _ described: APIOperation) -> [Int] {
        // Shape, credentials, cross-site, limits and size of the head, database.
        var statuses = [400, 401, 403, 413, 414, 429, 431, 503] + described.refusals
        if route.method == .post { statuses += [408, 415, 422] }
        return statuses
    }

    private static func security(_ route: OwnRoute) -> [[String: [String]]] {
        switch route.access {
        case .open: [[:]]
        case .session: [["session": []]]
        case .permission, .anyCredential: [["session": []], ["token": []], ["key": []]]
        }
    }

    private static func body(_ fields: [APIOperation.Field]) -> [String: Any] {
        var properties: [String: Any] = [:]
        for field in fields { properties[field.name] = ["type": field.type, "description": field.summary] }
        var schema: [String: Any] = ["type": "object", "properties": properties]
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { schema["required"] = required }
        return [
            "required": !required.isEmpty,
            "content": [
                "application/json": ["schema": schema],
                "application/x-www-form-urlencoded": ["schema": schema],
            ],
        ]
    }

    // MARK: Answers

    private static func answer(_ content: APIOperation.Content) -> [String: Any] {
        func json(_ schema: [String: Any]) -> [String: Any] {
            // A browser that asks for HTML gets the page instead.
            [
                "description": "It worked.",
                "content": ["application/json": ["schema": schema], "text/html": ["schema": ["type": "string"]]],
            ]
        }
        switch content {
        case .nothing: return ["description": "It worked; there is nothing to say."]
        case .page:
            return ["description": "The page.", "content": ["text/html": ["schema": ["type": "string"]]]]
        case .other(let type): return ["description": "It worked.", "content": [type: [String: Any]()]]
        case .object(let members): return json(object(members))
        case .list(let name, let members):
            return json([
                "type": "object", "required": [name],
                "properties": [name: ["type": "array", "items": object(members)]],
            ])
        }
    }

    /// Members as `name`, `name?` where it may be missing, with `:type` where it isn't a text.
    private static func object(_ members: [String]) -> [String: Any] {
        var properties: [String: Any] = [:]
        var required: [String] = []
        for member in members {
            let parts = member.split(separator: ":", maxSplits: 1).map(String.init)
            guard let first = parts.first else { continue }
            let name = first.hasSuffix("?") ? String(first.dropLast()) : first
            if !first.hasSuffix("?") { required.append(name) }
            properties[name] = schema(parts.count == 2 ? parts[1] : "string")
        }
        var schema: [String: Any] = ["type": "object", "properties": properties]
        if !required.isEmpty { schema["required"] = required }
        return schema
    }

    private static func schema(_ type: String) -> [String: Any] {
        switch type {
        case "list": ["type": "array", "items": ["type": "object"]]
        case "integers": ["type": "array", "items": ["type": "integer"]]
        case "array": ["type": "array", "items": ["type": "string"]]
        case "date-time": ["type": "string", "format": "date-time"]
        default: ["type": type]
        }
    }

    private static func components(_ prefix: String) -> [String: Any] {
        let texts = ["type", "title", "detail", "instance", "reason", "requestID", "timestamp"]
        var members: [String: Any] = ["status": ["type": "integer"]]
        for name in texts { members[name] = ["type": "string"] }
        return [
            "parameters": [
                "CSRFToken": [
                    "name": "X-CSRF-Token", "in": "header", "required": false, "schema": ["type": "string"],
                    "description": "Wanted where a cookie is sent: the value of `GET \(prefix)/csrf-token`.",
                ]
            ],
            "responses": [
                "Problem": [
                    "description": "Why not (RFC 9457); where a browser asked for HTML, the page that says it.",
                    "content": [
                        "application/problem+json": [
                            "schema": ["type": "object", "properties": members, "required": ["title", "status"]]
                        ], "text/html": ["schema": ["type": "string"]],
                    ],
                ]
            ],
            "securitySchemes": [
                "session": ["type": "apiKey", "in": "cookie", "name": "__Host-seaworthy-session"],
                "token": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"],
                "key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
            ],
        ]
    }
}
