import Foundation
import Testing

@testable import TradingDeskApp

@Suite("Bad input") struct BadInputTests {
    @Test(
        "an odd amount is refused with 422 and changes nothing",
        arguments: [
            "", "0", "0.00", "-1", "1.234", "1,50", "1e5", "0x10", "99999999999999999999", "10000000001", " 1", "+1",
            "１", "NaN", ".5", "1.",
        ])
    func amounts(_ amount: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let before = try await Races.cash(alice, 1)
            #expect(try await alice.post("/api/portfolios/1/deposits", ["amount": .string(amount)]).status == 422)
            #expect(try await Races.cash(alice, 1) == before)
        }
    }

    @Test(
        "amounts are read and written without losing a cent",
        arguments: [
            ("0.01", 1), ("1", 100), ("1.5", 150), ("1.50", 150), ("10000000000", 1_000_000_000_000), ("007", 700),
        ] as [(String, Int64)])
    func reading(_ text: String, _ expected: Int64) {
        #expect(Money.parse(text) == expected)
        #expect(Money.parse(Money.plain(expected)) == expected)
    }

    @Test(
        "sums and products beyond the limit are nil, never a trap",
        arguments: [
            (Int64.max, Int64.max), (Int64.min, -1), (Money.limit, 1), (-Money.limit, -1), (Int64.min, Int64.min),
        ] as [(Int64, Int64)])
    func overflow(_ left: Int64, _ right: Int64) {
        #expect(Money.sum(left, right) == nil)
        #expect(Money.product(Int64.max, right == 1 ? 2 : right) == nil || right == -1)
    }

    @Test(
        "a body that isn't what it says is a 4xx problem, never a 5xx",
        arguments: [
            ("{", "application/json", 400), ("", "application/json", 400), ("[]", "application/json", 422),
            ("{\"amount\":1}", "application/json", 422), ("{\"amount\":null}", "application/json", 422),
            ("{\"amount\":\"1\",\"memo\":7}", "application/json", 422), ("\"x\"", "application/json", 422),
            ("{\"amount\":1e999}", "application/json", 400), ("amount=1", "text/plain", 415),
            ("<a/>", "application/xml", 415),
            (String(repeating: "[", count: 50_000), "application/json", 400),
            (String(repeating: "[", count: 500) + String(repeating: "]", count: 500), "application/json", 400),
            (String(repeating: "[", count: 60) + String(repeating: "]", count: 60), "application/json", 422),
            ("\u{0}", "application/json", 400),
        ])
    func bodies(_ body: String, _ type: String, _ status: Int) async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let reply = try await alice.send(
                "POST", "/api/portfolios/1/deposits", ["Content-Type": type], Array(body.utf8))
            #expect(reply.status == status)
            #expect(reply.header("Content-Type") == "application/problem+json")
            #expect(reply.json?["requestID"]?.string == reply.header("X-Request-ID"))
        }
    }

    @Test(
        "a path that can be read in two ways is refused",
        arguments: [
            "/public/../admin", "/static/..%2f..%2fetc/passwd", "/%2e%2e/admin", "/static/%252e%252e/x", "/a%2fb",
            "/%zz", "/%ff",
            "/a%00b", "/static/..;/x", "/?q=%ff", "/?q=%", "/static/..\\x", "/%5c..%5cx",
        ])
    func paths(_ path: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let reply = try await client.get(path)
            #expect(reply.status == 400)
        }
    }

    @Test(
        "row numbers and symbols that don't exist are 404",
        arguments: [
            "/api/portfolios/0", "/api/portfolios/-1", "/api/portfolios/99999999999999999999", "/api/portfolios/x",
            "/api/orders/77", "/api/notes/1e3", "/api/instruments/NOPE/prices", "/api/instruments/%F0%9F%92%A5/prices",
            "/api/statements/5", "/api/notes/4",
        ])
    func missing(_ path: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let reply = try await client.signedIn("alice").get(path)
            #expect(reply.status == 404)
        }
    }

    @Test(
        "a broken cookie is nobody's, not an error",
        arguments: [
            "tradingdesk_session=", "tradingdesk_session", "tradingdesk_session=\u{7f}", "=;=;=",
            "tradingdesk_session=" + String(repeating: "a", count: 4000),
            "tradingdesk_session=' OR 1=1 --",
        ])
    func cookies(_ cookie: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let reply = try await client.get("/api/session", ["Cookie": cookie])
            #expect(reply.status == 401 || reply.status == 400)
        }
    }

    @Test(
        "orders outside the rules are refused",
        arguments: [
            ("{\"symbol\":\"ALBA\",\"side\":\"buy\",\"quantity\":0}", 422),
            ("{\"symbol\":\"ALBA\",\"side\":\"buy\",\"quantity\":-5}", 422),
            ("{\"symbol\":\"ALBA\",\"side\":\"buy\",\"quantity\":1.5}", 422),
            ("{\"symbol\":\"ALBA\",\"side\":\"hold\",\"quantity\":1}", 422),
            ("{\"symbol\":\"NOPE\",\"side\":\"buy\",\"quantity\":1}", 404),
            ("{\"symbol\":\"ALBA\",\"side\":\"buy\",\"quantity\":9223372036854775807}", 422),
            ("{\"symbol\":\"KELP\",\"side\":\"sell\",\"quantity\":1}", 409),
            ("{\"symbol\":\"ALBA\",\"side\":\"buy\",\"quantity\":1,\"limitPrice\":\"0\"}", 422),
        ])
    func orders(_ body: String, _ status: Int) async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let reply = try await alice.send(
                "POST", "/api/portfolios/1/orders", ["Content-Type": "application/json"], Array(body.utf8))
            #expect(reply.status == status)
        }
    }

    @Test(
        "a statement is judged by its content",
        arguments: [
            ("date,description,amount,reference\r\n2026-03-09,Salary,1200.00,A1\r\n", 201),
            ("\u{FEFF}date,description,amount,reference\n2026-03-09,\"Rent, March\",-800,\"B\"\"2\"", 201),
            ("date,description,amount,reference\n", 201), ("MZ\u{0}\u{1}", 415), ("<html></html>", 415), ("", 415),
            ("date,amount\n2026-03-09,1", 415), ("date,description,amount,reference\n2026-02-30,X,1,R", 422),
            ("date,description,amount,reference\n2026-03-09,X,1e9,R", 422),
            ("date,description,amount,reference\n2026-03-09,X", 422),
            ("date,description,amount,reference\n\"2026-03-09", 422),
        ])
    func statements(_ text: String, _ status: Int) async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let reply = try await alice.send(
                "POST", "/api/portfolios/1/statements", ["Content-Type": "text/csv"], Array(text.utf8))
            #expect(reply.status == status)
        }
    }

    @Test("a multipart upload is found by its field, and reconciled")
    func multipart() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let id = try await Races.funded(alice, "12.50")
            let today = Date.now.formatted(.iso8601.year().month().day())
            let body = """
                --edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--edge\r\n\
                Content-Disposition: form-data; name="file"; filename="../march.csv"\r\nContent-Type: text/csv\r\n\r\n\
                date,description,amount,reference\r\n\(today),Transfer,12.50,T1\r\n\(today),Unknown,99.00,T2\r\n\r\n--edge--\r\n
                """
            let reply = try await alice.send(
                "POST", "/api/portfolios/\(id)/statements", ["Content-Type": "multipart/form-data; boundary=edge"],
                Array(body.utf8))
            #expect(reply.status == 201)
            #expect(reply.json?["fileName"] == "march.csv")
            #expect(reply.json?["matched"] == 1)
            #expect(reply.json?["unmatched"] == 1)
            let broken = try await alice.send(
                "POST", "/api/portfolios/\(id)/statements", ["Content-Type": "multipart/form-data; boundary=other"],
                Array(body.utf8))
            #expect(broken.status == 400)
        }
    }

    @Test("random bytes never bring the desk down", arguments: [UInt64(1), 2, 3, 4])
    func rubbish(_ seed: UInt64) async throws {
        try await withDesk { client, _ async throws -> Void in
            var generator = SeededGenerator(seed: seed)
            let alice = try await client.signedIn("alice")
            for _ in 0..<25 {
                let length = Int.random(in: 0...300, using: &generator)
                let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                for type in [
                    "application/json", "text/csv", "multipart/form-data; boundary=a",
                    "application/x-www-form-urlencoded",
                ] {
                    let path = type.contains("urlencoded") ? "/orders" : "/api/portfolios/1/statements"
                    #expect(try await alice.send("POST", path, ["Content-Type": type], bytes).status < 500)
                }
                _ = try? await client.raw(bytes + Array("\r\n\r\n".utf8))
            }
            #expect(try await client.get("/health/live").status == 200)
        }
    }
}
