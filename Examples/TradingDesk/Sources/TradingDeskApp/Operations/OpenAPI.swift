import Foundation
import HTTPTypes

/// The OpenAPI 3.1 description, written from the list of operations.
enum OpenAPI {
    /// The document as it is served and committed: sorted keys, indented, one newline at the end.
    static func text(_ operations: [Operation]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document(operations)), as: UTF8.self) + "\n"
    }

    static func document(_ operations: [Operation]) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in operations where !operation.isPage {
            paths[operation.path, default: [:]][operation.method.rawValue.lowercased()] = describe(operation)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "TradingDesk", "version": "1.4.0",
                "description":
                    "Portfolios, orders and research for people who trade for themselves. All money is in euros, as decimal text.",
            ],
            "servers": [["url": "/"]],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "securitySchemes": [
                    "session": ["type": "apiKey", "in": "cookie", "name": .string(SessionCookie.name)]
                ],
                "schemas": OpenAPISchemas.all,
                "responses": [
                    "Problem": [
                        "description": "A problem document (RFC 9457).",
                        "content": ["application/problem+json": ["schema": reference("Problem")]],
                    ]
                ],
            ],
        ]
    }

    private static func describe(_ operation: Operation) -> JSONValue {
        var described: [String: JSONValue] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": [.string(operation.tag)],
            "security": operation.access == .anyone ? [] : [["session": []]], "responses": responses(operation),
            "x-access": .string(operation.access.rawValue),
        ]
        let parameters = captured(operation.path) + operation.query.map(parameter)
        if !parameters.isEmpty { described["parameters"] = .array(parameters) }
        switch operation.input {
        case .json(let members): described["requestBody"] = body(members)
        case .statement: described["requestBody"] = statementBody
        case nil: break
        }
        return .object(described)
    }

    private static func captured(_ path: String) -> [JSONValue] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
            let name = String(segment.dropFirst().dropLast())
            let schema: JSONValue = name == "id" ? ["type": "integer", "minimum": 1] : ["type": "string"]
            return ["name": .string(name), "in": "path", "required": true, "schema": schema]
        }
    }

    private static func parameter(_ parameter: Operation.Parameter) -> JSONValue {
        [
            "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
            "description": .string(parameter.about), "schema": ["type": "string"],
        ]
    }

    private static func body(_ members: [Operation.Member]) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for member in members {
            var property: [String: JSONValue] = ["type": .string(member.type), "description": .string(member.about)]
            if let example = member.example { property["examples"] = [example] }
            if !member.values.isEmpty { property["enum"] = .array(member.values.map { .string($0) }) }
            properties[member.name] = .object(property)
        }
        let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
        let schema: JSONValue = ["type": "object", "properties": .object(properties), "required": .array(required)]
        return ["required": true, "content": ["application/json": ["schema": schema]]]
    }

    private static let statementBody: JSONValue = [
        "required": true,
        "content": [
            "text/csv": ["schema": ["type": "string"]],
            "multipart/form-data": [
                "schema": [
                    "type": "object", "required": ["file"],
                    "properties": ["file": ["type": "string", "contentMediaType": "text/csv"]],
                ]
            ],
        ],
    ]

    private static func responses(_ operation: Operation) -> JSONValue {
        var success: [String: JSONValue] = ["description": .string(operation.summary + ".")]
        if let schema = operation.success.schema {
            success["content"] =
                schema == "text/csv"
                ? ["text/csv": ["schema": ["type": "string"]]] : ["application/json": ["schema": reference(schema)]]
        }
        var responses: [String: JSONValue] = [String(operation.success.status): .object(success)]
        var failures = operation.failures + [400, 429]
        if operation.access != .anyone { failures.append(401) }
        if operation.access == .admin { failures.append(403) }
        if operation.input != nil { failures += [413, 415, 422] }
        for failure in failures { responses[String(failure)] = ["$ref": "#/components/responses/Problem"] }
        return .object(responses)
    }

    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }
}

/// The shapes of the API's answers.
enum OpenAPISchemas {
    private static let text: JSONValue = ["type": "string"]
    private static let money: JSONValue = ["type": "string", "pattern": "^-?[0-9]+\\.[0-9]{2}$"]
    private static let number: JSONValue = ["type": "integer"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let time: JSONValue = ["type": "string", "format": "date-time"]
    private static func maybe(_ type: JSONValue) -> JSONValue { ["anyOf": [type, ["type": "null"]]] }

    private static func object(_ properties: [String: JSONValue]) -> JSONValue {
        [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.keys.sorted().map { .string($0) }),
        ]
    }
    private static func list(_ member: String, of name: String) -> JSONValue {
        object([member: ["type": "array", "items": OpenAPI.reference(name)]])
    }

    static let all: JSONValue = [
        "Problem": object([
            "type": text, "title": text, "status": number, "detail": text, "code": text, "requestID": text,
            "timestamp": time, "instance": maybe(text),
        ]),
        "Person": object(["id": number, "email": text, "name": text, "role": text]),
        "Token": object(["token": text, "expiresIn": number]),
        "Preview": object(["url": text, "state": text]),
        "Account": object(["id": number, "email": text, "name": text, "role": text, "status": text, "createdAt": time]),
        "AccountList": list("users", of: "Account"),
        "Consent": object(["purpose": text, "about": text, "isGranted": flag]),
        "ConsentList": list("choices", of: "Consent"),
        "MarketDay": object(["day": number]),
        "Portfolio": object([
            "id": number, "name": text, "currency": text, "cash": money, "cashMinor": number, "createdAt": time,
        ]),
        "PortfolioList": list("portfolios", of: "Portfolio"),
        "Entry": object([
            "id": number, "portfolioID": number, "kind": text, "amount": money, "amountMinor": number, "balance": money,
            "memo": text, "at": time,
        ]),
        "EntryList": list("transactions", of: "Entry"),
        "Position": object([
            "symbol": text, "name": text, "quantity": number, "cost": money, "price": money, "value": money,
        ]),
        "PositionList": list("positions", of: "Position"),
        "Order": object([
            "id": number, "portfolioID": number, "symbol": text, "side": text, "quantity": number,
            "limitPrice": maybe(money), "status": text, "placedAt": time, "closedAt": maybe(time),
            "executedPrice": maybe(money),
        ]),
        "OrderList": list("orders", of: "Order"),
        "Instrument": object(["symbol": text, "name": text, "sector": text, "price": money, "previous": money]),
        "InstrumentList": list("instruments", of: "Instrument"),
        "Price": object(["day": number, "close": money]),
        "PriceList": list("prices", of: "Price"),
        "Statement": object([
            "id": number, "portfolioID": number, "fileName": text, "uploadedAt": time, "lines": number,
            "matched": number,
            "unmatched": number, "missing": number, "unreadable": number,
        ]),
        "StatementList": list("statements", of: "Statement"),
        "StatementLine": object([
            "date": text, "description": text, "amount": money, "reference": text, "entryID": maybe(number),
        ]),
        "StatementDetail": object([
            "statement": OpenAPI.reference("Statement"),
            "lines": ["type": "array", "items": OpenAPI.reference("StatementLine")],
        ]),
        "Note": object(["id": number, "author": text, "topic": text, "body": text, "isShared": flag, "createdAt": time]
        ),
        "NoteList": list("notes", of: "Note"),
        "Comment": object(["id": number, "noteID": number, "author": maybe(text), "body": text, "createdAt": time]),
        "CommentList": list("comments", of: "Comment"),
        "SearchResults": object([
            "instruments": ["type": "array", "items": OpenAPI.reference("Instrument")],
            "notes": ["type": "array", "items": OpenAPI.reference("Note")],
        ]),
        "Analytics": object([
            "cash": money, "invested": money, "cost": money, "total": money,
            "sectors": ["type": "array", "items": object(["name": text, "value": money])],
            "history": ["type": "array", "items": object(["day": number, "value": money])],
        ]),
    ]
}
