import Kernel

/// Who is who in the trail: one random name for each person, in a row that can be destroyed.
struct Pseudonyms: Sendable {
    let random: any RandomSource

    /// The pseudonym of each, made where there is none.
    func resolve(_ people: [String], in db: Transaction) throws -> [String: String] {
        var names: [String: String] = [:]
        // Sorted, so that two transactions never wait for each other in a circle.
        let wanted = Array(Set(people)).sorted()
        for start in stride(from: 0, to: wanted.count, by: 100) {
            let part = wanted[start..<min(start + 100, wanted.count)]
            try read(part, into: &names, in: db)
            let missing = part.filter { names[$0] == nil }
            guard !missing.isEmpty else { continue }
            let rows = SQL.joined(missing.map { "(\($0), \(make()))" }, by: ", ")
            try db.execute(
                "INSERT INTO audit_subjects (person, pseudonym) VALUES \(rows) ON CONFLICT (person) DO NOTHING")
            try read(missing[...], into: &names, in: db)
        }
        return names
    }

    private func read(_ people: ArraySlice<String>, into names: inout [String: String], in db: Transaction) throws {
        for row in try db.rows("SELECT person, pseudonym FROM audit_subjects WHERE person IN (\(list: people))") {
            names[try row["person"]] = try row["pseudonym"]
        }
    }

    /// Removes the rows; on SQLite their bytes are overwritten too. PostgreSQL overwrites at the next VACUUM.
    func forget(_ people: Set<String>, in db: Transaction) throws {
        guard !people.isEmpty else { return }
        if db.engine == .sqlite { _ = try db.rows("PRAGMA secure_delete = ON") }
        for person in people.sorted() { try db.execute("DELETE FROM audit_subjects WHERE person = \(person)") }
        if db.engine == .sqlite { _ = try db.rows("PRAGMA secure_delete = OFF") }
    }

    /// 128 random bits: says nothing about the person.
    private func make() -> String {
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        var text = Array("p_".utf8)
        for _ in 0..<2 {
            var bits = random.next()
            for _ in 0..<13 {
                text.append(digits[Int(bits & 31)])
                bits >>= 5
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
