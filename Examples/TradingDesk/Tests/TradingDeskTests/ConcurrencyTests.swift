import Testing
import TradingDeskApp

@Suite("Concurrency", .serialized) struct ConcurrencyTests {
    @Test("balance: 40 deposits at once are all there")
    func balance() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let before = try await Races.cash(alice, 1)
            let replies = try await together(40) { _ in
                try await alice.post("/api/portfolios/1/deposits", ["amount": "0.37"])
            }
            #expect(replies.allSatisfy { $0.status == 201 })
            #expect(try await Races.cash(alice, 1) == before + 40 * 37)
        }
    }

    @Test("transaction: of 40 withdrawals at once exactly as many pass as there is cash for")
    func transaction() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let id = try await Races.funded(alice, "105.00")
            let replies = try await together(40) { _ in
                try await alice.post("/api/portfolios/\(id)/withdrawals", ["amount": "10.00"])
            }
            #expect(replies.count { $0.status == 201 } == 10)
            #expect(replies.count { $0.status == 409 } == 30)
            #expect(try await Races.cash(alice, id) == 500)
            let entries = try await alice.get("/api/portfolios/\(id)/transactions").json?["transactions"]?.array ?? []
            #expect(entries.reduce(0) { $0 + ($1["amountMinor"]?.int ?? 0) } == 500)
        }
    }

    @Test("position: 40 transfers at once are all there")
    func position() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let replies = try await together(40) { _ in
                try await alice.post("/api/portfolios/1/positions/JUNO/transfers", ["quantity": 3, "price": "44.50"])
            }
            #expect(replies.allSatisfy { $0.status == 201 })
            #expect(try await Races.shares(alice, 1, "JUNO") == 120)
        }
    }

    @Test("order execution: 32 executions at once fill the order once")
    func execution() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let before = try await Races.cash(alice, 1)
            let placed = try await alice.post(
                "/api/portfolios/1/orders", ["symbol": "KELP", "side": "buy", "quantity": 4])
            let id = try #require(placed.json?["id"]?.int)
            let replies = try await together(32) { _ in try await alice.send("POST", "/api/orders/\(id)/execution") }
            #expect(replies.count { $0.status == 200 } == 1)
            #expect(replies.count { $0.status == 409 } == 31)
            #expect(try await Races.shares(alice, 1, "KELP") == 4)
            let price = try #require(replies.first { $0.status == 200 }?.json?["executedPrice"]?.string)
            let cents = try #require(Int64(price.filter { $0 != "." }))
            #expect(try await Races.cash(alice, 1) == before - 4 * cents)
        }
    }

    @Test("order execution: 32 sell orders at once never sell more than is held")
    func selling() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            _ = try await alice.post("/api/portfolios/1/positions/JUNO/transfers", ["quantity": 10, "price": "1.00"])
            let replies = try await together(32) { _ in
                try await alice.post("/api/portfolios/1/orders", ["symbol": "JUNO", "side": "sell", "quantity": 2])
            }
            #expect(replies.count { $0.status == 201 } == 5)
        }
    }

    @Test("account deletion: with 32 deposits at once, either the money or the account stays")
    func deletion() async throws {
        try await withDesk { client, _ async throws -> Void in
            for _ in 0..<3 {
                let (person, id) = try await Races.newcomer(client)
                let replies = try await together(33) { index in
                    index == 8
                        ? try await person.post("/api/profile", ["password": .string(Races.password)], method: "DELETE")
                        : try await person.post("/api/portfolios/\(id)/deposits", ["amount": "1.00"])
                }
                let deposited = replies.count { $0.status == 201 }
                let isDeleted = replies.contains { $0.status == 204 }
                #expect(isDeleted ? deposited == 0 : deposited == 32)
            }
        }
    }

    @Test("consent: 32 choices at once leave every purpose as it was chosen last")
    func consent() async throws {
        try await withDesk { client, _ async throws -> Void in
            let alice = try await client.signedIn("alice")
            let purposes = ["usage-analytics", "marketing-mail", "research-profile", "partner-sharing"]
            let replies = try await together(32) {
                try await alice.post("/api/consent/\(purposes[$0 % 4])", ["isGranted": true], method: "PUT")
            }
            #expect(replies.allSatisfy { $0.status == 204 })
            let choices = try await alice.get("/api/consent").json?["choices"]?.array ?? []
            #expect(choices.count { $0["isGranted"] == true } == 4)
        }
    }

    @Test(
        "a flawed desk loses the race in at least 19 of 20 tries, with two requests",
        arguments: [
            Flaw.lostUpdateBalance, .lostUpdatePosition, .transactionRace, .doubleExecution, .deletionRace,
            .consentLostUpdate,
        ])
    func reliable(_ flaw: Flaw) async throws {
        try await withDesk(flaw) { client, _ async throws -> Void in
            var lost = 0
            for _ in 0..<20 {
                let isLost =
                    switch flaw {
                    case .lostUpdateBalance: try await Races.losesDeposit(client)
                    case .lostUpdatePosition: try await Races.losesTransfer(client)
                    case .transactionRace: try await Races.overdraws(client)
                    case .doubleExecution: try await Races.executesTwice(client)
                    case .deletionRace: try await Races.losesMoneyWithAccount(client)
                    default: try await Races.losesConsent(client)
                    }
                if isLost { lost += 1 }
            }
            #expect(lost >= 19)
        }
    }
}
