/// Swift (Fluent, GRDB) and Rust (Diesel, SeaORM): a row is read into a variable, and a number of it is written back.
extension LostUpdates {
    mutating func compiled(_ function: SourceFunction, _ words: Set<String>) {
        if file.language == .swift {
            guard !words.isDisjoint(with: ["save", "update", "upsert"]) else { return }
            swiftRows(function)
        } else if !words.isDisjoint(with: ["update", "save_changes", "save"]) {
            rustRows(function)
        }
    }

    private mutating func report(_ rule: String, _ place: Int, _ attribute: String, _ line: Int) {
        findings.append(
            SourceFinding(
                rule: rule, file: file.path, line: file.token(place).line,
                seen: "`\(attribute)` was read on line \(line) without a lock, is changed here and written back"))
    }

    private mutating func swiftRows(_ function: SourceFunction) {
        var read: [String: Int] = [:]
        for place in function.body where file.token(place).kind == .word {
            let token = file.token(place)
            if isBound(place), isSwiftRead(place, function) { read[token.text] = token.line }
            guard let line = read[token.text], isStep(place, function) else { continue }
            report("lost-updates.swift-object", place, "\(token.text).\(file.token(place + 2).text)", line)
        }
    }

    /// `let name =`, `var name =`, `let mut name: Type =`.
    private func isBound(_ place: Int) -> Bool {
        guard ["let", "var", "mut"].contains(file.token(place - 1).text) else { return false }
        if file.token(place + 1).isMark("=") { return true }
        guard file.token(place + 1).isMark(":") else { return false }
        return ((place + 2)..<(place + 12)).first { file.token($0).isMark("=") || file.token($0).isMark(";") }
            .map { file.token($0).isMark("=") } ?? false
    }

    /// `Model.find(id, on: db)`, `Model.query(on: db)….first()`, and `db.read { try Row.fetchOne($0, …) }`. A row that GRDB
    /// reads inside of a write stands alone there: writes come one after the other.
    private func isSwiftRead(_ place: Int, _ function: SourceFunction) -> Bool {
        let start = file.token(place).line
        var words: Set<String> = []
        for index in (place + 2)..<max(place + 2, min(function.body.upperBound, place + 60)) {
            let token = file.token(index)
            if token.line > start + 5 || ["let", "var", "guard", "return", "func"].contains(token.text) {
                return false
            }
            guard token.kind == .word else { continue }
            words.insert(token.text)
            let isCalled = file.token(index + 1).isMark("(")
            if token.text == "find", isCalled {
                return (index..<file.closing(index + 1)).contains {
                    file.token($0).isWord("on") && file.token($0 + 1).isMark(":")
                }
            }
            if token.text == "first", isCalled, words.contains("query") { return true }
            if token.text == "fetchOne", isCalled { return words.contains("read") }
        }
        return false
    }

    private static let rustReaders: Set<String> = [
        "first", "get_result", "one", "fetch_one", "fetch_optional", "find_by_id",
    ]

    private mutating func rustRows(_ function: SourceFunction) {
        var read: [String: Int] = [:]
        let steps = steps(function)
        for place in function.body where file.token(place).kind == .word {
            let token = file.token(place)
            if isBound(place), isRustRead(place, function) { read[token.text] = token.line }
            guard !read.isEmpty, token.text == "eq" || token.text == "Set", file.token(place + 1).isMark("(") else {
                continue
            }
            // `quantity.eq(row.quantity - n)`; `active.votes = Set(poll.votes + 1)`, also by way of a variable
            let named = token.text == "eq" ? place - 2 : place - (file.token(place - 1).isMark("::") ? 4 : 2)
            let attribute = file.token(named).text
            if let made = member(place + 2), made.attribute == attribute, let line = read[made.row] {
                report("lost-updates.rust-object", place, "\(made.row).\(attribute)", line)
            } else if file.token(place + 3).isMark(")"),
                let step = steps.first(where: {
                    $0.name == file.token(place + 2).text && $0.attribute == attribute && $0.place < place
                }), let line = read[step.row]
            {
                report("lost-updates.rust-object", place, "\(step.row).\(attribute)", line)
            }
        }
    }

    private func isRustRead(_ place: Int, _ function: SourceFunction) -> Bool {
        for index in (place + 2)..<max(place + 2, min(function.body.upperBound, place + 90)) {
            let token = file.token(index)
            if token.isMark(";") || token.isWord("let") { return false }
            if token.kind == .word, Self.rustReaders.contains(token.text), file.token(index + 1).isMark("(") {
                return true
            }
        }
        return false
    }
}
