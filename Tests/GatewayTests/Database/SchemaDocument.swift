import TestKit

/// `docs/database-schema.md`, from what both engines say of themselves.
struct SchemaDocument {
    let sqlite: SchemaReading
    let postgres: SchemaReading

    var markdown: String {
        var text = """
            # The database's schema

            <!-- Written by scripts/generated-docs from real databases of both engines; a test fails when it is stale. -->

            Times are whole nanoseconds since 1970, truth values 0 and 1. What is not marked *may be null* never is.

            """
        for table in sqlite.tables {
            guard let other = postgres.tables.first(where: { $0.name == table.name }) else {
                text += "\n## \(table.name)\n\nOnly in SQLite.\n"
                continue
            }
            text += "\n## \(table.name)\n\n| column | SQLite | PostgreSQL | |\n|---|---|---|---|\n"
            for column in table.columns {
                let twin = other.columns.first { $0.name == column.name }
                text += "| `\(column.name)` | \(column.type) | \(twin?.type ?? "–") | \(remarks(column, table)) |\n"
            }
            for column in other.columns where !table.columns.contains(where: { $0.name == column.name }) {
                text += "| `\(column.name)` | – | \(column.type) | \(remarks(column, other)) |\n"
            }
            text += "\n"
            for key in table.foreignKeys {
                text += "- `\(key.columns.joined(separator: ", "))` points to `\(key.target)`\n"
            }
            let names = Set(table.indexes.map(\.columns) + other.indexes.map(\.columns))
            for columns in names.sorted(by: { $0.joined(separator: ",") < $1.joined(separator: ",") }) {
                text += indexLine(columns, table, other)
            }
            for trigger in Set(table.triggers + other.triggers).sorted() { text += "- trigger `\(trigger)`\n" }
            text = text.hasSuffix("\n\n") ? String(text.dropLast()) : text
        }
        for name in sqlite.virtualTables {
            text +=
                "\n## \(name)\n\nOnly in SQLite: the full-text index (FTS5) over the table of its name's beginning.\n"
        }
        for table in postgres.tables where !sqlite.tables.contains(where: { $0.name == table.name }) {
            text += "\n## \(table.name)\n\nOnly in PostgreSQL.\n"
        }
        return text
    }

    private func remarks(_ column: SchemaReading.Column, _ table: SchemaReading.Table) -> String {
        var remarks: [String] = []
        if let place = table.primaryKey.firstIndex(of: column.name) {
            remarks.append(table.primaryKey.count == 1 ? "primary key" : "primary key (\(place + 1))")
        }
        if column.isNullable { remarks.append(column.isGenerated ? "computed" : "may be null") }
        if let value = column.defaultValue { remarks.append("default \(value)") }
        return remarks.joined(separator: ", ")
    }

    private func indexLine(
        _ columns: [String], _ table: SchemaReading.Table, _ other: SchemaReading.Table
    ) -> String {
        let (here, there) = (
            table.indexes.filter { $0.columns == columns }, other.indexes.filter { $0.columns == columns }
        )
        let either = here + there
        var words = [either.contains(where: \.isUnique) ? "unique index" : "index"]
        words.append("on `\(columns.joined(separator: ", "))`")
        if either.contains(where: \.isPartial) { words.append("(of some rows)") }
        if here.isEmpty { words.append("(PostgreSQL only)") }
        if there.isEmpty { words.append("(SQLite only)") }
        return "- \(words.joined(separator: " "))\n"
    }
}
