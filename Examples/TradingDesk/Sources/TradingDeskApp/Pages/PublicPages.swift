import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Pages before sign-in, and what browsers fetch beside pages.
enum PublicPages {
    struct SignInPage: Sendable {
        var email = ""
        var next = "/dashboard"
        var failure: String?
    }

    static let all: [Operation] = [
        .page(.get, "/", access: .anyone) { call in
            if call.context.person != nil { return Answer.seeOther("/dashboard") }
            return call.desk.pages.page("home", title: "Welcome", model: SignInPage(), call: call)
        },
        .page(.get, "/sign-in", access: .anyone) { call in
            let next = Self.next(call.query["next"], flaws: call.flaws)
            if call.context.person != nil { return Answer.seeOther(next) }
            return call.desk.pages.page("sign-in", title: "Sign in", model: SignInPage(next: next), call: call)
        },
        .page(.post, "/sign-in", access: .anyone) { call in
            let form = try call.form()
            let next = Self.next(form["next"], flaws: call.flaws)
            let email = String((form["email"] ?? "").prefix(254))
            do {
                let (token, _) = try await call.desk.accounts.signIn(
                    email: email, password: form["password"] ?? "", brought: call.broughtSession)
                return Answer.seeOther(next, headers: [.setCookie: call.sessionCookie(token)])
            } catch let error as DeskError where error.status == .unauthorized || error.status == .notFound {
                let model = SignInPage(email: email, next: next, failure: error.detail)
                return call.desk.pages.page("sign-in", title: "Sign in", model: model, call: call, status: error.status)
            }
        },
        .page(.get, "/sign-up", access: .anyone) { call in
            call.desk.pages.page("sign-up", title: "Open an account", model: SignInPage(), call: call)
        },
        .page(.post, "/sign-up", access: .anyone) { call in
            let form = try call.form()
            do {
                let (email, password) = (form["email"] ?? "", form["password"] ?? "")
                _ = try await call.desk.accounts.signUp(
                    email: email, name: try DeskRequest.text(form, "name", limit: 80), password: password)
                let (token, _) = try await call.desk.accounts.signIn(email: email, password: password)
                return Answer.seeOther("/dashboard", headers: [.setCookie: call.sessionCookie(token)])
            } catch let error as DeskError where error.status.code < 500 {
                let model = SignInPage(email: String((form["email"] ?? "").prefix(254)), failure: error.detail)
                return call.desk.pages.page(
                    "sign-up", title: "Open an account", model: model, call: call, status: error.status)
            }
        },
        .page(.post, "/sign-out", access: .anyone) { call in
            try await call.endSession()
            return Answer.seeOther("/", headers: [.setCookie: call.clearedCookie])
        },
        .page(.get, "/leave", access: .anyone) { call in
            guard let target = call.query["to"] else { throw DeskError.notFound }
            if call.flaws.contains(.openRedirect) { return Answer.seeOther(target.filter { !$0.isNewline }) }
            guard Self.isLocal(target) else {
                throw DeskError.malformed("foreign-target", "Only pages of the desk can be gone to from here.")
            }
            return Answer.seeOther(PercentCoding.encodeTarget(target))
        },
        .page(.get, "/documents", access: .anyone) { call in
            if call.flaws.contains(.brokenPage), call.query["name"] == "privacy.txt" { throw DeskError.internalError }
            guard let name = call.query["name"], let text = Documents.text(name, flaws: call.flaws) else {
                throw DeskError.notFound
            }
            return Answer.text(text, type: "text/plain; charset=utf-8", headers: [.cacheControl: "public, max-age=300"])
        },
        .page(.get, "/health/live", access: .anyone) { call in
            guard !call.flaws.contains(.missingHealth) else { throw DeskError.notFound }
            return try Answer.json(["status": "live"])
        },
        .page(.get, "/openapi.json", access: .anyone) { call in
            Answer.text(
                call.desk.openAPI, type: "application/json; charset=utf-8", headers: [.cacheControl: "no-cache"])
        },
        .page(.get, "/static/{file}", access: .anyone) { call in
            let name = try call.segment("file")
            let flawed = try await PageFlaws.file(name, call.flaws)
            guard let file = StaticFiles.all[name] ?? flawed else { throw DeskError.notFound }
            let caching = flawed == nil ? "public, max-age=300" : "no-store"
            return Answer.text(file.text, type: file.type, headers: [.cacheControl: caching])
        },
        .page(.get, "/robots.txt", access: .anyone) { _ in
            Answer.text(
                "User-agent: *\nDisallow: /api/\n", type: "text/plain; charset=utf-8",
                headers: [.cacheControl: "public, max-age=300"])
        },
    ]

    /// Where to go after sign-in: a path of ours. The open-redirect flaw takes anything.
    static func next(_ given: String?, flaws: FlawSelection) -> String {
        guard let given else { return "/dashboard" }
        if flaws.contains(.openRedirect) { return given.filter { !$0.isNewline } }
        return isLocal(given) ? PercentCoding.encodeTarget(given) : "/dashboard"
    }

    /// Whether a browser stays here when it follows `target`: one slash, and nothing that browsers read as one.
    static func isLocal(_ target: String) -> Bool {
        target.hasPrefix("/") && !target.hasPrefix("//") && target.utf8.count <= 500
            && target.utf8.allSatisfy { $0 > 32 && $0 != UInt8(ascii: "\\") && $0 != 127 }
    }
}

extension PercentCoding {
    /// A path with query for `Location`: what may stand there stays, the rest is encoded.
    static func encodeTarget(_ target: String) -> String {
        target.utf8.allSatisfy { $0 > 32 && $0 < 127 } ? target : encode(target)
    }
}
