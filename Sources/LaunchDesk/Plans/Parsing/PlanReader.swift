import Crypto
import Kernel
import Readiness

/// Reads an acceptance plan out of Markdown or comma-separated values: strictly, within bounds, with the line of each fault.
public struct PlanReader {
    public enum Form: String, Sendable { case markdown, csv }

    public static let mostBytes = 8_388_608
    static let longestLine = 8_000
    static let longestText = 4_000
    static let longestName = 200

    var problems: [PlanProblems.Problem] = []
    var items: [AcceptancePlan.Item] = []
    var lines: [String: Int] = [:]
    var title: String
    private var isFull = false

    /// - Parameters:
    ///   - name: what the plan is called where it doesn't say so itself.
    /// - Throws: `PlanProblems`.
    public static func read(_ bytes: [UInt8], as form: Form, name: String) throws(PlanProblems) -> AcceptancePlan {
        guard bytes.count <= mostBytes else {
            throw PlanProblems([.init(line: 0, text: "more than \(mostBytes / 1_048_576) MB: is it the right file?")])
        }
        let document = DocumentText(bytes)
        if document.encoding != "UTF-16", let line = lineOfNought(bytes) {
            throw PlanProblems([.init(line: line, text: "a zero byte: this is no text")])
        }
        if let line = lineTooLong(bytes) {
            throw PlanProblems([.init(line: line, text: "the line has more than \(longestLine) bytes")])
        }
        var reader = PlanReader(title: name)
        switch form {
        case .markdown: reader.markdown(document.lines)
        case .csv: reader.table(document.lines)
        }
        if reader.items.isEmpty, reader.problems.isEmpty {
            reader.fault(0, form == .markdown ? noItems : "no rows below the heading")
        }
        guard reader.problems.isEmpty else { throw PlanProblems(reader.problems) }
        return AcceptancePlan(title: reader.title, items: reader.items, encoding: document.encoding)
    }

    private static let noItems =
        "no items: write a heading for each component and a list below it (`- [ ] AUTH-01: Sign in`)"

    init(title: String) { self.title = title }

    private static func lineOfNought(_ bytes: [UInt8]) -> Int? {
        guard bytes.contains(0) else { return nil }
        return bytes.prefix { $0 != 0 }.count { $0 == 0x0A } &+ 1
    }

    private static func lineTooLong(_ bytes: [UInt8]) -> Int? {
        var (number, length) = (1, 0)
        for byte in bytes {
            guard byte != 0x0A else {
                number &+= 1
                length = 0
                continue
            }
            length &+= 1
            if length > longestLine { return number }
        }
        return nil
    }

    // MARK: What both forms share

    mutating func fault(_ line: Int, _ text: String) {
        if problems.count < PlanProblems.most { problems.append(.init(line: line, text: text)) }
    }

    /// What is still to be checked of an item.
    struct Draft {
        var line: Int
        var id = ""
        var component = ""
        var title = ""
        var steps = ""
        var expected = ""
        var url = ""
        var expectation = AcceptancePlan.Expectation()
        var profiles: [String] = []
    }

    mutating func add(_ draft: Draft) {
        guard items.count < AcceptancePlan.mostItems else {
            if !isFull { fault(draft.line, "more than \(AcceptancePlan.mostItems) items") }
            isFull = true
            return
        }
        var draft = draft
        if draft.id.isEmpty, let (id, rest) = PlanReader.leadingID(draft.title) { (draft.id, draft.title) = (id, rest) }
        guard !draft.title.isEmpty else { return fault(draft.line, "an item without a title") }
        guard !draft.component.isEmpty else {
            return fault(draft.line, "“\(shown(draft.title))” stands in no component: write a heading above it")
        }
        for (name, text, most) in [
            ("title", draft.title, 400), ("component", draft.component, Self.longestName), ("id", draft.id, 80),
            ("steps", draft.steps, Self.longestText), ("expected", draft.expected, Self.longestText),
            ("url", draft.url, 2_000),
        ] where text.utf8.count > most {
            return fault(draft.line, "\(name): more than \(most) bytes")
        }
        if !draft.url.isEmpty, !PlanReader.isAddress(draft.url) {
            return fault(draft.line, "url: `\(shown(draft.url))` is no path (`/sign-in`) and no http address")
        }
        if draft.url.isEmpty, !draft.expectation.isEmpty {
            return fault(draft.line, "expect: needs a url to look at")
        }
        let profiles = draft.profiles.isEmpty ? AcceptancePlan.standardProfiles : draft.profiles
        let key = draft.id.isEmpty ? PlanReader.madeKey(draft.component, draft.title) : draft.id
        if let before = lines.updateValue(draft.line, forKey: key) {
            return fault(
                draft.line,
                draft.id.isEmpty
                    ? "“\(shown(draft.title))” stands in line \(before) already: give one of them an id"
                    : "the id `\(shown(key))` is that of line \(before)")
        }
        items.append(
            AcceptancePlan.Item(
                key: key, component: draft.component, title: draft.title, steps: draft.steps,
                expected: draft.expected, url: draft.url, expectation: draft.expectation, profiles: profiles,
                line: draft.line))
    }

    /// `a, b; c` or `a | b` as names; nil with a fault for what are none.
    mutating func profiles(_ text: String, _ line: Int) -> [String] {
        var found: [String] = []
        for part in text.split(whereSeparator: { [",", ";", "|"].contains($0) }) {
            let name = String(part.trimming { $0 == " " || $0 == "`" || $0 == "*" })
            if name.isEmpty { continue }
            let isPlain = name.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || $0.properties.numericType != nil || " -_.()/".unicodeScalars.contains($0)
            }
            guard isPlain, name.utf8.count <= 60 else {
                fault(line, "profiles: `\(shown(name))` is no name: letters, digits, blanks and -_.()/, at most 60")
                return []
            }
            if !found.contains(name) { found.append(name) }
        }
        guard found.count <= AcceptancePlan.mostProfiles else {
            fault(line, "profiles: more than \(AcceptancePlan.mostProfiles)")
            return []
        }
        return found
    }

    /// `200`, `text: Welcome`, or both with `;` between.
    mutating func expectation(_ text: String, _ line: Int) -> AcceptancePlan.Expectation {
        var found = AcceptancePlan.Expectation()
        for part in text.split(separator: ";") {
            let word = String(part.trimming { $0 == " " || $0 == "`" })
            if word.isEmpty { continue }
            if let status = Int(word) {
                guard (100...599).contains(status), found.status == nil else {
                    fault(line, "expect: `\(shown(word))` is no status from 100 to 599, or stands there twice")
                    return found
                }
                found.status = status
            } else if let shown = PlanReader.after("text", word), !shown.isEmpty, shown.utf8.count <= 400 {
                found.text = shown
            } else {
                fault(line, "expect: `\(shown(word))`: write a status (`200`) or `text: what the page shows`")
                return found
            }
        }
        return found
    }

    func shown(_ text: String) -> String {
        let plain = String(text.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
        return plain.count > 60 ? "\(plain.prefix(60))…" : plain
    }

    // MARK: Words

    /// What follows `name:`, whatever its case; nil where the text begins otherwise.
    static func after(_ name: String, _ text: some StringProtocol) -> String? {
        guard text.utf8.count > name.utf8.count, text.prefix(name.count).lowercased() == name else { return nil }
        let rest = text.dropFirst(name.count).drop { $0 == " " || $0 == "*" }
        guard rest.first == ":" else { return nil }
        return String(rest.dropFirst().drop { $0 == "*" }.trimming { $0 == " " })
    }

    /// `AUTH-01: Sign in` → `AUTH-01`, `Sign in`; nil without such an id.
    static func leadingID(_ text: String) -> (String, String)? {
        guard let end = text.firstIndex(where: { $0 == " " || $0 == ":" }) else { return nil }
        // can't trap: `end` is an index of `text`.
        let id = text[..<end].trimming { $0 == "`" || $0 == "*" || $0 == "." }
        let halves = id.split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count >= 2, id.utf8.count <= 40, let first = halves.first, let last = halves.last,
            first.first?.isLetter == true, !last.isEmpty, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            id.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D })
        else { return nil }
        // can't trap: as above.
        let rest = text[end...].drop { $0 == " " || $0 == ":" || $0 == "*" || $0 == "–" || $0 == "—" }
        return (String(id), String(rest))
    }

    static func isAddress(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }) else { return false }
        if text.hasPrefix("/") { return !text.hasPrefix("//") }
        return SiteURL(text) != nil
    }

    private static func madeKey(_ component: String, _ title: String) -> String {
        let digest = SHA256.hash(data: Array("\(component)\u{0}\(title)".utf8))
        let words = digest.prefix(6).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }
        return "item-\(words.joined())"
    }
}
