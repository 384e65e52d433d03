import Foundation
import Kernel
import Store
import TestKit
import Testing

/// What tests of the running database share.
extension Workspace {
    /// `serve` in front of nothing, on free ports, with this database.
    func serving(_ database: String, _ arguments: String..., environment: [String: String] = [:]) throws -> Running {
        try start(
            ["serve", "--upstream", "http://127.0.0.1:9", "--database", database] + ServeTests.anyPort + arguments,
            environment: environment)
    }
}

extension Running {
    /// The operator door's answer to a path.
    func operatorAnswer(_ path: String) async throws -> RawResponse {
        let doors = try await doors()
        let port = try #require(doors["operator"].flatMap { Int($0.split(separator: ":").last ?? "") }, "\(err) \(out)")
        let connection = try await RawConnection.open(port: port)
        try await connection.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
        let response = await connection.response(to: "GET")
        await connection.close()
        return try #require(response)
    }

    /// One entry of `/health/ready`.
    func dependency(_ name: String) async throws -> ReadyDocument.Dependency? {
        let text = try await operatorAnswer("/health/ready").text
        return try JSONDecoder().decode(ReadyDocument.self, from: Data(text.utf8)).dependencies.first {
            $0.name == name
        }
    }

    /// The process ids that `serve` has logged for its workers, in order.
    var workers: [Int32] {
        out.split(separator: "\n").filter { $0.contains("\"worker-started\"") }.compactMap { line in
            line.firstMatch(of: /"pid":(\d+)/).flatMap { Int32($0.1) }
        }
    }

    /// The newest worker's process id, once that worker is at work.
    func worker(after previous: Int32? = nil) async throws -> Int32 {
        try await wait("a worker at work") {
            guard let pid = self.workers.last, pid != previous else { return false }
            return self.out.contains("\"event\":\"work-started\",\"level\":\"info\",\"pid\":\(pid)")
        }
        return try #require(workers.last)
    }
}

struct ReadyDocument: Decodable {
    struct Dependency: Decodable {
        let name: String
        let holds: Bool
        let detail: String?
    }
    let dependencies: [Dependency]
}

/// Whether a process with that id exists and isn't only waiting to be reaped.
func isAlive(_ pid: Int32) -> Bool {
    guard let status = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
    return !String(decoding: status, as: UTF8.self).contains(") Z ")
}

/// Opens a database of a test's own, as another program would.
func opened(_ address: String) async throws -> Database {
    try await Database.open(
        try DatabaseSettings(parsing: Secret(address)), clock: TestClock(), random: SeededRandomSource(seed: 1))
}
