import Console
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import NIOCore
import Protection
import Web

/// A request to the console, read once: who asks, what for, and with whose token.
struct ConsoleExchange: Sendable {
    let desk: ConsoleDesk
    let caller: ConsoleCaller?
    let fields: [String: String]
    /// The file of a form that sends one.
    let file: MultipartForm.File?
    let query: [String: String]
    /// With its query, to be led back to.
    let place: String
    let client: IdentityFlows.Client
    let parameters: [String: String]
    /// The secret that forms' token follows from: the session's, or before sign-in the visit's.
    private let secret: String
    /// `Set-Cookie` of a visit that has just begun.
    private let visit: String?

    init(_ request: Hummingbird.Request, _ context: OwnContext) async throws {
        guard let desk = context.ports.console else {
            throw Problem("own.not-found", status: 404, title: "There is no such page here.")
        }
        self.desk = desk
        let lines = request.headers[values: .cookie]
        client = IdentityFlows.Client(
            address: context.client, userAgent: request.headers[.userAgent], cookies: lines,
            secure: SessionCookies(isSecure: desk.isSecure, ownPrefix: desk.prefix))
        let target = request.head.path ?? "/"
        place = target
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count == 2 ? FormText.parse(String(parts[1])) ?? [:] : [:]
        parameters = Dictionary(
            context.parameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
        let cookies = ConsoleCookies(isSecure: desk.isSecure)
        let session = cookies.value(ConsoleCookies.session, in: lines)
        var found: ConsoleCaller?
        if let session { found = try await ConsoleExchange.caller(session, desk) }
        caller = found
        if found != nil, let session {
            (secret, visit) = (session, nil)
        } else if let known = cookies.value(ConsoleCookies.visit, in: lines), known.utf8.count == 64 {
            (secret, visit) = (known, nil)
        } else {
            let made = ConsoleSecret.make(desk.services.random).reveal()
            (secret, visit) = (made, cookies.line(ConsoleCookies.visit, made))
        }
        guard request.method == .post else {
            (fields, file) = ([:], nil)
            return
        }
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        // Files are read from those alone who are in.
        if found != nil, let boundary = MultipartForm.boundary(in: request.headers[.contentType] ?? "") {
            let form = try await MultipartForm.read(request, boundary: boundary)
            (fields, file) = (form.fields, form.file)
        } else {
            (fields, file) = (try await IdentityExchange.fields(request, isJSON: false, type: type), nil)
        }
        guard ConsoleSecret.isEqual(fields["csrf_token"] ?? "", ConsoleSecret.token(secret)), visit == nil else {
            throw Problem(
                "console.token", status: 403, title: "The form's token is missing or no longer valid.",
                detail: "Load the page again, then send the form. Nothing was done.")
        }
    }

    private static func caller(_ secret: String, _ desk: ConsoleDesk) async throws -> ConsoleCaller? {
        if let identity = desk.identity {
            return try await ConsoleSessions(identity).caller(secret).map { proof in
                ConsoleCaller(
                    name: proof.email, role: proof.role, actor: proof.account, confirmedAt: proof.authenticatedAt,
                    proof: proof)
            }
        }
        return desk.services.consoleLinks.opened(by: secret).map { opened in
            ConsoleCaller(
                name: "this machine’s operator", role: "administrator", actor: "console-link", confirmedAt: opened,
                proof: nil)
        }
    }

    var token: String { ConsoleSecret.token(secret) }
    var sessionSecret: String { secret }
    var cookies: ConsoleCookies { ConsoleCookies(isSecure: desk.isSecure) }

    /// A field of a form, without blanks around it; 422 names it where it is missing or longer than anything asked for.
    func field(_ name: String, longest: Int = 400) throws -> String {
        let value = (fields[name] ?? "").trimming { $0 == " " }
        guard !value.isEmpty, value.utf8.count <= longest else {
            throw ConsoleFailure("Something in the form isn’t valid.", "\(name): 1 to \(longest) bytes are wanted")
        }
        return String(value)
    }

    /// What the query asks for; nil for nothing, and for what is longer than anything meant.
    func asked(_ name: String) -> String? {
        guard let value = query[name], !value.isEmpty, value.utf8.count <= 300, !value.utf8.contains(0) else {
            return nil
        }
        return value
    }

    // MARK: Answers

    func page(_ page: ConsolePage, status: HTTPResponse.Status = .ok, cookies: [String] = []) -> Hummingbird.Response {
        let html = desk.template.html(page, in: desk.frame(caller, token: token))
        return answer(status, type: "text/html; charset=utf-8", ByteBuffer(string: html), cookies)
    }

    /// 303, so that the browser asks for the page anew.
    func redirect(_ place: String, cookies: [String] = []) -> Hummingbird.Response {
        var answer = answer(.seeOther, type: nil, ByteBuffer(), cookies)
        answer.headers[.location] = place
        return answer
    }

    /// A file to be kept, never to be shown as a page of this door. (ASVS 5.0 V5.4.1)
    func download(_ content: [UInt8], type: String, named name: String) -> Hummingbird.Response {
        var answer = answer(.ok, type: type, ByteBuffer(bytes: content), [])
        answer.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        answer.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        if let nosniff = HTTPField.Name("X-Content-Type-Options") { answer.headers[nosniff] = "nosniff" }
        return answer
    }

    private func answer(
        _ status: HTTPResponse.Status, type: String?, _ body: ByteBuffer, _ cookies: [String]
    ) -> Hummingbird.Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if let type { headers[.contentType] = type }
        headers[.contentSecurityPolicy] = ContentPolicy.own
        for cookie in cookies + [visit].compactMap({ $0 }) {
            headers.append(HTTPField(name: .setCookie, value: cookie))
        }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

/// Why something that was asked for can't be done, for the person who asked.
struct ConsoleFailure: Error, Sendable {
    let title: String
    let detail: String
    init(_ title: String, _ detail: String) {
        self.title = title
        self.detail = detail
    }
}

/// Cookies of this door. Not the public door's, and never the app's: header hygiene takes them out of what it forwards.
struct ConsoleCookies: Sendable {
    static let session = "seaworthy-console"
    /// Before sign-in: what the sign-in form's token follows from.
    static let visit = "seaworthy-console-visit"
    let isSecure: Bool

    private func name(_ plain: String) -> String { isSecure ? "__Host-" + plain : plain }

    /// (ASVS 5.0 V3.3.1–V3.3.4; RFC 6265bis §4.1.3.2)
    func line(_ plain: String, _ value: String) -> String {
        "\(name(plain))=\(value); " + (isSecure ? "Path=/; Secure; " : "Path=/console; ") + "HttpOnly; SameSite=Strict"
    }

    func removal(_ plain: String) -> String { line(plain, "") + "; Max-Age=0" }

    func value(_ plain: String, in lines: [String]) -> String? {
        let wanted = name(plain)
        for line in lines {
            for pair in line.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let key = parts.first, let value = parts.last, !value.isEmpty,
                    value.utf8.count <= 128, key.trimming(while: { $0 == " " }) == wanted
                else { continue }
                return String(value)
            }
        }
        return nil
    }
}
