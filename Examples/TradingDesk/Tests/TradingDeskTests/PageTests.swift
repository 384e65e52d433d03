import Testing

@testable import TradingDeskApp

@Suite("Pages") struct PageTests {
    private static let member = [
        "/dashboard", "/portfolios", "/portfolios/1", "/orders", "/market", "/market/DUNE", "/research", "/research/1",
        "/search?q=dune", "/analytics", "/statements", "/account",
    ]

    @Test("a member's pages render whole, without inline script or style, and aren't stored", arguments: member)
    func members(_ path: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let page = try await client.signedIn("alice").get(path)
            #expect(page.status == 200)
            #expect(page.text.contains("</html>") && !page.text.contains("{{"))
            #expect(!page.text.contains("<script") && !page.text.contains("style=") && !page.text.contains("Optional("))
            #expect(page.header("Cache-Control") == "no-store")
            let stranger = try await client.get(path)
            #expect(stranger.status == 303 && stranger.header("Location")?.hasPrefix("/sign-in") == true)
        }
    }

    @Test("what a stranger typed can't end an attribute, not even with an accent over its quotation mark")
    func attributes() async throws {
        try await withDesk { client, _ async throws -> Void in
            // “x"́ onfocus=…”: U+0022 and U+0301 are one character, and two code points to a browser.
            let typed = "email=x%22%CC%81+onfocus%3Dalert%281%29+y%3D%22&password=wrong"
            let page = try await client.form("/sign-in", typed)
            #expect(page.text.contains("x&quot;\u{301} onfocus"))
            #expect(
                !page.text.unicodeScalars.split(separator: "\"").contains { $0.starts(with: "\u{301}".unicodeScalars) })
        }
    }

    @Test("administration is for administrators")
    func administration() async throws {
        try await withDesk { client, _ async throws -> Void in
            #expect(try await client.signedIn("alice").get("/admin", ["Accept": "text/html"]).status == 403)
            let admin = try await client.signedIn("admin")
            #expect(try await admin.get("/admin").text.contains("bob@example.test"))
            #expect(try await admin.form("/admin/users/2", "status=disabled").status == 303)
            await #expect(throws: DeskClient.Failure.self) { _ = try await client.signedIn("bob") }
            #expect(try await admin.form("/admin/users/3", "role=member").status == 409)
            #expect(try await admin.form("/admin/market/next-day", "").status == 303)
            #expect(try await admin.send("POST", "/api/admin/market/next-day").json?["day"] == 262)
        }
    }

    @Test("a newcomer can sign up, fund a portfolio, buy, sell, comment, and leave")
    func journey() async throws {
        try await withDesk { client, _ async throws -> Void in
            let signUp = try await client.form(
                "/sign-up", "name=Nora+Vik&email=nora%40example.test&password=a+sentence+for+nora")
            #expect(signUp.status == 303 && signUp.header("Location") == "/dashboard")
            var nora = client
            nora.session = signUp.session
            let opened = try #require(try await nora.form("/portfolios", "name=Mine").header("Location"))
            #expect(try await nora.form(opened + "/deposit", "amount=1000.00&memo=Start").status == 303)
            let id = opened.split(separator: "/").last ?? ""
            #expect(
                try await nora.form("/orders", "portfolio=\(id)&symbol=FJRD&side=buy&quantity=3&limit=").status == 303)
            let order = try #require(
                try await nora.get("/api/portfolios/\(id)/orders").json?["orders"]?.array?.first?["id"]?.int)
            #expect(try await nora.form("/orders/\(order)/execute", "").status == 303)
            #expect(try await nora.get(opened).text.contains("Bought 3 FJRD"))
            #expect(try await nora.form("/account/delete", "password=a+sentence+for+nora").status == 409)
            #expect(try await nora.form("/orders", "portfolio=\(id)&symbol=FJRD&side=sell&quantity=3").status == 303)
            #expect(try await nora.form("/orders/\(order + 1)/execute", "").status == 303)
            let cash = Money.plain(try await Races.cash(nora, Int64(id) ?? 0))
            #expect(try await nora.form(opened + "/withdraw", "amount=\(cash)").status == 303)
            #expect(try await nora.form("/research/1/comments", "body=Well+said").status == 303)
            #expect(try await nora.form("/account/delete", "password=wrong+password+here").status == 403)
            let deleted = try await nora.form("/account/delete", "password=a+sentence+for+nora")
            #expect(deleted.status == 303 && deleted.session == nil)
            #expect(try await nora.get("/api/session").status == 401)
            #expect(try await client.signedIn("alice").get("/research/1").text.contains("Former member"))
        }
    }

    @Test("what people write is shown as text")
    func escaping() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let nasty = "<img src=x onerror=alert(1)>\"'{{page.id}}"
            _ = try await alice.post("/api/notes/1/comments", ["body": .string(nasty)])
            _ = try await alice.post("/api/profile", ["name": .string(nasty)], method: "PATCH")
            _ = try await alice.post("/api/portfolios", ["name": .string(nasty)])
            let note =
                try await alice.post("/api/notes", ["topic": .string(nasty), "isShared": true]).json?["id"]?.int ?? 0
            for path in [
                "/research/1", "/research/\(note)", "/research", "/dashboard", "/portfolios", "/account", "/orders",
            ] {
                let text = try await alice.get(path).text
                #expect(!text.contains("<img src=x"), "\(path)")
            }
            #expect(try await alice.get("/research/1").text.contains("&lt;img src=x"))
        }
    }

    @Test(
        "sign-in goes on only to pages of the desk",
        arguments: [
            ("/orders?x=1", "/orders?x=1"), ("https://evil.example", "/dashboard"), ("//evil.example", "/dashboard"),
            ("/\\evil.example", "/dashboard"), ("javascript:alert(1)", "/dashboard"), ("/\tx", "/dashboard"),
            ("", "/dashboard"),
        ])
    func next(_ given: String, _ expected: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let body = "email=bob%40example.test&password=correct+horse+battery+bob&next=\(PercentCoding.encode(given))"
            #expect(try await client.form("/sign-in", body).header("Location") == expected)
            #expect(
                try await client.get("/leave?to=\(PercentCoding.encode(given))").status
                    == (expected == given ? 303 : 400))
        }
    }

    @Test("somebody else's objects can't be told from missing ones")
    func ownership() async throws {
        try await withDesk { client, _ async throws -> Void in
            let bob = try await client.signedIn("bob")
            for (method, path) in [
                ("GET", "/api/portfolios/1"), ("GET", "/api/portfolios/1/positions"),
                ("GET", "/api/portfolios/1/transactions"),
                ("GET", "/api/portfolios/1/orders"), ("GET", "/api/portfolios/1/statements"), ("GET", "/api/orders/1"),
                ("DELETE", "/api/orders/6"), ("POST", "/api/orders/6/execution"), ("GET", "/portfolios/1"),
                ("GET", "/api/notes/3"),
                ("DELETE", "/api/notes/1"), ("GET", "/api/portfolios/1/transactions.csv"),
            ] {
                #expect(try await bob.send(method, path).status == 404, "\(method) \(path)")
            }
            #expect(try await bob.post("/api/portfolios/1/deposits", ["amount": "1"]).status == 404)
            #expect(try await bob.post("/api/portfolios/1", ["name": "Mine now"], method: "PATCH").status == 404)
        }
    }

    @Test("with a TLS listener the plain one sends everybody there, port and path kept")
    func redirect() async throws {
        try await withDesk(tls: true) { client, desk async throws -> Void in
            let reply = try await client.get("/orders?x=1")
            #expect(reply.status == 308)
            #expect(reply.header("Location") == "https://127.0.0.1:\(desk.tlsPort ?? 0)/orders?x=1")
        }
    }
}
