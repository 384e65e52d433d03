import ArgumentParser
import Foundation
import Readiness

/// `seaworthy check --self-test`, and `--accuracy` with it.
extension CheckCommand {
    func runSelfTest() async throws -> Never {
        guard let executable = ExampleApp.find(tradingdesk) else {
            Terminal.note("seaworthy check --self-test needs the example app `tradingdesk`. Looked here:")
            for place in ExampleApp.places(tradingdesk) { Terminal.note("  \(place)") }
            throw ExitCode(2)
        }
        let progress = CheckProgressLine(isOn: isatty(STDERR_FILENO) != 0)
        var test = SelfTest(
            configuration: try ReadinessConfiguration(yaml: TradingDeskConfiguration.yaml),
            circumstances: try Self.circumstances()
        ) { flaws, perMinute, seed in
            try await ExampleApp.start(executable, flaws: flaws, requestsPerMinute: perMinute, seed: seed)
        }
        test.browser = Self.browserSetup
        if accuracy { try await measureAccuracy(test, executable, progress) }
        let rows: [SelfTest.Row]
        do {
            rows = try await test.run(only: chosen) { progress.show($0) }
        } catch {
            progress.clear()
            Terminal.note("seaworthy check --self-test: \(error)")
            throw ExitCode(2)
        }
        progress.clear()
        try deliver(SelfTest.table(rows, colour: output == nil && Terminal.hasColour(STDOUT_FILENO)))
        throw ExitCode(rows.allSatisfy(\.tellsApart) ? 0 : 1)
    }

    /// The whole matrix; exit code 1 when a check missed its flaw or raised a false alarm.
    private func measureAccuracy(_ test: SelfTest, _ executable: String, _ progress: CheckProgressLine) async throws
        -> Never
    {
        var matrix = AccuracyMatrix(test: test, flaws: try ExampleApp.flaws(executable))
        matrix.seeds = Array(1...seeds)
        matrix.only = chosen
        let file = try journal.map { try AccuracyJournal(path: $0) }
        let cells: [AccuracyMatrix.Cell]
        do {
            // It takes an hour: where nobody watches a terminal, a log is told how far it is.
            cells = try await matrix.run(known: file?.cells ?? []) {
                if progress.isOn { progress.show($0) } else { Terminal.note($0) }
            } note: {
                file?.append($0)
            }
        } catch {
            progress.clear()
            Terminal.note("seaworthy check --self-test --accuracy: \(error)")
            throw ExitCode(2)
        }
        progress.clear()
        let rows = AccuracyMatrix.rows(cells)
        try deliver(AccuracyMatrix.markdown(rows))
        throw ExitCode(rows.allSatisfy(\.isRight) ? 0 : 1)
    }
}

/// What a matrix measured, one cell a line, so that hours of it outlive a signal.
private struct AccuracyJournal {
    let path: String
    let cells: [AccuracyMatrix.Cell]

    init(path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw ExitStatus.failure(ExitStatus.cannotCreate, "--journal: `\(path)` can't be written")
            }
            cells = []
            return
        }
        var cells: [AccuracyMatrix.Cell] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let cell = try? JSONDecoder().decode(AccuracyMatrix.Cell.self, from: line) else {
                throw ExitStatus.failure(
                    ExitStatus.corruptData, "--journal: line \(index + 1) of `\(path)` is no cell of a matrix")
            }
            cells.append(cell)
        }
        self.cells = cells
    }

    func append(_ fresh: [AccuracyMatrix.Cell]) {
        let lines = fresh.compactMap { try? JSONEncoder().encode($0) }
        guard !lines.isEmpty, let handle = FileHandle(forWritingAtPath: path) else { return }
        defer { try? handle.close() }
        _ = try? handle.seekToEnd()
        try? handle.write(contentsOf: Data(lines.joined(separator: Data("\n".utf8)) + Data("\n".utf8)))
    }
}
