internal import Kernel
internal import NIOHTTP1
public import Web

/// Whether a request asks to become a WebSocket, and rightly (RFC 6455 §4.2.1).
public enum WebSocketUpgrade: Equatable, Sendable {
    /// No upgrade to a WebSocket is asked for.
    case none
    case wellFormed
    /// Asks for one wrongly; says what is wrong.
    case malformed(String)

    public init(_ request: RequestHead) {
        guard request.has(.upgrade), WebSocketUpgrade.lists(request.values(.upgrade), "websocket") else {
            self = .none
            return
        }
        self = WebSocketUpgrade.flaw(request).map { .malformed($0) } ?? .wellFormed
    }

    private static func flaw(_ request: RequestHead) -> String? {
        if request.method != .GET { return "The method must be GET." }
        if request.version != .http1_1 { return "The version must be HTTP/1.1." }
        if request.count(.upgrade) != 1 || request.first(.upgrade)?.isEqualIgnoringCase(to: "websocket") != true {
            return "Upgrade must be websocket alone."
        }
        if !lists(request.values(.connection), "upgrade") { return "Connection must name Upgrade." }
        if request.count(.secWebSocketVersion) != 1 || request.first(.secWebSocketVersion) != "13" {
            return "Sec-WebSocket-Version must be 13."
        }
        if request.count(.secWebSocketKey) != 1 || !isKey(request.first(.secWebSocketKey) ?? "") {
            return "Sec-WebSocket-Key must be 16 bytes in base64."
        }
        if request.has(.transferEncoding) || (request.first(.contentLength) ?? "0") != "0" {
            return "There must be no body."
        }
        return nil
    }

    private static func lists(_ lines: [String], _ token: String) -> Bool {
        lines.contains { $0.listMembers.contains { $0.isEqualIgnoringCase(to: token) } }
    }

    /// 16 bytes are 22 characters and `==`.
    private static func isKey(_ text: String) -> Bool {
        guard text.utf8.count == 24, text.hasSuffix("==") else { return false }
        return text.utf8.dropLast(2).allSatisfy {
            $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2B || $0 == 0x2F
        }
    }
}
