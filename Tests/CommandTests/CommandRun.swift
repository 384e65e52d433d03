import Foundation
import Testing

/// Runs the real binary, as a user would, in a folder of its own.
final class Workspace {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "seaworthy-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }
    func write(_ name: String, _ data: Data) throws { try data.write(to: folder.appending(path: name)) }
    func path(_ name: String) -> String { folder.appending(path: name).path }
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
    func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// Runs it to its end.
    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Finished {
        let running = try start(arguments, environment: environment)
        return try await running.finish(within: .seconds(30))
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(program: Workspace.seaworthy, arguments: arguments, environment: environment, folder: folder)
    }

    /// The binary beside the tests' own.
    static let seaworthy: URL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "seaworthy")

    /// The package's root folder.
    static let package: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}

/// How a run ended.
struct Finished: Sendable {
    let status: Int32
    /// Whether a signal ended it.
    let wasKilled: Bool
    let out: String
    let err: String
}

/// A run in progress: its output is collected in files, so that no pipe can fill up.
final class Running {
    struct TimedOut: Error, CustomStringConvertible { let description: String }

    private let process = Process()
    private let outFile: URL
    private let errFile: URL
    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    init(program: URL, arguments: [String], environment: [String: String], folder: URL) throws {
        outFile = folder.appending(path: "stdout-\(UUID().uuidString)")
        errFile = folder.appending(path: "stderr-\(UUID().uuidString)")
        for file in [outFile, errFile] { try Data().write(to: file) }
        // Nothing of the surroundings but what a program needs, so that no variable of the machine decides a test.
        var variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        variables["LLVM_PROFILE_FILE"] = ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"] ?? "/dev/null"
        // Tests of the database name their own; the others leave none behind, and start no worker.
        variables["SEAWORTHY_DATABASE"] = "none"
        variables.merge(environment) { _, new in new }
        process.executableURL = program
        process.arguments = arguments
        process.environment = variables
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: outFile)
        process.standardError = try FileHandle(forWritingTo: errFile)
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var out: String { (try? String(contentsOf: outFile, encoding: .utf8)) ?? "" }
    var err: String { (try? String(contentsOf: errFile, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    func finish(within limit: Duration) async throws -> Finished {
        try await wait("the end of the process", within: limit) { !self.process.isRunning }
        return Finished(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal, out: out,
            err: err)
    }

    /// Until `condition` holds.
    func wait(_ what: String, within limit: Duration = .seconds(20), until condition: () -> Bool) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        while !condition() {
            guard clock.now < deadline else {
                throw TimedOut(description: "waited for \(what); out: \(out.suffix(2000)) err: \(err.suffix(2000))")
            }
            try await clock.sleep(for: .milliseconds(10))
        }
    }

    /// The URLs that the banner shows, by the word before them, once it is there.
    func doors() async throws -> [String: String] {
        try await wait("the banner") { self.err.contains("Ctrl-C ends it.") || !self.process.isRunning }
        var doors: [String: String] = [:]
        for line in err.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, line.hasPrefix("  "), words[1].contains("://") {
                doors[words[1].hasPrefix("https") ? "tls" : String(words[0])] = String(words[1])
            }
        }
        return doors
    }
}
