import TradingDeskApp

/// Two requests at once against one row: each says whether the desk lost something.
enum Races {
    /// Two deposits of 1.00: does one vanish?
    static func losesDeposit(_ client: DeskClient) async throws -> Bool {
        let alice = try await client.signedIn("alice")
        let before = try await cash(alice, 1)
        _ = try await together(2) { _ in try await alice.post("/api/portfolios/1/deposits", ["amount": "1.00"]) }
        return try await cash(alice, 1) != before + 200
    }

    /// Two withdrawals of all the cash: do both pass?
    static func overdraws(_ client: DeskClient) async throws -> Bool {
        let alice = try await client.signedIn("alice")
        let id = try await funded(alice, "100.00")
        let replies = try await together(2) { _ in
            try await alice.post("/api/portfolios/\(id)/withdrawals", ["amount": "100.00"])
        }
        return replies.count { $0.status == 201 } > 1
    }

    /// Two transfers of 10 shares: do 10 vanish?
    static func losesTransfer(_ client: DeskClient) async throws -> Bool {
        let alice = try await client.signedIn("alice")
        let before = try await shares(alice, 1, "JUNO")
        _ = try await together(2) { _ in
            try await alice.post("/api/portfolios/1/positions/JUNO/transfers", ["quantity": 10, "price": "40.00"])
        }
        return try await shares(alice, 1, "JUNO") != before + 20
    }

    /// Two executions of one order: does it fill twice?
    static func executesTwice(_ client: DeskClient) async throws -> Bool {
        let alice = try await client.signedIn("alice")
        let before = try await shares(alice, 1, "KELP")
        let placed = try await alice.post("/api/portfolios/1/orders", ["symbol": "KELP", "side": "buy", "quantity": 3])
        let id = placed.json?["id"]?.int ?? 0
        _ = try await together(2) { _ in try await alice.send("POST", "/api/orders/\(id)/execution") }
        return try await shares(alice, 1, "KELP") != before + 3
    }

    /// A deposit while the account is being deleted: do both succeed?
    static func losesMoneyWithAccount(_ client: DeskClient) async throws -> Bool {
        let (person, id) = try await newcomer(client)
        let replies = try await together(2) { index in
            index == 0
                ? try await person.post("/api/profile", ["password": .string(password)], method: "DELETE")
                : try await late { try await person.post("/api/portfolios/\(id)/deposits", ["amount": "5.00"]) }
        }
        return replies.contains { $0.status == 204 } && replies.contains { $0.status == 201 }
    }

    /// Two choices for different purposes: does one vanish?
    static func losesConsent(_ client: DeskClient) async throws -> Bool {
        let alice = try await client.signedIn("alice")
        let purposes = ["usage-analytics", "marketing-mail"]
        for purpose in purposes {
            _ = try await alice.post("/api/consent/\(purpose)", ["isGranted": false], method: "PUT")
        }
        _ = try await together(2) {
            try await alice.post("/api/consent/\(purposes[$0])", ["isGranted": true], method: "PUT")
        }
        let choices = try await alice.get("/api/consent").json?["choices"]?.array ?? []
        return choices.count { $0["isGranted"] == true } != 2
    }

    static let password = "a sentence for a newcomer"

    /// Somebody with an empty portfolio.
    static func newcomer(_ client: DeskClient) async throws -> (DeskClient, Int64) {
        let email = "new\(UInt32.random(in: 0...UInt32.max))@example.test"
        _ = try await client.post(
            "/api/accounts", ["email": .string(email), "name": "New Comer", "password": .string(password)])
        let session = try await client.post("/api/session", ["email": .string(email), "password": .string(password)])
        var person = client
        person.session = session.session
        return (person, try await funded(person, nil))
    }

    static func funded(_ person: DeskClient, _ amount: String?) async throws -> Int64 {
        let id = try await person.post("/api/portfolios", ["name": "For a race"]).json?["id"]?.int ?? 0
        if let amount { _ = try await person.post("/api/portfolios/\(id)/deposits", ["amount": .string(amount)]) }
        return id
    }

    static func cash(_ person: DeskClient, _ id: Int64) async throws -> Int64 {
        try await person.get("/api/portfolios/\(id)").json?["cashMinor"]?.int ?? -1
    }

    static func shares(_ person: DeskClient, _ id: Int64, _ symbol: String) async throws -> Int64 {
        let positions = try await person.get("/api/portfolios/\(id)/positions").json?["positions"]?.array ?? []
        return positions.first { $0["symbol"] == .string(symbol) }?["quantity"]?.int ?? 0
    }

    /// Into the gap between question and deletion, after the password was checked.
    private static func late(_ work: () async throws -> Reply) async throws -> Reply {
        try await Task.sleep(for: .milliseconds(40), clock: .continuous)
        return try await work()
    }
}
