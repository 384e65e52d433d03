import Testing

@testable import Readiness

@Suite("Checklists are read as people write them")
struct ChecklistReaderTests {
    private func read(_ text: String) -> TeamChecklist { ChecklistReader.read(DocumentText(Array(text.utf8))) }

    @Test(
        "every way to tick an item is understood",
        arguments: [
            ("- [ ] a thing", Tick.open), ("- [x] a thing", .done), ("* [X] a thing", .done), ("1. [x] a thing", .done),
            ("+ [-] a thing", .partial), ("- ✅ a thing", .done), ("- a thing ❌", .failed), ("✔ a thing", .done),
            ("- ⚠️ a thing", .partial), ("- ⏳ a thing", .partial), ("☐ a thing", .open), ("☑ a thing", .done),
            ("- **✅ a thing**", .done), ("    - [x] a thing", .done), ("- a thing ✅ Done", .done),
            ("- [ ] **a thing**", .open), ("2) [x] a thing", .done), ("\t- [ ] a thing", .open),
            ("> - [x] a thing", .done), ("> > 1. [ ] a thing", .open), ("- :white_check_mark: a thing", .done),
            ("- a thing :x:", .failed), (":hourglass: a thing", .partial),
            ("<input type=\"checkbox\" checked> a thing<br>", .done),
            ("<li><input type=checkbox /> a thing</li>", .open),
            ("- [x] a thing[^1]", .done),
        ])
    func ticks(line: String, expected: Tick) {
        let list = read("# List\n- [ ] first\n\(line)\n")
        #expect(list.items.count == 2)
        #expect(list.items.last?.tick == expected)
        #expect(list.items.last?.text.hasPrefix("a thing") == true)
    }

    @Test(
        "what is no item isn't one",
        arguments: [
            "```\n- [ ] in code\n```", "~~~~\n- [x] in code\n~~~\n- [x] still\n~~~~", "<!--\n- [ ] hidden\n-->",
            "---\ntitle: x\n- [ ] front matter\n---", "✅ = done", "- ✅ Complete", "| a | b |\n|---|---|\n| c | d |",
            "- [link](https://example.test)", "- [x](https://example.test)", "- [ ]", "Just ✅ a word", "",
        ])
    func none(text: String) { #expect(read(text).items.filter { $0.tick != nil }.isEmpty) }

    @Test("plain bullets are items only where nothing else is")
    func bullets() {
        #expect(read("# Security\n- No secrets\n- Rate limits\n").items.map(\.text) == ["No secrets", "Rate limits"])
        #expect(read("# Security\n- No secrets\n- [ ] Rate limits\n").items.map(\.text) == ["Rate limits"])
    }

    @Test("tables give item, required, actual, status; totals aren't rows")
    func tables() {
        let list = read(
            """
            | # | Criterion | Required | Actual | Status | Weight |
            |---|:---|---:|---|---|---|
            | 1 | Coverage \\| lines | ≥ 80 % | 82 % | ✅ Met | 30 |
            | 2 | Errors | 0 | 3 | in progress | 70 |
            | | Total | | | | 100 |
            """)
        #expect(list.items.map(\.text) == ["Coverage | lines", "Errors"])
        #expect(list.items.map(\.required) == ["≥ 80 %", "0"])
        #expect(list.items.map(\.actual) == ["82 %", "3"])
        #expect(list.items.map(\.tick) == [.done, .partial])
        #expect(list.items.map(\.weight) == [30, 70])
        #expect(list.items.map(\.line) == [3, 4])
    }

    @Test(
        "an area or category before the task is not the task",
        arguments: [
            ("| # | Area | Task | Owner | Status |", "| 1 | Ops | Nightly backups | Dee | ✅ |", "Nightly backups"),
            ("| Category | Description | Status |", "| Ops | Nightly backups | ✅ |", "Nightly backups"),
            ("| Item | Area | Status |", "| Nightly backups | Ops | ✅ |", "Nightly backups"),
            ("| Area | Task | Status |", "| Backups | | ✅ |", "Backups"),
            ("| Area | Owner | Status |", "| Backups | Dee | ✅ |", "Backups"),
            ("| Area item | Notes | Status |", "| Backups | nightly | ✅ |", "Backups"),
        ])
    func areas(header: String, row: String, text: String) {
        let rule = "|" + String(repeating: "---|", count: header.filter { $0 == "|" }.count - 1)
        let list = read([header, rule, row].joined(separator: "\n"))
        #expect(list.items.map(\.text) == [text])
        #expect(list.items.map(\.tick) == [.done])
    }

    @Test("a table to be signed asks for signatures by role")
    func signatures() {
        let list = read(
            "| Role | Name | Signature | Date |\n|---|---|---|---|\n| Security Lead | | | |\n| QA Lead | | | |\n")
        #expect(list.items.map(\.role) == ["Security Lead", "QA Lead"])
    }

    @Test("items know the sections above them and what they are a part of")
    func nesting() {
        let list = read(
            "# Launch\n## Security\n- [ ] Headers\n  - [x] HSTS\n    - [ ] preload\n- [ ] Limits\n# Other\n- [ ] x y\n")
        #expect(list.items.map(\.parent) == [nil, 0, 1, nil, nil])
        #expect(list.items.first.map(list.headings) == ["Launch", "Security"])
        #expect(list.items.last.map(list.headings) == ["Other"])
    }

    @Test("setext titles, and rules that are none")
    func setext() {
        let list = read("Launch\n======\n- [ ] a b\n\n---\n\nSecurity\n---\n- [ ] c d\n")
        #expect(list.sections.map(\.title) == ["Launch", "Security"])
        #expect(list.items.compactMap(\.section) == [0, 1])
    }

    private static let sample = "# Café\n- [x] Größe geprüft ✅\n- [ ] naïve – test\n"

    @Test("the same document in any encoding is the same checklist")
    func encodings() throws {
        let expected = ["Größe geprüft", "naïve – test"]
        func texts(_ bytes: [UInt8]) -> [String] { ChecklistReader.read(DocumentText(bytes)).items.map(\.text) }
        let utf8 = Array(Self.sample.utf8)
        #expect(texts(utf8) == expected)
        #expect(texts([0xEF, 0xBB, 0xBF] + utf8) == expected)
        let units = Array(Self.sample.utf16)
        let little = units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let big = units.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        #expect(texts([0xFF, 0xFE] + little) == expected)
        #expect(texts([0xFE, 0xFF] + big) == expected)
        #expect(texts(little) == expected)
        #expect(texts(big) == expected)
        #expect(texts(Array(Self.sample.replacing("\n", with: "\r").utf8)) == expected)
        #expect(texts(Array(Self.sample.replacing("\n", with: "\r\n").utf8)) == expected)
        var latin: [UInt8] = []
        for scalar in Self.sample.unicodeScalars where scalar != "✅" {
            latin.append(scalar == "–" ? 0x96 : UInt8(exactly: scalar.value) ?? 0x3F)
        }
        #expect(texts(latin) == expected)
        #expect(DocumentText(latin).encoding == "Windows-1252")
    }

    @Test("text that was read in the wrong encoding and written again is mended")
    func mojibake() {
        let list = read("- âœ… GrÃ¶ÃŸe\n- â\u{9D}Œ b c\n- Ã and â alone\n")
        #expect(list.items.map(\.tick) == [.done, .failed])
        #expect(list.items.first?.text == "Größe")
    }

    @Test("cut in the middle anywhere, it is still read without harm")
    func truncation() {
        let bytes = Array(Self.sample.utf8) + Array("| a | b |\n|--|--|\n| [x] é | ✅ |\n```\n".utf8)
        for end in bytes.indices { _ = ChecklistReader.read(DocumentText(Array(bytes[..<end]))) }
        for end in bytes.indices { _ = ChecklistReader.read(DocumentText([0xFF, 0xFE] + bytes[..<end])) }
    }

    @Test(
        "a million of anything is read in time that grows with it, or cut off",
        arguments: [
            "[", "- [ ", "- [x] a\n", "# a\n", "| ", "|a|\n", "`", "```\n", "<!-- ", "  - [ ] b\n", "*", "](", "<a ",
            "\u{0}",
        ])
    func million(unit: String) {
        // What isn't linear doesn't end within the suite's time limit.
        let bytes = Array(String(repeating: unit, count: 200_000).utf8)
        let list = ChecklistReader.read(DocumentText(bytes))
        #expect(list.items.count <= TeamChecklist.mostItems)
        #expect(list.sections.count <= TeamChecklist.mostItems)
        #expect(list.items.allSatisfy { $0.text.count <= 600 })
    }

    @Test("hostile text stays text", arguments: [0, 1, 2])
    func hostile(form: Int) throws {
        let text =
            "- [ ] \u{1B}[31mred\u{1B}[0m <script>alert(1)</script> \"quoted: yes\" # not a comment \\ {{x}} \u{202E}rtl csrf\n"
        let list = ChecklistImport(
            Array(text.utf8), file: "a\u{1B}]0;b.md", today: try #require(CalendarDay("2026-11-26")))
        let out = [list.report(), list.yaml(), try list.json()][form]
        #expect(!out.contains("\u{1B}") && !out.contains("\u{202E}") && !out.contains("<script"))
    }
}
