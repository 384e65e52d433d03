import Foundation
import Synchronization

/// A program started for a test: its output line by line, signals by its own process id, its exit code.
public final class RunningProcess: Sendable {
    public struct TimedOut: Error, CustomStringConvertible {
        public let description: String
    }

    private let process: Mutex<Process>
    private let output: OutputLog
    public let processIdentifier: Int32

    /// Starts `executable` with standard input closed; standard output and error go to one log.
    ///
    /// Of this process's environment it gets what isn't about us: `SEAWORTHY_TEST_SEEDS` and its like are for the tests,
    /// and `serve` refuses to start over a variable of its name that it doesn't know.
    public init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], directory: String? = nil
    )
        throws
    {
        let process = Process()
        let pipe = Pipe()
        let output = OutputLog()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        // A test of the database names its own; the others leave none behind.
        process.environment = RunningProcess.environment(
            ProcessInfo.processInfo.environment, adding: ["SEAWORTHY_DATABASE": "none"].merging(environment) { $1 })
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            output.add(data)
        }
        try process.run()
        self.processIdentifier = process.processIdentifier
        self.process = Mutex(process)
        self.output = output
    }

    /// What a started program inherits, and what it is given on top.
    public static func environment(_ inherited: [String: String], adding given: [String: String]) -> [String: String] {
        inherited.filter { !$0.key.hasPrefix("SEAWORTHY_") }.merging(given) { $1 }
    }

    /// Everything that it has written so far.
    public var text: String { output.text }

    public var isRunning: Bool { process.withLock { $0.isRunning } }

    /// The first line that contains `fragment`; throws with the whole output when it ends or takes longer than `limit`.
    @discardableResult
    public func line(containing fragment: String, within limit: Duration = .seconds(20)) async throws -> String {
        for _ in 0..<polls(limit) {
            if let line = text.split(separator: "\n").first(where: { $0.contains(fragment) }) { return String(line) }
            if !isRunning, output.isEnded { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TimedOut(description: "no line with “\(fragment)” within \(limit); it wrote:\n\(text)")
    }

    /// Its exit code, once it has ended and all its output has come; a program ended by signal N gives 128 + N.
    public func exitCode(within limit: Duration = .seconds(20)) async throws -> Int32 {
        for _ in 0..<polls(limit) {
            if !isRunning, output.isEnded { return status }
            try await Task.sleep(for: .milliseconds(20))
        }
        if !isRunning { return status }
        throw TimedOut(description: "still running after \(limit); it wrote:\n\(text)")
    }

    /// Sends a signal such as `SIGHUP` to this process alone.
    public func signal(_ number: Int32) {
        if isRunning { _ = kill(processIdentifier, number) }
    }

    /// Ends it whatever it does: for the end of a test.
    public func stop() async {
        signal(SIGTERM)
        if (try? await exitCode(within: .seconds(3))) == nil { signal(SIGKILL) }
    }

    private var status: Int32 {
        process.withLock { $0.terminationReason == .uncaughtSignal ? 128 + $0.terminationStatus : $0.terminationStatus }
    }

    private func polls(_ limit: Duration) -> Int { max(1, Int(limit / .milliseconds(20))) }
}

private final class OutputLog: Sendable {
    private let state = Mutex<(data: Data, isEnded: Bool)>((Data(), false))
    var text: String { state.withLock { String(decoding: $0.data, as: UTF8.self) } }
    var isEnded: Bool { state.withLock { $0.isEnded } }
    func add(_ data: Data) {
        state.withLock { state in
            if data.isEmpty { state.isEnded = true } else { state.data.append(data) }
        }
    }
}
