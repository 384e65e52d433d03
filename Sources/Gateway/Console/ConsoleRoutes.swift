import Console
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import LaunchDesk
import Protection
import Store
import Web

/// The console's pages and acts: one list, each with who may use it.
enum ConsoleRoutes {
    /// Who gets in, in order of strictness.
    enum Access: String, Sendable, CaseIterable {
        case anybody
        /// Role administrator or operator.
        case staff
        case administrator
    }

    struct Entry: Sendable {
        let route: OwnRoute
        let access: Access
        /// It must have been shown within five minutes that it is them.
        let isFresh: Bool
        /// It answers with a file, not with a page.
        var isFile = false
    }

    static let list: [OwnRoute] = entries.map(\.route)

    static let entries: [Entry] =
        own + ConsoleUsers.entries + ConsoleSessionPages.entries + ConsoleJobs.entries + ConsoleMails.entries
        + ConsoleWebhooks.entries + ConsoleRecords.entries + ConsoleSettingPages.entries
        + ConsoleAcceptance.entries + ConsoleLaunch.entries + ConsoleRuns.entries
        + ConsoleAPIKeys.entries
        + ConsoleKeys.entries
        + ConsoleLimits.entries
        + ConsoleMaintenance.entries
        + ConsoleProjects.entries

    private static let own: [Entry] =
        [
            Entry(
                route: OwnRoute(.operator, .get, "/console/style.css", "How the console looks.") { _, _ in
                    OwnPage.response(ConsoleStyle.css, type: "text/css; charset=utf-8")
                }, access: .anybody, isFresh: false),
            page("/console/sign-in", "The form to sign in.", access: .anybody, ConsoleSignIn.form),
            // Counters, sessions and their rows of the trail, each with its links of the chain.
            act(
                "/console/sign-in", "Signs in: email, password.", access: .anybody, budget: 64, ConsoleSignIn.signIn),
            page("/console/open", "Where a one-time link lets one in.", access: .anybody, ConsoleSignIn.link),
            act("/console/open", "Lets in by a one-time link: token.", access: .anybody, ConsoleSignIn.open),
            act("/console/sign-out", "Ends this session.", ConsoleSignIn.signOut),
            page("/console/confirm", "Where one shows again that it is them.", ConsoleSignIn.confirmForm),
            act("/console/confirm", "Shows that it is them: password.", ConsoleSignIn.confirm),
            page("/console", "What stands in front of what, and how it is.", budget: 24, ConsoleOverview.page),
            page("/console/controls", "Every control with its mode and why.", ConsoleControls.page),
            page("/console/controls/:id", "One control.", ConsoleControls.one),
            page("/console/refusals", "What was refused and would have been.", ConsoleRefusals.page),
        ]

    typealias Page = @Sendable (ConsoleExchange) async throws -> ConsolePage
    typealias Act = @Sendable (ConsoleExchange) async throws -> Outcome

    /// What an act ends with.
    enum Outcome: Sendable {
        /// Leads to a page, which says what was done: a key of `ConsoleRoutes.remarks`.
        case done(String, String?)
        case page(ConsolePage)
        case cookies(String, [String])
    }

    static func page(
        _ path: String, _ summary: String, access: Access = .staff, budget: Int = 8, _ page: @escaping Page
    ) -> Entry {
        let route = OwnRoute(.operator, .get, path, summary, budget: budget) { request, context in
            let exchange = try await ConsoleExchange(request, context)
            return try await guarded(exchange, access, isFresh: false) {
                var made = try await page(exchange)
                if made.done == nil { made.done = exchange.asked("done").flatMap { remarks[$0] } }
                return exchange.page(made, status: made.alert == nil ? .ok : .unprocessableContent)
            }
        }
        return Entry(route: route, access: access, isFresh: false)
    }

    static func act(
        _ path: String, _ summary: String, access: Access = .staff, fresh: Bool = false, budget: Int = 24,
        _ act: @escaping Act
    ) -> Entry {
        let route = OwnRoute(.operator, .post, path, summary, budget: budget) { request, context in
            let exchange = try await ConsoleExchange(request, context)
            return try await guarded(exchange, access, isFresh: fresh) {
                switch try await act(exchange) {
                case .done(let place, let remark):
                    let mark = remark.map { (place.contains("?") ? "&" : "?") + "done=\($0)" } ?? ""
                    return exchange.redirect(place + mark)
                case .page(let page):
                    return exchange.page(page, status: page.alert == nil ? .ok : .unprocessableContent)
                case .cookies(let place, let lines): return exchange.redirect(place, cookies: lines)
                }
            }
        }
        return Entry(route: route, access: access, isFresh: fresh)
    }

    /// A file instead of a page.
    static func file(
        _ path: String, _ summary: String, budget: Int = 8,
        _ make: @escaping @Sendable (ConsoleExchange) async throws -> (content: [UInt8], type: String, name: String)
    ) -> Entry {
        let route = OwnRoute(.operator, .get, path, summary, budget: budget) { request, context in
            let exchange = try await ConsoleExchange(request, context)
            return try await guarded(exchange, .staff, isFresh: false) {
                let file = try await make(exchange)
                return exchange.download(file.content, type: file.type, named: file.name)
            }
        }
        return Entry(route: route, access: .staff, isFresh: false, isFile: true)
    }

    private static func guarded(
        _ exchange: ConsoleExchange, _ access: Access, isFresh: Bool,
        _ work: () async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        if access != .anybody {
            guard let caller = exchange.caller else { return try signInFirst(exchange) }
            guard access == .staff || caller.isAdministrator else { throw notAllowed }
            if isFresh, caller.proof != nil, exchange.desk.now.elapsed(since: caller.confirmedAt) > freshness {
                return exchange.redirect("/console/confirm?return-to=\(backPath(exchange))")
            }
        }
        do {
            return try await work()
        } catch let problem as Problem where [401, 403, 410, 422, 503].contains(problem.status) && isOfForm(problem) {
            return exchange.page(
                ConsoleSignIn.again(exchange, problem), status: HTTPResponse.Status(code: problem.status))
        } catch let failure as ConsoleFailure {
            return refused(exchange, failure.title, failure.detail)
        } catch let refusal as OperatorRefusal {
            return refused(exchange, "That was not done.", refusal.description)
        } catch let failure as Administration.Failure {
            return refused(exchange, "That was not done.", failure.description)
        } catch let failure as LaunchDesk.Failure {
            return refused(exchange, "That was not done.", failure.description)
        } catch let failure as DatabaseFailure {
            guard failure.reason != .configuration else {
                return refused(exchange, "That isn’t set up here.", failure.description)
            }
            throw Problem(
                "database.unavailable", status: 503, title: "The database can't be reached just now.", source: .edge,
                retryAfter: 5, cause: failure.description)
        }
    }

    /// How long a shown password counts for what hurts.
    static let freshness: Duration = .seconds(300)

    /// What sign-in and confirmation say about the form itself; the rest is for the log, too.
    private static func isOfForm(_ problem: Problem) -> Bool {
        ["sign-in.failed", "identity.wrong-password", "console.link-invalid", "identity.input"].contains(
            problem.reason.rawValue)
    }

    private static func signInFirst(_ exchange: ConsoleExchange) throws -> Hummingbird.Response {
        guard exchange.fields.isEmpty else {
            throw Problem(
                "console.sign-in", status: 401, title: "Please sign in to the console.",
                detail: "Nothing was done.", headers: [("www-authenticate", "Cookie realm=\"seaworthy console\"")])
        }
        return exchange.redirect("/console/sign-in?return-to=\(ConsolePath.encoded(exchange.place))")
    }

    private static let notAllowed = Problem(
        "console.not-allowed", status: 403, title: "Your role doesn't include this.",
        detail: "It takes the role administrator.")

    /// The page that a form was on: one of ours, or the overview.
    private static func backPath(_ exchange: ConsoleExchange) -> String {
        ConsolePath.encoded(ConsolePath.checked(exchange.fields["back"]))
    }

    private static func refused(_ exchange: ConsoleExchange, _ title: String, _ detail: String) -> Hummingbird.Response
    {
        let place = ConsolePath.checked(exchange.fields["back"] ?? exchange.place)
        let isLoop = exchange.fields.isEmpty
        return exchange.page(
            ConsolePage(
                "Not done", alert: ConsoleNotice(title, detail),
                isLoop ? [] : [.facts([ConsoleFact("Go on", ConsoleCell("Back to where you were", link: place))])]),
            status: .unprocessableContent)
    }

    /// What pages say was done.
    static let remarks: [String: String] = [
        "signed-out": "You are signed out.", "confirmed": "Thank you. Now send the form again.",
        "disabled": "The account is disabled and its sessions have ended.", "enabled": "The account is enabled.",
        "unlocked": "The account may try to sign in again.",
        "signed-out-user": "All sessions of the account have ended.",
        "role": "The role was changed; it holds from the next request on.", "session-ended": "The session has ended.",
        "job-retried": "The job waits for the worker again.", "job-cancelled": "The job is cancelled, or will be soon.",
        "job-discarded": "The job is gone.", "job-run": "The schedule’s job waits for the worker.",
        "dead-retried": "The dead letters wait for the worker again.",
        "mails-released": "Mails that were held are on their way.", "suppressed": "The address gets no more mail.",
        "unsuppressed": "The address gets mail again.", "not-suppressed": "The address wasn’t on the list.",
        "mail-tested": "The test mail is in the outbox.", "webhook-enabled": "The webhook gets events again.",
        "recorded": "Written down. This is the next one.", "recorded-last": "Written down; nothing else is open.",
        "assigned": "The items have somebody now.", "unassigned": "The items are nobody’s now.",
        "attached": "The file is kept.", "signed": "Signed, for the evidence of this run.",
        "revoked": "The sign-off no longer counts.", "role-given": "The account may sign as that role.",
        "role-taken": "The account may sign as that role no more.",
        "factor-reset": "The second factor is gone, and the account’s sessions have ended.",
        "user-deleted": "The account is gone.",
        "key-revoked": "The key is revoked: the next request with it is refused.",
        "rotated": "There is a new key; the list says since when it signs and how long the one before verifies.",
        "rotation-settled": "Nothing was made: the newest key of that purpose is young enough already.",
        "project-made": "The project is made.", "project-renamed": "The project has its new name.",
        "project-archived": "The project is archived: nobody gets at it until it is restored.",
        "project-restored": "The project is open again.", "project-deleted": "The project is gone.",
        "member-added": "They are in the project now.",
        "member-role": "The member’s role was changed; it holds from the next request on.",
        "member-removed": "They are no member any more.",
        "webhook-was-on": "The webhook wasn’t off.", "verify-asked": "The worker verifies the trail now.",
    ]
}

/// Places inside the console that somebody is led back to.
enum ConsolePath {
    /// `/console` for whatever isn't one. (ASVS 5.0 V3.7.2)
    static func checked(_ text: String?) -> String {
        guard let text, text.utf8.count <= 1000,
            text == "/console" || text.hasPrefix("/console/") || text.hasPrefix("/console?"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C && $0 != 0x22 }), !text.contains("..")
        else { return "/console" }
        return text
    }

    /// As the value of a query's name.
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            if byte.isASCIILetter || byte.isASCIIDigit || "-._~/".unicodeScalars.contains(scalar) {
                return String(Character(scalar))
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count == 1 ? "0" + digits : digits)
        }.joined()
    }

    /// A path with a query of what is given.
    static func with(_ path: String, _ query: [(String, String?)]) -> String {
        let pairs = query.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name)=\(encoded($0))" }
        }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }
}
