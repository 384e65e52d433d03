import Foundation
import TestKit
import Testing

extension RawBytesTests {
    /// 64 MB each way through a gateway in a process of its own; `SEAWORTHY_VERIFY_MEGABYTES=2048` for the full measure.
    @Suite("Big transfers", .timeLimit(.minutes(10)))
    struct BigTransferTests {
        private static let megabytes =
            ProcessInfo.processInfo.environment["SEAWORTHY_VERIFY_MEGABYTES"].flatMap { Int($0) } ?? 64
        private static let megabyte = [UInt8](repeating: 0x61, count: 1 << 20)

        /// Takes a body of any length and answers with its size; sends as many megabytes as the target says.
        private func app() async throws -> RawUpstream {
            try await RawUpstream.start { connection, _ in
                let isHead: @Sendable ([UInt8]) -> Bool = { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
                let head = await connection.receive(within: .seconds(30), until: isHead)
                guard let end = head.bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return }
                let target = head.text.split(separator: " ").dropFirst().first ?? ""
                guard let size = Int(target.dropFirst("/download/".count)), target.hasPrefix("/download/") else {
                    connection.consume(end)
                    let length = BigTransferTests.megabytes << 20
                    let count = await BigTransferTests.drain(connection, length)
                    try await connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(String(count).count)\r\n\r\n\(count)")
                    return
                }
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(size << 20)\r\n\r\n")
                for _ in 0..<size { try await connection.send(BigTransferTests.megabyte) }
            }
        }

        /// Reads and forgets until `length` bytes have come or nothing more will.
        private static func drain(_ connection: RawConnection, _ length: Int) async -> Int {
            var count = 0
            while count < length {
                let part = await connection.receive(within: .seconds(30)) { !$0.isEmpty }
                if part.bytes.isEmpty { break }
                connection.consume(part.bytes.count)
                count += part.bytes.count
            }
            return count
        }

        @Test("a program that tests start knows nothing of the variables that are meant for the tests")
        func environment() {
            let inherited = ["PATH": "/bin", "SEAWORTHY_VERIFY_MEGABYTES": "2048", "SEAWORTHY_MODE": "off"]
            #expect(RunningProcess.environment(inherited, adding: [:]) == ["PATH": "/bin"])
            let given = RunningProcess.environment(
                inherited, adding: ["SEAWORTHY_MODE": "observe", "PATH": "/usr/bin"])
            #expect(given == ["PATH": "/usr/bin", "SEAWORTHY_MODE": "observe"])
        }

        @Test("pass up and down in flat memory, with the size limit lifted")
        func flat() async throws {
            let app = try await app()
            let port = try await FreePort.next()
            let gateway = try RunningProcess(
                ProjectBinary.path("seaworthy"),
                [
                    "serve", "--upstream", "http://127.0.0.1:\(app.port)", "--listen", "127.0.0.1:\(port)",
                    "--operator",
                    "127.0.0.1:0", "--database", "none", "--mode", "enforce", "--environment", "development", "--set",
                    "protection.request-shape.body.limit=none",
                ])
            try await gateway.line(containing: #""event":"started""#)
            let client = try await RawConnection.open(port: port)
            let size = BigTransferTests.megabytes << 20
            try await client.send("POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(size)\r\n\r\n")
            for _ in 0..<BigTransferTests.megabytes { try await client.send(BigTransferTests.megabyte) }
            #expect(await client.response(to: "POST", within: .seconds(60))?.text == "\(size)")
            let afterUpload = try peak(gateway)
            await client.close()
            let reader = try await RawConnection.open(port: port)
            try await reader.send("GET /download/\(BigTransferTests.megabytes) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            let received = await BigTransferTests.drain(reader, size)
            #expect(received >= size)
            let afterDownload = try peak(gateway)
            // Buffers of two connections in a debug build; a body of which a quarter were held would show.
            #expect(afterUpload < 100, "\(afterUpload) MB after the upload")
            #expect(afterDownload < 100, "\(afterDownload) MB after the download")
            // Quoted in docs/forwarding.md.
            if BigTransferTests.megabytes > 64 {
                print(
                    "\(BigTransferTests.megabytes) MB each way: peak \(afterUpload) MB after the upload,",
                    "\(afterDownload) MB after the download")
            }
            await reader.close()
            await gateway.stop()
            await app.stop()
        }

        /// Peak resident memory in MB.
        private func peak(_ process: RunningProcess) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
            return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? .max) / 1024
        }
    }
}
