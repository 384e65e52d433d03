import Kernel
import Operations
import Store
import TestKit
import Testing

@Suite("Search, on both engines")
struct SearchTests {
    private static let documents: [SearchDocument] = [
        .init(
            kind: "event", key: "1", title: "Account locked",
            body: "Five failures from 203.0.113.9 locked the account of Zoë Müller.", audience: "audit.read"),
        .init(
            kind: "event", key: "2", title: "Session revoked", body: "All sessions were revoked after a reset.",
            audience: "audit.read"),
        .init(
            kind: "help", key: "reset", title: "How to reset a password",
            body: "Open “Forgot password?”, then follow the link. The account stays locked until then.",
            audience: "public"),
        .init(
            kind: "help", key: "export", title: "Data export",
            body: "Your data as a ZIP: JSON, CSV; contact privacy-team@example.com.", audience: "public"),
        .init(
            kind: "help", key: "naive", title: "Naïve café", body: "Straße, ＦＵＬＬ width, 数据 导出, ﬁne.", audience: "public"
        ),
    ]

    private static func with<Value>(_ engine: DatabaseEngine, _ work: (SearchIndex, Database) async throws -> Value)
        async throws -> Value
    {
        try await TestDatabase.with(engine, migrations: SearchIndex.migrations) { database in
            let index = SearchIndex(database: database, clock: TestClock())
            try await database.transaction("test") { db in for document in documents { try index.put(document, in: db) }
            }
            return try await work(index, database)
        }
    }

    static let everybody: Set<String> = ["public", "audit.read"]

    static let queries: [(text: String, keys: [String])] = [
        ("locked", ["1", "reset"]),
        ("LOCKED account", ["1", "reset"]),
        ("zoe muller", ["1"]),
        ("Zoë", ["1"]),
        ("\"account locked\"", ["1"]),
        ("\"locked account\"", []),
        ("lock*", ["1", "reset"]),
        ("locked -failures", ["reset"]),
        ("locked -\"the account of\"", ["reset"]),
        ("203.0.113.9", ["1"]),
        ("privacy-team@example.com", ["export"]),
        ("team", ["export"]),
        ("naive cafe", ["naive"]),
        ("full", ["naive"]),
        ("fine", ["naive"]),
        ("session", ["2"]),
        ("sess*", ["2"]),
        ("nowhere", []),
        ("reset", ["reset", "2"]),
    ]

    @Test(
        "words, phrases, beginnings and exclusions find what they say, titles first",
        arguments: DatabaseEngine.allCases, queries.indices)
    func finds(_ engine: DatabaseEngine, _ index: Int) async throws {
        let (text, keys) = Self.queries[index]
        try await Self.with(engine) { search, _ in
            let hits = try await search.search(text, audiences: Self.everybody)
            #expect(hits.map(\.key) == keys, "\(text)")
        }
    }

    @Test("only what the caller may see is found", arguments: DatabaseEngine.allCases)
    func permissions(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { search, _ in
            let cases: [(audiences: Set<String>, kinds: Set<String>?, keys: [String])] = [
                (["public"], nil, ["reset"]), ([], nil, []), (Self.everybody, ["event"], ["1"]),
                (Self.everybody, [], []), (["public' OR '1'='1"], nil, []),
            ]
            for (audiences, kinds, keys) in cases {
                let hits = try await search.search("locked", audiences: audiences, kinds: kinds)
                #expect(hits.map(\.key) == keys)
            }
        }
    }

    @Test(
        "a changed document is found by its new words only, a removed one not at all",
        arguments: DatabaseEngine.allCases)
    func changes(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { search, database in
            try await database.transaction("test") { db in
                try search.put(
                    .init(kind: "help", key: "export", title: "Takeout", body: "New words.", audience: "public"), in: db
                )
                try search.remove(kind: "help", key: "reset", in: db)
            }
            #expect(try await search.search("csv", audiences: Self.everybody).isEmpty)
            #expect(try await search.search("takeout", audiences: Self.everybody).map(\.key) == ["export"])
            #expect(try await search.search("password", audiences: Self.everybody).isEmpty)
        }
    }

    @Test("what was found is marked, in its own writing", arguments: DatabaseEngine.allCases)
    func excerpts(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { search, _ in
            let hit = try #require(try await search.search("zoe lock*", audiences: Self.everybody).first)
            #expect(hit.title == [.init("Account ", isMatch: false), .init("locked", isMatch: true)])
            #expect(hit.excerpt.filter(\.isMatch).map(\.text) == ["locked", "Zoë"])
            #expect(hit.excerpt.map(\.text).joined() == Self.documents[0].body)
        }
    }

    static let hostile: [String] = [
        "'", "\"", "\\", "';DROP TABLE search_documents;--", "\" OR 1=1 --", "a' OR 'a'='a", "locked\") OR (\"x",
        "title_words:locked", "{title_words body_words}: locked", "NEAR(account locked, 5)", "locked NOT account OR *",
        "^locked", "lock* AND *", "* * *", "(((((((((((", "a & b | !c <-> d", "'a':* & 'b'", "$1 ?1 :name @name %s {0}",
        "locked\u{202E}dekcol", "locked\0account", "-", "--", "-*", "\"\"", "\"unclosed phrase", "\u{FEFF}locked",
        String(repeating: "a", count: 300), String(repeating: "(", count: 300), "e\u{301}\u{301}\u{301}\u{301}",
        "search_words MATCH 'x'", "locked; SELECT pg_sleep(10)", "🏴‍☠️ locked", "locked OR pg_sleep(5)", "\r\nlocked\r\n",
    ]

    @Test("a hostile query is words or a refusal, never syntax", arguments: DatabaseEngine.allCases, hostile.indices)
    func hostility(_ engine: DatabaseEngine, _ index: Int) async throws {
        let text = Self.hostile[index]
        try await Self.with(engine) { search, database in
            // One that stalls runs into the statement's time limit, which is an error here.
            do {
                let hits = try await search.search(text, audiences: ["public"])
                #expect(hits.allSatisfy { $0.kind == "help" }, "\(text) reached what it may not")
            } catch let refusal as SearchQuery.Refusal {
                #expect(!refusal.description.isEmpty)
            }
            let count = try await database.read("test") { db in
                try db.value("SELECT count(*) FROM search_documents", as: Int.self)
            }
            #expect(count == Self.documents.count)
        }
    }

    @Test("too long, too many and nothing are refused with what would be valid")
    func refusals() {
        for (text, words) in [
            (String(repeating: "a ", count: 160), "300 characters"),
            (Array(repeating: "word", count: 13).joined(separator: " "), "12 words"),
            ("\"" + Array(repeating: "word", count: 13).joined(separator: " ") + "\"", "12 words"),
            ("", "missing"), ("-only -excluded", "missing"), ("?!", "missing"),
        ] {
            let refusal = #expect(throws: SearchQuery.Refusal.self) { _ = try SearchQuery(text) }
            #expect(refusal?.description.contains(words) == true, "\(text)")
        }
    }

    @Test("a query over its time is ended and others go on", arguments: DatabaseEngine.allCases)
    func stalls(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: SearchIndex.migrations) { database in
            let patient = SearchIndex(database: database, clock: TestClock(), limit: .seconds(20))
            let words = (0..<400).map { "w\($0)" }.joined(separator: " ")
            for batch in 0..<6 {
                try await database.transaction("test") { db in
                    for number in 0..<250 {
                        try patient.put(
                            .init(kind: "k", key: "\(batch)-\(number)", title: "t", body: words, audience: "public"),
                            in: db)
                    }
                }
            }
            let hurried = SearchIndex(database: database, clock: TestClock(), limit: .milliseconds(1))
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await hurried.search("w1* w2* w3* w4* w5*", audiences: ["public"])
            }
            #expect(error?.code == .statementTimeout)
            #expect(try await patient.search("w17", audiences: ["public"], count: 1000).count == 100)
        }
    }

    @Test("32 tasks put the same document and one is found", arguments: DatabaseEngine.allCases)
    func concurrent(_ engine: DatabaseEngine) async throws {
        try await Self.with(engine) { search, database in
            try await withThrowingTaskGroup { group in
                for task in 0..<32 {
                    group.addTask {
                        try await database.transaction("test") { db in
                            try search.put(
                                .init(
                                    kind: "help", key: "same", title: "Samovar \(task)", body: "tea", audience: "public"
                                ), in: db)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await search.search("samovar", audiences: ["public"]).count == 1)
        }
    }
}
