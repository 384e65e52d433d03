import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Mustache

/// Renders pages: every template is read at start, everything in them is escaped.
struct Pages: Sendable {
    private let library: MustacheLibrary
    private let flaws: FlawSelection

    init(flaws: FlawSelection) throws {
        self.flaws = flaws
        var library = MustacheLibrary()
        MustacheContentTypes.register(PageHTML(), named: PageHTML.name)
        for (name, text) in Templates.all { try library.register(PageHTML.pragma + text, named: name) }
        let written = flaws.contains(.storedScript) ? Templates.rawText : Templates.escapedText
        library.register(try MustacheTemplate(string: PageHTML.pragma + written), named: "written")
        let term = flaws.contains(.unescapedSearch) ? Templates.rawTerm : Templates.escapedTerm
        library.register(try MustacheTemplate(string: PageHTML.pragma + term), named: "term")
        self.library = library
    }

    /// A page for `call`, in the desk's frame.
    func page(
        _ template: String, title: String, model: Any, call: DeskRequest, status: HTTPResponse.Status = .ok,
        notice: String? = nil
    ) -> Response {
        let frame = Frame(title: title, context: call.context, notice: notice, host: canonicalHost(call))
        var text = render(template, frame: frame, model: model)
        if template == "home", case let extra = PageFlaws.markup(flaws), !extra.isEmpty {
            text = text.replacingOccurrences(of: "</main>", with: "\(extra)\n</main>")
        }
        return Answer.text(
            text, type: "text/html; charset=utf-8", status: status)
    }

    /// The page that a browser sees for an error.
    func error(_ error: DeskError, context: DeskContext) -> String {
        let titles = [
            400: "That request makes no sense", 401: "Sign in first", 403: "Not allowed", 404: "Nothing here",
            405: "Not that way", 409: "That doesn't go together", 413: "Too large",
            422: "Please check what you entered",
            429: "One moment, please",
        ]
        let title = titles[error.status.code] ?? (error.status.code == 303 ? "Sign in first" : "Something went wrong")
        let model = ErrorPage(
            status: error.status.code, heading: title, detail: error.detail, requestID: context.requestID)
        return render("error", frame: Frame(title: title, context: context, notice: nil, host: nil), model: model)
    }

    private func render(_ template: String, frame: Frame, model: Any) -> String {
        library.render(Framed(frame: frame, page: model), withTemplate: template) ?? ""
    }

    /// Only two flaws write a host of the client's choice into a page.
    private func canonicalHost(_ call: DeskRequest) -> String? {
        guard let host = FrontDesk.claimedHost(call.request.head, flaws: flaws) else { return nil }
        return "\(call.context.isSecure ? "https" : "http")://\(host)\(call.context.path)"
    }
}

private struct Framed {
    var frame: Frame
    var page: Any
}

/// What every page shows around its content.
struct Frame: Sendable {
    struct Link: Sendable {
        var name: String
        var path: String
        var isCurrent: Bool
    }
    struct Person: Sendable {
        var name: String
        var initials: String
    }

    var title: String
    var links: [Link]
    var person: Person?
    var notice: String?
    var canonical: String?

    init(title: String, context: DeskContext, notice: String?, host: String?) {
        self.title = title
        self.notice = notice
        canonical = host
        person = context.person.map { Person(name: $0.name, initials: $0.initials) }
        var pages = [
            ("Overview", "/dashboard"), ("Portfolios", "/portfolios"), ("Orders", "/orders"), ("Market", "/market"),
            ("Research", "/research"), ("Analytics", "/analytics"), ("Statements", "/statements"),
        ]
        if context.person?.role == .admin { pages.append(("Admin", "/admin")) }
        links =
            context.person == nil
            ? []
            : pages.map {
                Link(name: $0.0, path: $0.1, isCurrent: context.path == $0.1 || context.path.hasPrefix($0.1 + "/"))
            }
    }
}

struct ErrorPage: Sendable {
    var status: Int
    var heading: String
    var detail: String
    var requestID: String
}

/// The files under `/static/`.
enum StaticFiles {
    static let all: [String: (type: String, text: String)] = [
        "desk.css": ("text/css; charset=utf-8", Stylesheet.text),
        "mark.svg": ("image/svg+xml", mark),
        "robots.txt": ("text/plain; charset=utf-8", "User-agent: *\nDisallow: /api/\n"),
    ]

    private static let mark = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f6b5c"/>\
        <path d="M6 22l7-8 5 5 8-10" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>
        """
}
