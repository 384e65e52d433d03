import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What a handler gets: the request, judged and collected, with the desk's services.
struct DeskRequest: Sendable {
    let request: Request
    let context: DeskContext
    let desk: Desk

    var flaws: FlawSelection { desk.flaws }
    /// Query parameters, decoded; the last of equal names counts.
    var query: [String: String] { FormFields.parse(request.uri.query ?? "") ?? [:] }

    /// Whoever is signed in.
    /// - Throws: 401 when nobody is.
    func person() throws -> SignedInPerson {
        guard let person = context.person else { throw DeskError.signInRequired }
        return person
    }

    /// A captured path segment.
    func segment(_ name: String) throws -> String {
        guard let raw = context.coreContext.parameters.get(name),
            let text = PercentCoding.decode(raw, plusIsSpace: false)
        else { throw DeskError.notFound }
        return text
    }

    /// A captured path segment that is a row's number.
    func number(_ name: String) throws -> Int64 {
        guard let value = Int64(try segment(name)), value > 0 else { throw DeskError.notFound }
        return value
    }

    /// The body as JSON.
    /// - Throws: 415 for another content type, 400 for malformed JSON, 422 for a document that isn't an object.
    func json() throws -> JSONValue {
        guard mediaType == "application/json" else {
            throw DeskError(.unsupportedMediaType, "unsupported-media-type", "Send application/json.")
        }
        let document = try FrontDesk.parseJSON(context.content, flaws: flaws)
        guard document.object != nil else { throw DeskError.invalid("invalid-body", "Send a JSON object.") }
        return document
    }

    /// The body as form fields.
    func form() throws -> [String: String] {
        guard mediaType == "application/x-www-form-urlencoded" || context.content.readableBytes == 0 else {
            throw DeskError(.unsupportedMediaType, "unsupported-media-type", "Send a form.")
        }
        guard context.content.readableBytes <= 262_144,
            let text = String(validating: context.content.readableBytesView, as: UTF8.self),
            let fields = FormFields.parse(text)
        else { throw DeskError.malformed("malformed-form", "The form can't be read.") }
        return fields
    }

    /// `Content-Type` without parameters, lower case.
    var mediaType: String {
        guard let value = request.headers[.contentType] else { return "" }
        return value.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// A JSON string member within `limit` characters.
    static func text(_ body: JSONValue, _ key: String, limit: Int = 200) throws -> String {
        guard let text = body[key]?.string else {
            throw DeskError.invalid("invalid-\(key)", "'\(key)' has to be a text.")
        }
        return try bounded(text, key, limit: limit)
    }

    /// A form field within `limit` characters.
    static func text(_ fields: [String: String], _ key: String, limit: Int = 200) throws -> String {
        try bounded(fields[key] ?? "", key, limit: limit)
    }

    private static func bounded(_ text: String, _ key: String, limit: Int) throws -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty, trimmed.count <= limit, !trimmed.unicodeScalars.contains(where: { $0.value == 0 })
        else { throw DeskError.invalid("invalid-\(key)", "'\(key)' has to have 1 to \(limit) characters.") }
        return trimmed
    }
}

/// Answers in the shapes that handlers give.
enum Answer {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) throws
        -> Response
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }

    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:])
        -> Response
    {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static func empty(_ status: HTTPResponse.Status, headers: HTTPFields = [:]) -> Response {
        Response(status: status, headers: headers)
    }

    /// 303 to a path of ours.
    static func seeOther(_ path: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.location] = path
        return Response(status: .seeOther, headers: headers)
    }
}
