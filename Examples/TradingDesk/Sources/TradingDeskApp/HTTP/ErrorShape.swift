import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// RFC 9457 problem documents for programs, a page for browsers: and, with flaws on, what careless apps send instead.
enum ErrorShape {
    /// A problem document as JSON text.
    static func problem(
        status: Int, title: String, code: String, detail: String, requestID: String, instance: String?
    ) -> String {
        let document: JSONValue = .object([
            "type": .string("https://tradingdesk.example/problems/\(code)"), "title": .string(title),
            "status": .int(Int64(status)), "detail": .string(detail), "code": .string(code),
            "requestID": .string(requestID), "timestamp": .string(Date.now.formatted(.iso8601)),
            "instance": .optional(instance),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(document)) ?? Data(#"{"status":500}"#.utf8)
        return String(decoding: data, as: UTF8.self)
    }

    /// The response to `error`.
    static func response(_ error: DeskError, path: String, accept: String?, context: DeskContext, desk: Desk)
        -> Response
    {
        var headers = error.headers
        let isAPI = path == "/api" || path.hasPrefix("/api/")
        let wantsPage = !isAPI && (accept?.contains("text/html") ?? false)
        let text: String
        if let trace = error.exposedTrace {
            headers[.contentType] = "text/html; charset=utf-8"
            text = "<!doctype html><title>TradingDesk debugger</title><h1>\(error.status)</h1><pre>\(trace)</pre>"
        } else if wantsPage {
            headers[.contentType] = "text/html; charset=utf-8"
            text = desk.pages.error(error, context: context)
        } else if desk.flaws.contains(.inconsistentErrors) {
            switch error.status {
            case .notFound:
                headers[.contentType] = "application/json"
                text = #"{"error":"not found"}"#
            case .methodNotAllowed:
                headers[.contentType] = "text/plain"
                text = "Method Not Allowed"
            default:
                headers[.contentType] = "application/json"
                text = #"{"message":"request failed","ok":false}"#
            }
        } else {
            headers[.contentType] = "application/problem+json"
            text = problem(
                status: error.status.code, title: error.status.reasonPhrase, code: error.code, detail: error.detail,
                requestID: context.requestID, instance: path)
        }
        return Response(status: error.status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
