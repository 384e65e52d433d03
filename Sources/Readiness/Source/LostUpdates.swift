/// Finds read-modify-write without a lock inside one function: a row is read, a number of it changed in the app, and
/// written back; two requests at once lose one of the changes.
struct LostUpdates {
    let file: SourceFile
    var findings: [SourceFinding] = []
    /// Functions that write to a database at all.
    private(set) var looked = 0
    /// Line of a finding → names of models that its row was read from.
    var models: [Int: Set<String>] = [:]

    struct Result {
        var findings: [(finding: SourceFinding, models: Set<String>)] = []
        var looked = 0
        /// Models whose rows carry a version that the ORM compares: SQLAlchemy's `version_id_col`.
        var versioned: Set<String> = []
    }

    static func scan(_ file: SourceFile) -> Result {
        var scan = LostUpdates(file: file)
        for function in file.functions { scan.look(function) }
        var seen: Set<String> = []
        return Result(
            findings: scan.findings.filter { seen.insert("\($0.rule) \($0.line)").inserted }
                .map { ($0, scan.models[$0.line] ?? []) },
            looked: scan.looked, versioned: versioned(file))
    }

    private static func versioned(_ file: SourceFile) -> Set<String> {
        guard file.language == .python else { return [] }
        var name = ""
        var found: Set<String> = []
        for (place, token) in file.tokens.enumerated() {
            if token.isWord("class"), file.token(place + 1).kind == .word { name = file.token(place + 1).text }
            if token.text == "version_id_col", token.kind != .mark, !name.isEmpty { found.insert(name) }
        }
        return found
    }

    private init(file: SourceFile) { self.file = file }

    private static let locks: Set<String> = [
        "with_for_update", "select_for_update", "withForUpdate", "forUpdate", "for_update", "LockMode",
        "pg_advisory_xact_lock", "Mutex", "Lock", "acquire", "lock", "version_id_col", "$queryRawUnsafeLock",
        "findOneAndUpdate", "withLock", "lock_exclusive",
    ]
    private static let lockingTexts = PlainSearch([
        "FOR UPDATE", "BEGIN IMMEDIATE", "LOCK TABLE", "PG_ADVISORY", "FOR NO KEY UPDATE", "BEGIN EXCLUSIVE",
        "ISOLATION LEVEL SERIALIZABLE",
    ])
    private static let update = PlainSearch(["UPDATE "])
    private static let set = PlainSearch([" SET "])

    private mutating func look(_ function: SourceFunction) {
        guard function.body.count < 20_000 else { return }
        var words: Set<String> = []
        var texts: [Int] = []
        for place in function.body {
            switch file.tokens[place].kind {
            case .word: words.insert(file.tokens[place].text)
            case .text where file.tokens[place].text.utf8.count < 4_000: texts.append(place)
            default: break
            }
        }
        let isLocked =
            !words.isDisjoint(with: Self.locks) || texts.contains { Self.lockingTexts.isIn(file.tokens[$0].text) }
        if file.language == .python { looked += !words.isDisjoint(with: ["commit", "save", "flush"]) ? 1 : 0 }
        if file.language == .javascript { looked += !words.isDisjoint(with: ["update", "save"]) ? 1 : 0 }
        let updates = texts.contains {
            Self.update.isIn(file.tokens[$0].text) && Self.set.isIn(file.tokens[$0].text)
        }
        if updates { looked += 1 }
        guard !isLocked else { return }
        if file.language == .python { objects(function, words, python: true) }
        if file.language == .javascript {
            objects(function, words, python: false)
        }
        if file.language == .python || file.language == .javascript { computed(function) }
        if file.language == .swift || file.language == .rust { compiled(function, words) }
        if updates { statements(function, texts) }
    }

    /// `x = …query…; x.n += 1; commit` and `x = await M.findOne…; x.n -= 1; x.save()`.
    static let pythonReaders: Set<String> = [
        "query", "objects", "first", "one", "one_or_none", "scalar_one", "scalar_one_or_none", "scalar", "scalars",
        "get_or_404", "first_or_404", "get_object_or_404", "get_or_create",
    ]
    static let scriptReaders: Set<String> = [
        "findOne", "findByPk", "findById", "findOneBy", "findOneOrFail", "findFirst", "findUnique",
    ]

    private mutating func objects(_ function: SourceFunction, _ words: Set<String>, python: Bool) {
        let writes =
            python
            ? !words.isDisjoint(with: ["commit", "save", "begin", "session_scope", "bulk_update"])
            : words.contains("save")
        guard writes else { return }
        var read: [String: Int] = [:]
        var from: [String: Set<String>] = [:]
        for place in function.body {
            let token = file.token(place)
            guard token.kind == .word else { continue }
            if isRead(place, function) {
                read[token.text] = token.line
                from[token.text] = capitalised(place, function)
            }
            guard let line = read[token.text], isStep(place, function) else { continue }
            models[token.line, default: []].formUnion(from[token.text] ?? [])
            findings.append(
                SourceFinding(
                    rule: python ? "lost-updates.python-object" : "lost-updates.javascript-object", file: file.path,
                    line: token.line,
                    seen: "`\(token.text).\(file.token(place + 2).text)` was read on line \(line) without a lock, "
                        + "is changed here and written back"))
        }
    }

    func capitalised(_ place: Int, _ function: SourceFunction) -> Set<String> {
        var names: Set<String> = []
        for index in place..<min(function.body.upperBound, place + 60) {
            let token = file.token(index)
            if token.kind == .line || token.isMark(";") { break }
            if token.kind == .word, token.text.first?.isUppercase ?? false { names.insert(token.text) }
        }
        return names
    }

    /// `NAME = …` with a reader in the same statement.
    func isRead(_ place: Int, _ function: SourceFunction) -> Bool {
        let token = file.token(place)
        guard file.token(place + 1).isMark("="), !["(", ",", "."].contains(where: { file.token(place - 1).isMark($0) })
        else { return false }
        let readers = file.language == .python ? Self.pythonReaders : Self.scriptReaders
        for index in (place + 2)..<max(place + 2, min(function.body.upperBound, place + 80)) {
            let next = file.token(index)
            if next.kind == .line || next.isMark(";") || next.line > token.line + 8 { return false }
            guard next.kind == .word else { continue }
            if ["const", "let", "var", "if", "return"].contains(next.text), index > place + 2 { return false }
            let isCalled = file.token(index - 1).isMark(".") || file.token(index + 1).isMark("(")
            if readers.contains(next.text), isCalled { return true }
            if next.text == "get", file.token(index + 1).isMark("("),
                ["session", "objects", "db", "query"].contains(file.token(index - 2).text)
            {
                return true
            }
        }
        return false
    }

    /// `NAME.attribute += …`, or `NAME.attribute = NAME.attribute - …`; not what the database computes.
    func isStep(_ place: Int, _ function: SourceFunction) -> Bool {
        let token = file.token(place)
        guard file.token(place + 1).isMark("."), file.token(place + 2).kind == .word, !file.token(place - 1).isMark(".")
        else { return false }
        let sign = file.token(place + 3)
        // `F("n") + 1` is computed by the database; a text or a list isn't a number.
        let first = file.token(place + 4)
        if first.isWord("F") || first.kind == .text || first.isMark("[") { return false }
        if ["updated_at", "updatedAt", "modified", "last_seen"].contains(file.token(place + 2).text) { return false }
        if ["+=", "-=", "*="].contains(where: { sign.isMark($0) }) { return true }
        if file.language == .javascript, sign.isMark("+") || sign.isMark("-"), first.isMark(sign.text) { return true }
        guard sign.isMark("=") else { return false }
        // `left = x.n - 1; x.n = left`
        if first.kind == .word,
            [.line].contains(file.token(place + 5).kind) || file.token(place + 5).isMark(";")
                || file.token(place + 5).line > token.line,
            steps(function).contains(where: {
                $0.name == first.text && $0.row == token.text && $0.attribute == file.token(place + 2).text
                    && $0.place < place
            })
        {
            return true
        }
        for index in (place + 4)..<max(place + 4, min(function.body.upperBound, place + 40)) {
            let next = file.token(index)
            if next.kind == .line || next.isMark(";") || next.line > token.line + 1 { return false }
            guard next.isWord(token.text), file.token(index + 1).isMark("."),
                file.token(index + 2).isWord(file.token(place + 2).text)
            else { continue }
            let (before, after) = (file.token(index - 1), file.token(index + 3))
            if ["+", "-", "*"].contains(where: { after.isMark($0) || before.isMark($0) }) { return true }
        }
        return false
    }

    /// SELECT n FROM t … UPDATE t SET n = ?
    private mutating func statements(_ function: SourceFunction, _ texts: [Int]) {
        var read: [(table: String, columns: Set<String>, line: Int)] = []
        for place in texts {
            let words = Self.words(file.token(place).text)
            if words.first == "select", let from = words.firstIndex(of: "from"), words.count > from + 1 {
                read.append((words[from + 1], Set(words[1..<from]), file.token(place).line))
            }
            guard words.first == "update", words.count > 4, let set = words.firstIndex(of: "set") else { continue }
            let table = words[1]
            let end = words.firstIndex(of: "where") ?? words.count
            var index = set + 1
            while index + 2 < words.count, index < end {
                let (column, sign, value) = (words[index], words[index + 1], words[index + 2])
                let isOpen = ["?", "%s", "$", ":", "@", "{"].contains { value.hasPrefix($0) } || value.hasPrefix("%(")
                // `WHERE n = ?` holds the old value: an optimistic lock.
                let isGuarded = words[end...].contains(column) || words[end...].contains("version")
                if sign == "=", isOpen, !isGuarded,
                    let source = read.first(where: {
                        $0.table == table
                            && ($0.columns.contains(column) || $0.columns.contains("*") && isNamed(column, function))
                    }),
                    Self.isNumber(column), isComputed(column, function, place)
                {
                    findings.append(
                        SourceFinding(
                            rule: "lost-updates.sql", file: file.path, line: file.token(place).line,
                            seen:
                                "`\(visible(column, limit: 40))` of `\(visible(table, limit: 40))` was read on line \(source.line) without a lock and is written back here"
                        ))
                    break
                }
                index += 1
            }
        }
    }

    /// Whether the function adds to, or takes from, something before it writes: a plain setter loses nothing of its own.
    private func isComputed(_ column: String, _ function: SourceFunction, _ before: Int) -> Bool {
        function.body.contains { place in
            let token = file.token(place)
            return token.isMark("+=") || token.isMark("-=") || token.isMark("+")
                || token.isMark("-") && file.token(place + 1).kind != .mark
        }
    }

    /// Whether the code takes the column out of a row: `row["n"]`, `row.n`.
    private func isNamed(_ column: String, _ function: SourceFunction) -> Bool {
        function.body.contains { file.token($0).text == column && file.token($0).kind != .mark }
    }

    private static func isNumber(_ column: String) -> Bool {
        !["status", "state", "name", "email", "password", "title", "updated_at", "role"].contains(column)
    }

    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text.lowercased().prefix(2_000) {
            if character.isWhitespace || character == "," || character == ";" || character == "\"" || character == "`" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else if character == "=" {
                if !word.isEmpty { words.append(word) }
                words.append("=")
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
