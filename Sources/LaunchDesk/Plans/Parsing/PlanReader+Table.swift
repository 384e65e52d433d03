import Kernel

extension PlanReader {
    static let columnNames = ["id", "component", "item", "steps", "expected", "url", "expect", "profiles"]
    /// What `uat export` adds: read back without a word, as results are kept in the database.
    private static let resultNames = ["profile", "outcome", "note", "by", "at", "assignee"]

    /// The name of a column, by what people call it; nil for one that isn't ours.
    static func column(_ text: String) -> String? {
        let word = text.lowercased().filter { $0.isLetter }
        return switch word {
        case "id", "key", "number", "nr": "id"
        case "component", "area", "module", "feature": "component"
        case "item", "title", "test", "testcase", "case", "scenario", "description": "item"
        case "steps", "step", "how": "steps"
        case "expected", "expectedresult", "result": "expected"
        case "url", "address", "path", "page": "url"
        case "expect": "expect"
        case "profiles", "browsers", "devices": "profiles"
        default: nil
        }
    }

    mutating func fill(_ draft: inout Draft, _ column: String, _ value: String) {
        switch column {
        case "id": draft.id = value
        case "component": if !value.isEmpty { draft.component = value }
        case "item": draft.title = value
        case "steps": draft.steps = value
        case "expected": draft.expected = value
        case "url": draft.url = value
        case "expect": draft.expectation = expectation(value, draft.line)
        case "profiles":
            let names = profiles(value, draft.line)
            if !names.isEmpty { draft.profiles = names }
        default: break
        }
    }

    /// Comma-separated values (RFC 4180); semicolons and tabs separate too, whichever the heading has most of.
    mutating func table(_ lines: [String]) {
        guard let head = lines.first, !head.trimming(while: { $0 == " " }).isEmpty else {
            return fault(1, "no heading: \(Self.columnNames.joined(separator: ","))")
        }
        var separator: Character = ","
        for other in [";", "\t"] as [Character] {
            if head.count(where: { $0 == other }) > head.count(where: { $0 == separator }) { separator = other }
        }
        var columns: [String]?
        for record in records(lines, separator) {
            guard let known = columns else {
                columns = heading(record)
                if columns == nil { return }
                continue
            }
            if record.cells.allSatisfy(\.isEmpty) { continue }
            guard record.cells.count == known.count else {
                fault(
                    record.line,
                    "the row has \(record.cells.count) value\(record.cells.count == 1 ? "" : "s"), its heading \(known.count)"
                )
                continue
            }
            var draft = Draft(line: record.line)
            for (name, value) in zip(known, record.cells) { fill(&draft, name, PlanReader.withoutGuard(value)) }
            // An export has a row for each profile of an item.
            if known.contains("outcome"), !draft.id.isEmpty, self.lines.keys.contains(draft.id) { continue }
            add(draft)
        }
    }

    private mutating func heading(_ record: Record) -> [String]? {
        var names: [String] = []
        for cell in record.cells {
            if let name = PlanReader.column(cell) {
                guard !names.contains(name) else {
                    fault(record.line, "two columns are called “\(shown(cell))”")
                    return nil
                }
                names.append(name)
            } else if Self.resultNames.contains(cell.lowercased()) {
                names.append(cell.lowercased())
            } else {
                fault(
                    record.line,
                    "the column “\(shown(cell))” is unknown; there are \(Self.columnNames.joined(separator: ", "))")
                return nil
            }
        }
        for wanted in ["component", "item"] where !names.contains(wanted) {
            fault(record.line, "there is no column “\(wanted)”")
            return nil
        }
        return names
    }

    /// Without the apostrophe that an export puts before what a spreadsheet would take for a formula.
    private static func withoutGuard(_ text: String) -> String {
        guard text.first == "'", let second = text.dropFirst().first, "=+-@＝＋－＠".contains(second) else { return text }
        return String(text.dropFirst())
    }

    /// An export has a row for each profile of an item.
    private static let mostRecords = 480_000

    private struct Record {
        var line: Int
        var cells: [String]
    }

    private mutating func records(_ lines: [String], _ separator: Character) -> [Record] {
        var records: [Record] = []
        var open: (record: Record, cell: String)?
        for (index, line) in lines.enumerated() {
            let number = index &+ 1
            if open == nil, line.isEmpty { continue }
            var record = open?.record ?? Record(line: number, cells: [])
            var cell = open.map { "\($0.cell)\n" } ?? ""
            var isQuoted = open != nil
            open = nil
            var isClosed = false
            var rest = Substring(line)
            while let character = rest.popFirst() {
                if isQuoted {
                    if character != "\"" {
                        cell.append(character)
                    } else if rest.first == "\"" {
                        _ = rest.popFirst()
                        cell.append("\"")
                    } else {
                        (isQuoted, isClosed) = (false, true)
                    }
                } else if character == separator {
                    record.cells.append(String(cell.trimming { $0 == " " }))
                    (cell, isClosed) = ("", false)
                } else if character == "\"", cell.allSatisfy({ $0 == " " }), !isClosed {
                    (cell, isQuoted) = ("", true)
                } else if isClosed, character != " " {
                    fault(number, "text behind a closing quotation mark; write \"\" for a mark inside a value")
                    return []
                } else if !isClosed {
                    cell.append(character)
                }
            }
            if isQuoted {
                guard cell.utf8.count <= 65_536 else {
                    fault(record.line, "a value of more than 65536 bytes: is its quotation mark never closed?")
                    return []
                }
                open = (record, cell)
                continue
            }
            record.cells.append(String(cell.trimming { $0 == " " }))
            records.append(record)
            if records.count > Self.mostRecords { break }
        }
        if let open {
            fault(open.record.line, "a quotation mark that is never closed")
            return []
        }
        return records
    }
}
