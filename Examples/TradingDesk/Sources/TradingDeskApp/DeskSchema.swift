import GRDB

/// The tables, as migrations.
enum DeskSchema {
    static func migrate(_ database: DatabaseQueue) throws {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 people") { try $0.execute(sql: people) }
        migrator.registerMigration("2 market") { try $0.execute(sql: market) }
        migrator.registerMigration("3 ledger") { try $0.execute(sql: ledger) }
        migrator.registerMigration("4 research") { try $0.execute(sql: research) }
        try migrator.migrate(database)
    }

    private static let people = """
        CREATE TABLE account (
          id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
          role TEXT NOT NULL CHECK (role IN ('member', 'admin')),
          status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
          passwordHash TEXT NOT NULL, createdAt INTEGER NOT NULL);
        CREATE TABLE session (
          tokenHash TEXT PRIMARY KEY, accountID INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          createdAt INTEGER NOT NULL, expiresAt INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE consent (
          accountID INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
          choices TEXT NOT NULL, revision INTEGER NOT NULL, updatedAt INTEGER NOT NULL);
        CREATE TABLE consentEvent (
          id INTEGER PRIMARY KEY, accountID INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          purpose TEXT NOT NULL, isGranted INTEGER NOT NULL, at INTEGER NOT NULL);
        """

    private static let market = """
        CREATE TABLE instrument (symbol TEXT PRIMARY KEY, name TEXT NOT NULL, sector TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE price (
          symbol TEXT NOT NULL REFERENCES instrument(symbol), day INTEGER NOT NULL, close INTEGER NOT NULL,
          PRIMARY KEY (symbol, day)) WITHOUT ROWID;
        CREATE TABLE market (id INTEGER PRIMARY KEY CHECK (id = 1), day INTEGER NOT NULL, lastDay INTEGER NOT NULL);
        """

    private static let ledger = """
        CREATE TABLE portfolio (
          id INTEGER PRIMARY KEY AUTOINCREMENT, accountID INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          name TEXT NOT NULL, currency TEXT NOT NULL, cash INTEGER NOT NULL, createdAt INTEGER NOT NULL);
        CREATE INDEX portfolioByAccount ON portfolio(accountID);
        CREATE TABLE entry (
          id INTEGER PRIMARY KEY AUTOINCREMENT, portfolioID INTEGER NOT NULL REFERENCES portfolio(id) ON DELETE CASCADE,
          kind TEXT NOT NULL, amount INTEGER NOT NULL, balance INTEGER NOT NULL, memo TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX entryByPortfolio ON entry(portfolioID, id);
        CREATE TABLE position (
          portfolioID INTEGER NOT NULL REFERENCES portfolio(id) ON DELETE CASCADE,
          symbol TEXT NOT NULL REFERENCES instrument(symbol), quantity INTEGER NOT NULL, cost INTEGER NOT NULL,
          PRIMARY KEY (portfolioID, symbol)) WITHOUT ROWID;
        CREATE TABLE tradeOrder (
          id INTEGER PRIMARY KEY AUTOINCREMENT, portfolioID INTEGER NOT NULL REFERENCES portfolio(id) ON DELETE CASCADE,
          symbol TEXT NOT NULL REFERENCES instrument(symbol), side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
          quantity INTEGER NOT NULL, limitPrice INTEGER, status TEXT NOT NULL, placedAt INTEGER NOT NULL,
          closedAt INTEGER, executedPrice INTEGER);
        CREATE INDEX orderByPortfolio ON tradeOrder(portfolioID, id);
        CREATE TABLE statement (
          id INTEGER PRIMARY KEY AUTOINCREMENT, portfolioID INTEGER NOT NULL REFERENCES portfolio(id) ON DELETE CASCADE,
          fileName TEXT NOT NULL, uploadedAt INTEGER NOT NULL, unreadable INTEGER NOT NULL, missing INTEGER NOT NULL);
        CREATE TABLE statementLine (
          id INTEGER PRIMARY KEY AUTOINCREMENT, statementID INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          date TEXT NOT NULL, description TEXT NOT NULL, amount INTEGER NOT NULL, reference TEXT NOT NULL,
          entryID INTEGER REFERENCES entry(id) ON DELETE SET NULL);
        """

    private static let research = """
        CREATE TABLE note (
          id INTEGER PRIMARY KEY AUTOINCREMENT, accountID INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          topic TEXT NOT NULL, body TEXT NOT NULL, isShared INTEGER NOT NULL, createdAt INTEGER NOT NULL);
        CREATE TABLE comment (
          id INTEGER PRIMARY KEY AUTOINCREMENT, noteID INTEGER NOT NULL REFERENCES note(id) ON DELETE CASCADE,
          accountID INTEGER REFERENCES account(id) ON DELETE SET NULL, body TEXT NOT NULL, createdAt INTEGER NOT NULL);
        CREATE INDEX commentByNote ON comment(noteID, id);
        """
}
