import GRDB

/// Deposits and withdrawals: reading the balance and writing it is one transaction.
extension Portfolios {
    /// Puts `amount` (minor units, above zero) in.
    /// - Throws: 404 for a portfolio that isn't the person's, 422 beyond the limit.
    func deposit(_ amount: Int64, memo: String, into id: Int64, for person: SignedInPerson) async throws -> Entry {
        try await move("deposit", amount, memo: memo, portfolio: id, for: person, unguarded: .lostUpdateBalance)
    }

    /// Takes `amount` (minor units, above zero) out.
    /// - Throws: 404 for a portfolio that isn't the person's, 409 when there is less cash.
    func withdraw(_ amount: Int64, memo: String, from id: Int64, for person: SignedInPerson) async throws -> Entry {
        try await move("withdrawal", -amount, memo: memo, portfolio: id, for: person, unguarded: .transactionRace)
    }

    private func move(
        _ kind: String, _ amount: Int64, memo: String, portfolio id: Int64, for person: SignedInPerson, unguarded: Flaw
    ) async throws -> Entry {
        let now = core.timestamp
        if core.flaws.contains(unguarded) {
            let seen = try await core.database.read { try Self.owned(id, person, .none, $0).cash }
            let balance = try Self.balance(seen, plus: amount)
            try await core.letOthersIn()
            return try await core.database.write {
                try Self.book(kind, amount, balance: balance, memo: memo, portfolio: id, at: now, $0)
            }
        }
        return try await core.database.write { db in
            let cash = try Self.owned(id, person, .none, db).cash
            let balance = try Self.balance(cash, plus: amount)
            return try Self.book(kind, amount, balance: balance, memo: memo, portfolio: id, at: now, db)
        }
    }

    /// - Throws: 409 below zero, 422 beyond the limit.
    static func balance(_ cash: Int64, plus amount: Int64) throws -> Int64 {
        guard let balance = Money.sum(cash, amount) else { throw tooMuch }
        guard balance >= 0 || amount >= 0 else {
            throw DeskError.conflict("insufficient-cash", "The portfolio has \(Money.plain(cash)); that isn't enough.")
        }
        return balance
    }
}
