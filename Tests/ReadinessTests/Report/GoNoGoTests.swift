import Testing

@testable import Readiness

@Suite("The go/no-go table shows every item, and nothing in it is markup")
struct GoNoGoTests {
    private func item(_ text: String, _ outcome: Outcome, contradiction: String? = nil) -> CriterionReport {
        CriterionReport(
            id: "a", text: visible(text), group: "tests", level: "launch", decidedBy: "check", checks: [], controls: [],
            required: "≥ 80 %", actual: "79 % (CI run 881 of a build that has a long name)", outcome: outcome,
            isBlocker: true, source: "LAUNCH.md:4", contradiction: contradiction)
    }

    private func profile(_ items: [CriterionReport]) -> ProfileReport {
        ProfileReport(
            name: "portfolio", title: "Title",
            levels: [.init(level: "launch", total: 62, required: 90, decision: .noGo)],
            groups: [GroupScore(group: "tests", weight: 30, score: 62, held: 1, all: 2)], criteria: items)
    }

    @Test("it fits its width, and says required, actual and status", arguments: [60, 80, 120])
    func width(columns: Int) {
        let lines = GoNoGoTable.text(
            profile([item("At least 80 % of the tests pass in every tier", .fails), item("Long", .notAvailable)]),
            width: columns)
        for line in lines { #expect(line.count <= columns, "\(line)") }
        let text = lines.joined(separator: "\n")
        #expect(text.contains("NOT MET") && text.contains("not seen") && text.contains("≥ 80 %"))
        #expect(text.contains("total 62 of 100, 90 required") && text.contains("weight 30"))
    }

    @Test("ticks that were observed otherwise are told with file and line")
    func ticked() {
        let lines = GoNoGoTable.text(profile([item("CSRF", .fails, contradiction: "ticked, but observed otherwise")]))
        #expect(lines.joined(separator: "\n").contains("LAUNCH.md:4: “CSRF” is ticked, but observed otherwise"))
    }

    @Test(
        "hostile text is inert in Markdown and for a terminal",
        arguments: ["<script>alert(1)</script>", "a|b", "[x](javascript:alert(1))", "\u{1B}[31mred", "![x](http://e)"])
    func hostile(text: String) {
        let markdown = GoNoGoTable.markdown(profile([item(text, .fails)]))
        #expect(!markdown.contains("<script") && !markdown.contains("a|b") && !markdown.contains("\u{1B}"))
        // A bracket that Markdown would take for one has no backslash before it.
        #expect(!markdown.contains(/[^\\][\[\]]/))
        #expect(!GoNoGoTable.text(profile([item(text, .fails)])).joined().contains("\u{1B}"))
    }
}
