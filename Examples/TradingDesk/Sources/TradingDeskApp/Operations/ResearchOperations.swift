import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Research notes, comments, search and analytics.
enum ResearchOperations {
    static let all: [Operation] = [
        .api(
            .get, "/api/notes", "notes", "Research notes that you may read", tag: "research", access: .member,
            success: (200, "NoteList")
        ) {
            call in
            try Answer.json(["notes": .array(try await call.desk.research.notes(for: try call.person()).map(\.json))])
        },
        .api(
            .post, "/api/notes", "writeNote", "Have a research note written on a topic", tag: "research",
            access: .member,
            input: [
                .init(name: "topic", type: "string", about: "1 to 500 characters.", example: "Energy in winter"),
                .init(
                    name: "isShared", type: "boolean", isRequired: false, about: "Whether other members read it.",
                    example: true),
            ], success: (201, "Note")
        ) { call in
            let body = try call.json()
            let topic = try DeskRequest.text(body, "topic", limit: Research.topicLimit)
            let note = try await call.desk.research.write(
                topic: topic, isShared: body["isShared"]?.bool ?? false, for: try call.person())
            return try Answer.json(note.json, status: .created)
        },
        .api(
            .get, "/api/notes/{id}", "note", "One note", tag: "research", access: .member, success: (200, "Note"),
            failures: [404]
        ) {
            call in
            try Answer.json(try await call.desk.research.note(try call.number("id"), for: try call.person()).json)
        },
        .api(
            .delete, "/api/notes/{id}", "deleteNote", "Delete a note of yours", tag: "research", access: .member,
            success: (204, nil), failures: [404]
        ) {
            call in
            try await call.desk.research.delete(try call.number("id"), for: try call.person())
            return Answer.empty(.noContent)
        },
        .api(
            .get, "/api/notes/{id}/comments", "comments", "Comments on a note", tag: "research", access: .member,
            success: (200, "CommentList"), failures: [404]
        ) { call in
            let comments = try await call.desk.research.comments(on: try call.number("id"), for: try call.person())
            return try Answer.json(["comments": .array(comments.map(\.json))])
        },
        .api(
            .post, "/api/notes/{id}/comments", "comment", "Comment on a note", tag: "research", access: .member,
            input: [.init(name: "body", type: "string", about: "1 to 2,000 characters.", example: "Agreed.")],
            success: (201, "Comment"), failures: [404]
        ) { call in
            let body = try DeskRequest.text(try call.json(), "body", limit: Research.commentLimit)
            let comment = try await call.desk.research.comment(body, on: try call.number("id"), for: try call.person())
            return try Answer.json(comment.json, status: .created)
        },
        .api(
            .post, "/api/previews", "linkPreview", "Have a link looked at for a note", tag: "research", access: .member,
            input: [
                .init(
                    name: "url", type: "string", about: "A page of the newsroom.",
                    example: "https://news.tradingdesk.example/today")
            ], success: (202, "Preview")
        ) { call in
            let url = try DeskRequest.text(try call.json(), "url", limit: 500)
            if call.flaws.contains(.fetchesAnyURL), let status = await LinkFetch.status(of: url) {
                return try Answer.json(
                    ["url": .string(url), "state": .string("answered \(status)")], status: .accepted)
            }
            // The newsroom's own pages only: where else a server of ours connects to isn't a visitor's to say.
            guard url.hasPrefix("https://news.tradingdesk.example/") else {
                throw DeskError.invalid("invalid-url", "Only pages of the newsroom can be looked at.")
            }
            return try Answer.json(["url": .string(url), "state": "queued"], status: .accepted)
        },
        .api(
            .get, "/api/search", "search", "Find instruments and notes", tag: "research", access: .member,
            query: [.init(name: "q", about: "1 to 100 characters.", isRequired: true)], success: (200, "SearchResults")
        ) { call in
            let results = try await call.desk.search.find(
                try DeskRequest.text(call.query, "q", limit: 100), for: try call.person())
            return try Answer.json([
                "instruments": .array(results.instruments.map(\.json)), "notes": .array(results.notes.map(\.json)),
            ])
        },
        .api(
            .get, "/api/analytics", "analytics", "Figures over all your portfolios", tag: "analytics", access: .member,
            success: (200, "Analytics")
        ) {
            call in try Answer.json(try await call.desk.analytics.summary(of: try call.person()).json)
        },
    ]
}
