import Foundation
import Synchronization

/// A real Redis for tests, in a directory of its own on a free loopback port, without persistence.
public final class RedisServer: Sendable {
    public struct Unavailable: Error, CustomStringConvertible {
        public let description: String
    }

    public let port: Int
    private let directory: String
    private let arguments: [String]
    private let process = Mutex<LifelineProcess?>(nil)

    /// - Parameter arguments: more of redis-server's, such as `--requirepass secret`.
    public init(_ arguments: [String] = []) throws {
        self.arguments = arguments
        directory = try TemporaryDirectory("redis").path
        port = FreePort.pick()
        try start()
    }

    public var url: String { "redis://127.0.0.1:\(port)" }

    /// Starts it (again) on the same port, empty.
    public func start() throws {
        let executable = "/usr/bin/redis-server"
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw Unavailable(description: "Redis isn't installed: scripts/install-dependencies test")
        }
        let started = try LifelineProcess(
            executable,
            ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory]
                + arguments,
            signal: "KILL", directory: directory, log: directory + "/server.log")
        process.withLock { $0 = started }
        for _ in 0..<400 {
            let text = FileManager.default.contents(atPath: directory + "/server.log") ?? Data()
            if String(decoding: text, as: UTF8.self).contains("Ready to accept connections") { return }
            usleep(10_000)
        }
        throw Unavailable(description: "Redis didn't start; see \(directory)/server.log")
    }

    /// Kills it: connections break.
    public func crash() {
        process.withLock { process in
            process?.stop()
            process = nil
        }
    }

    public func remove() {
        crash()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
