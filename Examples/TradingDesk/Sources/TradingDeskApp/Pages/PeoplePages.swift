import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Research, search, the account, administration.
enum PeoplePages {
    struct NoteTile: Sendable {
        var id: Int64
        var topic: String
        var excerpt: String
        var author: String
        var date: String
        var visibility: String

        init(_ note: Note) {
            (id, topic, author) = (note.id, note.topic, note.author)
            let words = note.body.split(separator: " ")
            excerpt = words.count > 28 ? words.prefix(28).joined(separator: " ") + " …" : note.body
            (date, visibility) = (Day.date(note.createdAt), note.isShared ? "shared" : "private")
        }
    }
    struct ResearchPage: Sendable { var notes: [NoteTile] }
    struct NotePage: Sendable {
        struct Remark: Sendable {
            var author: String
            var date: String
            var body: String
        }
        var id: Int64
        var topic: String
        var text: String
        var author: String
        var date: String
        var visibility: String
        var comments: [Remark]
    }
    struct SearchPage: Sendable {
        struct Hit: Sendable {
            var symbol: String
            var name: String
            var price: String
        }
        var term: String
        var instruments: [Hit]
        var notes: [NoteTile]
    }
    struct AccountPage: Sendable {
        struct Choice: Sendable {
            var purpose: String
            var about: String
            var next: String
            var button: String
            var buttonClass: String
        }
        var name: String
        var email: String
        var choices: [Choice]
    }
    struct AdminPage: Sendable {
        struct Row: Sendable {
            var id: Int64
            var name: String
            var email: String
            var role: String
            var status: String
            var since: String
            var isOther: Bool
            var otherRole: String
            var otherStatus: String
            var statusAction: String
        }
        var count: Int
        var day: Int64
        var accounts: [Row]
    }

    static let all: [Operation] = research + account + administration

    private static let research: [Operation] = [
        .page(.get, "/research") { call in
            let notes = try await call.desk.research.notes(for: try call.person())
            return call.desk.pages.page(
                "research", title: "Research", model: ResearchPage(notes: notes.map(NoteTile.init)), call: call)
        },
        .page(.post, "/research") { call in
            let form = try call.form()
            let note = try await call.desk.research.write(
                topic: try DeskRequest.text(form, "topic", limit: Research.topicLimit),
                isShared: form["shared"] == "yes",
                for: try call.person())
            return Answer.seeOther("/research/\(note.id)")
        },
        .page(.get, "/research/{id}") { call in
            let (id, person) = (try call.number("id"), try call.person())
            let note = try await call.desk.research.note(id, for: person)
            let comments = try await call.desk.research.comments(on: id, for: person)
            let model = NotePage(
                id: note.id, topic: note.topic, text: note.body, author: note.author, date: Day.date(note.createdAt),
                visibility: note.isShared ? "shared" : "private",
                comments: comments.map {
                    .init(author: $0.author ?? "Former member", date: Day.minute($0.createdAt), body: $0.body)
                })
            return call.desk.pages.page("note", title: "Research", model: model, call: call)
        },
        .page(.post, "/research/{id}/comments") { call in
            let id = try call.number("id")
            let body = try DeskRequest.text(try call.form(), "body", limit: Research.commentLimit)
            _ = try await call.desk.research.comment(body, on: id, for: try call.person())
            return Answer.seeOther("/research/\(id)")
        },
        .page(.get, "/search") { call in
            let term = try DeskRequest.text(call.query, "q", limit: 100)
            let results = try await call.desk.search.find(term, for: try call.person())
            let model = SearchPage(
                term: term,
                instruments: results.instruments.map {
                    .init(symbol: $0.symbol, name: $0.name, price: Money.shown($0.price))
                },
                notes: results.notes.map(NoteTile.init))
            return call.desk.pages.page("search", title: "Search", model: model, call: call)
        },
    ]

    private static let account: [Operation] = [
        .page(.get, "/account") { call in
            let person = try call.person()
            let choices = try await call.desk.consents.choices(of: person).map { choice in
                AccountPage.Choice(
                    purpose: choice.purpose, about: choice.about, next: choice.isGranted ? "no" : "yes",
                    button: choice.isGranted ? "Take back" : "Agree", buttonClass: choice.isGranted ? "second" : "")
            }
            let model = AccountPage(name: person.name, email: person.email, choices: choices)
            return call.desk.pages.page("account", title: "Account", model: model, call: call)
        },
        .page(.post, "/account") { call in
            let name = try DeskRequest.text(try call.form(), "name", limit: 80)
            _ = try await call.desk.accounts.change(try call.person().id, name: name)
            return Answer.seeOther("/account")
        },
        .page(.post, "/account/consent") { call in
            let form = try call.form()
            try await call.desk.consents.choose(
                form["purpose"] ?? "", granted: form["granted"] == "yes", for: try call.person())
            return Answer.seeOther("/account")
        },
        .page(.post, "/account/delete") { call in
            try await call.desk.accounts.delete(try call.person().id, password: try call.form()["password"] ?? "")
            return Answer.seeOther("/", headers: [.setCookie: call.clearedCookie])
        },
    ]

    private static let administration: [Operation] = [
        .page(.get, "/admin", access: .admin) { call in
            let own = call.context.person?.id
            let accounts = try await call.desk.accounts.all().map { account in
                let isActive = account.status == "active"
                return AdminPage.Row(
                    id: account.id, name: account.name, email: account.email, role: account.role.rawValue,
                    status: account.status, since: Day.date(account.createdAt), isOther: account.id != own,
                    otherRole: account.role == .admin ? "member" : "admin",
                    otherStatus: isActive ? "disabled" : "active",
                    statusAction: isActive ? "Disable" : "Enable")
            }
            let model = AdminPage(count: accounts.count, day: try await call.desk.market.day(), accounts: accounts)
            return call.desk.pages.page("admin", title: "Administration", model: model, call: call)
        },
        .page(.post, "/admin/users/{id}", access: .admin) { call in
            let form = try call.form()
            _ = try await AccountOperations.change(
                call, try call.number("id"), role: form["role"], status: form["status"])
            return Answer.seeOther("/admin")
        },
        .page(.post, "/admin/market/next-day", access: .admin) { call in
            _ = try await call.desk.market.openNextDay()
            return Answer.seeOther("/admin")
        },
    ]
}
