import Foundation
import Readiness

/// Finds, starts and stops the example app for `--self-test`.
enum ExampleApp {
    struct StartFailure: Error, CustomStringConvertible { var description: String }

    static func places(_ given: String?) -> [String] {
        if let given { return [given] }
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("tradingdesk").path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return [beside] + path.split(separator: ":").map { "\($0)/tradingdesk" }
    }

    static func find(_ given: String?) -> String? {
        places(given).first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Names of all flaws, as the example app lists them.
    static func flaws(_ executable: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = ["--list-flaws"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    static func start(_ executable: String, flaws: [String], requestsPerMinute: Int, seed: Int) async throws
        -> SelfTest.Desk
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        let authority = FileManager.default.temporaryDirectory.appending(
            path: "seaworthy-desk-\(UUID().uuidString).pem")
        process.arguments = [
            "--tls-authority", authority.path, "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0",
            "--operations-listen", "127.0.0.1:0",
            "--bcrypt-cost", "7", "--rate-limit", String(requestsPerMinute), "--flaws", flaws.joined(separator: ","),
            "--seed", String(seed),
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let identifier = process.processIdentifier
        // An app that says nothing is ended, which ends the reading too.
        let watchdog = Task {
            try await Task.sleep(for: .seconds(30), clock: .continuous)
            kill(identifier, SIGKILL)
        }
        let found = await addresses(from: pipe.fileHandleForReading)
        watchdog.cancel()
        guard let plain = found.plain, let tls = found.tls, let operations = found.operations else {
            process.terminate()
            throw StartFailure(
                description: "`\(executable) --flaws \(flaws.joined(separator: ","))` didn't say where it listens")
        }
        // Written before it listens.
        let vouching = FileManager.default.contents(atPath: authority.path).map { String(decoding: $0, as: UTF8.self) }
        return SelfTest.Desk(plain: plain, tls: tls, operations: operations, authority: vouching) {
            try? FileManager.default.removeItem(at: authority)
            process.terminate()
            process.waitUntilExit()
        }
    }

    private struct Addresses: Sendable {
        var plain: SiteURL?
        var tls: SiteURL?
        var operations: SiteURL?
        var areAllThere: Bool { plain != nil && tls != nil && operations != nil }
    }

    /// The addresses out of the lines that the app prints, read on a thread of their own.
    private static func addresses(from handle: FileHandle) async -> Addresses {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var text = ""
                var found = Addresses()
                while !found.areAllThere {
                    let data = handle.availableData
                    if data.isEmpty { break }
                    text += String(decoding: data, as: UTF8.self)
                    guard let end = text.lastIndex(of: "\n") else { continue }
                    for line in text[..<end].split(separator: "\n") {
                        guard let url = line.split(separator: " ").last.flatMap({ SiteURL(String($0)) }) else {
                            continue
                        }
                        if line.hasPrefix("metrics") {
                            found.operations = url
                        } else if url.scheme == .https {
                            found.tls = url
                        } else {
                            found.plain = url
                        }
                    }
                }
                continuation.resume(returning: found)
            }
        }
    }
}
