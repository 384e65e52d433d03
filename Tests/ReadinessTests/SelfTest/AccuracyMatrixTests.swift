import Synchronization
import Testing

@testable import Readiness

@Suite("The accuracy matrix counts what is right, what is wrong and what wasn't judged")
struct AccuracyMatrixTests {
    private func cell(
        _ flaws: String, _ outcome: Outcome, seed: Int = 1, check: String = "tls.redirect", seen: String = "seen"
    ) -> AccuracyMatrix.Cell {
        AccuracyMatrix.Cell(flaws: flaws, seed: seed, check: check, outcome: outcome, seen: seen)
    }

    private func row(_ cells: [AccuracyMatrix.Cell], _ check: String = "tls.redirect") throws -> AccuracyMatrix.Row {
        try #require(AccuracyMatrix.rows(cells).first { $0.check == check })
    }

    @Test("a failure without the flaw is a false alarm, one with it is a find, and what wasn't judged is neither")
    func counts() throws {
        let row = try row([
            cell("none", .holds), cell("no-https-redirect", .fails), cell("all", .notAvailable),
            cell("missing-csp", .fails), cell("weak-tls", .notApplicable), cell("weak-tls", .error, seed: 2),
        ])
        #expect((row.found, row.flawed) == (1, 2))
        #expect((row.falseAlarms, row.sound, row.unseen) == (1, 2, 2))
        #expect(!row.isRight)
        #expect(
            row.disagreements.map(\.flaws) == ["all", "missing-csp", "weak-tls", "weak-tls"])
    }

    @Test("a check that rightly sees the fault of another switch raises no false alarm, and must see it")
    func consequences() throws {
        let id = "cors.null-origin"
        let seen = try row([cell("cors-reflects-origin", .fails, check: id)], id)
        #expect((seen.found, seen.flawed, seen.falseAlarms) == (1, 1, 0))
        let missed = try row([cell("cors-reflects-origin", .holds, check: id)], id)
        #expect((missed.found, missed.flawed) == (0, 1) && !missed.isRight)
    }

    @Test("what was measured twice counts once, as it was last")
    func latest() throws {
        let row = try row([cell("none", .fails), cell("none", .holds)])
        #expect((row.sound, row.falseAlarms) == (1, 0) && row.isRight)
    }

    @Test(
        "intervals are Wilson's",
        arguments: [
            (0, 149, "0.0–2.5 %"), (20, 20, "83.9–100.0 %"), (5, 10, "23.7–76.3 %"), (0, 0, "–"),
        ])
    func interval(count: Int, of: Int, shown: String) {
        #expect(AccuracyMatrix.interval(count, of) == shown)
    }

    @Test("the table names every disagreement once, in words that can't break it")
    func table() throws {
        let cells = [
            cell("none", .fails, seen: "3 of 4 | `x`"), cell("missing-csp", .fails, seen: "2 of 4 | `x`"),
            cell("no-https-redirect", .fails),
        ]
        let text = AccuracyMatrix.markdown(AccuracyMatrix.rows(cells))
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("- `tls.redirect`") })
        #expect(line == "- `tls.redirect` fails: 2 of 4 / 'x' (`missing-csp`, `none`)")
        #expect(text.contains("| `tls.redirect` | 1 of 1 |") && text.contains("| 2 of 2 |"))
    }

    @Test("only what is missing is measured, and an app that doesn't start costs nothing but itself")
    func resumes() async throws {
        struct Refusal: Error {}
        let started = Mutex<[String]>([])
        let test = SelfTest(configuration: ReadinessConfiguration(), circumstances: try circumstances()) {
            flaws, _, seed in
            started.withLock { $0.append("\(flaws.joined()) \(seed)") }
            throw Refusal()
        }
        var matrix = AccuracyMatrix(test: test, flaws: ["missing-csp"])
        matrix.only = ["tls.redirect"]
        let known = [
            cell("none", .holds), cell("all", .fails), cell("missing-csp", .holds), cell("none", .holds, seed: 2),
        ]
        let cells = try await matrix.run(known: known)
        #expect(cells == known)
        #expect(started.withLock { $0.sorted() } == ["all 2", "missing-csp 2"])
    }
}
