import Foundation
import Synchronization

/// A real SMTP server for tests (aiosmtpd), on loopback ports of several characters; see `smtp-server.py`.
public final class SMTPServer: Sendable {
    public struct Unavailable: Error, CustomStringConvertible {
        public let description: String
    }

    /// A mail as the server got it and Python's `email` package read it.
    public struct Mail: Decodable, Sendable {
        public struct Part: Decodable, Sendable {
            public let type: String
            public let charset: String
            public let encoding: String
            public let content: String
            public let defects: [String]
        }
        /// The port's name.
        public let port: String
        public let connection: Int
        public let from: String
        public let to: [String]
        public let tls: Bool
        public let user: String
        public let hello: String
        public let headers: [[String]]
        public let fromNames: [String]
        public let toNames: [String]
        public let toAddresses: [String]
        public let multipart: String
        public let parts: [Part]
        public let defects: [String]
        public let longestLine: Int
        public let bareLineFeeds: Int
        public let isASCII: Bool
        public let size: Int

        /// All values of a header.
        public subscript(_ name: String) -> [String] {
            headers.filter { $0.first?.lowercased() == name.lowercased() }.compactMap(\.last)
        }
    }

    public let directory: TemporaryDirectory
    /// By name, such as `starttls`.
    public let ports: [String: Int]
    private let process: Process
    private let lifeline: Pipe

    /// Starts it and waits until all its ports listen.
    public init() async throws {
        directory = try TemporaryDirectory("smtp")
        process = Process()
        lifeline = Pipe()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "smtp-server.py")
        // Debian's own Python has Debian's aiosmtpd, whatever other Python comes first in PATH.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-W", "ignore", script.path, directory.path]
        // It ends when this end of the pipe closes, however we end.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = lifeline
        let log = directory.file("server.log")
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = FileHandle(forWritingAtPath: log)
        process.standardOutput = handle ?? FileHandle.nullDevice
        process.standardError = handle ?? FileHandle.nullDevice
        try process.run()
        let file = directory.file("ports.json")
        for _ in 0..<1200 where !FileManager.default.fileExists(atPath: file) && process.isRunning {
            try await Task.sleep(for: .milliseconds(25))
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Unavailable(
                description: "no SMTP server (scripts/install-dependencies test): \(directory.read("server.log"))")
        }
        ports = try JSONDecoder().decode([String: Int].self, from: data)
    }

    /// Every mail that it has accepted so far, in order.
    public var mails: [Mail] {
        get throws {
            try directory.read("mails.jsonl").split(separator: "\n").map {
                try JSONDecoder().decode(Mail.self, from: Data($0.utf8))
            }
        }
    }

    public func mails(to address: String) throws -> [Mail] { try mails.filter { $0.to == [address] } }

    /// What those who listen on the line have read in the clear.
    public var overheard: String { directory.read("overheard") }

    public func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
        directory.remove()
    }
}
