/// Numbers that are computed from a row in the app and handed to an update.
extension LostUpdates {
    /// `name = row.attribute + …`
    struct Step {
        var name: String
        var row: String
        var attribute: String
        var place: Int
    }

    /// Every place of a function where a new number is made of a row's.
    func steps(_ function: SourceFunction) -> [Step] {
        var found: [Step] = []
        for place in function.body where file.token(place).isMark("=") && file.token(place - 1).kind == .word {
            guard !file.token(place - 2).isMark("."), found.count < 200 else { continue }
            if let (row, attribute) = member(place + 1) {
                found.append(Step(name: file.token(place - 1).text, row: row, attribute: attribute, place: place))
            }
        }
        return found
    }

    /// `row.attribute +`, `row!.attribute -`, `row["attribute"] *`, with `await` or a bracket before it.
    func member(_ start: Int) -> (row: String, attribute: String)? {
        var place = start
        while file.token(place).isMark("(") { place += 1 }
        guard file.token(place).kind == .word else { return nil }
        let row = file.token(place).text
        place += 1
        if file.token(place).isMark("!") || file.token(place).isMark("?") { place += 1 }
        guard file.token(place).isMark("."), file.token(place + 1).kind == .word else { return nil }
        let sign = file.token(place + 2)
        guard ["+", "-", "*"].contains(where: { sign.isMark($0) }), file.token(place + 3).kind != .text else {
            return nil
        }
        return (row, file.token(place + 1).text)
    }

    /// `update(…).values(n=row.n - 1)`, `.update(n=row.n - 1)`, `.update({ n: row.n - 1 })`.
    mutating func computed(_ function: SourceFunction) {
        var read: [String: Int] = [:]
        var from: [String: Set<String>] = [:]
        for place in function.body where file.token(place).kind == .word {
            let token = file.token(place)
            if isRead(place, function) || isPrismaRead(place) || isFirst(place, function) || isSelected(place) {
                read[token.text] = token.line
                from[token.text] = capitalised(place, function)
            }
            guard !read.isEmpty, ["update", "values", "upsert", "updateMany", "updateOne", "set"].contains(token.text),
                file.token(place - 1).isMark("."), file.token(place + 1).isMark("(")
            else { continue }
            let call = (place + 2)..<max(place + 2, file.closing(place + 1, before: function.body.upperBound))
            // The old value or a version is asked for in the same statement.
            if call.contains(where: {
                ["version", "lock_version", "__v", "etag", "updatedAt"].contains(file.token($0).text)
            }) {
                continue
            }
            object(call, function, read, from)
        }
    }

    private mutating func object(
        _ call: Range<Int>, _ function: SourceFunction, _ read: [String: Int], _ from: [String: Set<String>]
    ) {
        let sign = file.language == .python ? "=" : ":"
        let steps = steps(function)
        for place in call where file.token(place).kind == .word {
            let attribute = file.token(place).text
            var row: String?
            if file.token(place + 1).isMark(sign) {
                if let seen = member(place + 2), seen.attribute == attribute { row = seen.row }
                let value = file.token(place + 2)
                if row == nil, value.kind == .word, file.token(place + 3).kind == .mark,
                    [",", ")", "}"].contains(file.token(place + 3).text)
                {
                    row = steps.first { $0.name == value.text && $0.attribute == attribute && $0.place < place }?.row
                }
            } else if file.language == .javascript, ["{", ","].contains(where: { file.token(place - 1).isMark($0) }),
                ["}", ","].contains(where: { file.token(place + 1).isMark($0) })
            {
                row = steps.first { $0.name == attribute && $0.attribute == attribute && $0.place < place }?.row
            }
            guard let row, let line = read[row] else { continue }
            models[file.token(place).line, default: []].formUnion(from[row] ?? [])
            findings.append(
                SourceFinding(
                    rule: file.language == .python ? "lost-updates.python-object" : "lost-updates.prisma",
                    file: file.path, line: file.token(place).line,
                    seen: "`\(attribute)` was read on line \(line) without a lock and is written back here: "
                        + "let the database compute it"))
        }
    }

    /// `const a = await prisma.m.findUnique(…)`.
    private func isPrismaRead(_ place: Int) -> Bool {
        guard file.language == .javascript, file.token(place + 1).isMark("=") else { return false }
        return (place + 2..<place + 12).contains {
            ["findUnique", "findFirst", "findUniqueOrThrow", "findFirstOrThrow"].contains(file.token($0).text)
        }
    }

    /// `const [row] = await db.select().from(t)` of Drizzle.
    private func isSelected(_ place: Int) -> Bool {
        guard file.language == .javascript, file.token(place - 1).isMark("["), file.token(place + 1).isMark("]"),
            file.token(place + 2).isMark("=")
        else { return false }
        let rest = (place + 3)..<(place + 40)
        guard let select = rest.first(where: { file.token($0).isWord("select") && file.token($0 - 1).isMark(".") })
        else { return false }
        return (select..<(select + 30)).contains { file.token($0).isWord("from") && file.token($0 - 1).isMark(".") }
    }

    /// `const a = await knex('t').where(…).first()`.
    private func isFirst(_ place: Int, _ function: SourceFunction) -> Bool {
        guard file.language == .javascript, file.token(place + 1).isMark("="),
            ["const", "let", "var"].contains(file.token(place - 1).text)
        else { return false }
        let line = file.token(place).line
        return (place + 2..<min(function.body.upperBound, place + 60)).contains { index in
            file.token(index).line <= line + 5 && file.token(index).isWord("first") && file.token(index + 1).isMark("(")
                && !(place + 2..<index).contains { ["const", "let", "var", "return"].contains(file.token($0).text) }
        }
    }
}
