import Foundation
import Identity
import Kernel
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import Gateway

/// The samples that we give away, run as their readers would: a gateway before a real app in the app's own language.
@Suite("Samples that verify who is calling", .serialized)
struct IdentitySampleTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let arguments: @Sendable (Int) -> [String]
        var testDescription: String { name }
    }

    static let samples =
        [
            Sample(name: "Flask") { ["python3", "-m", "flask", "--app", "flask_app", "run", "--port", "\($0)"] },
            Sample(name: "FastAPI") { ["python3", "-m", "uvicorn", "fastapi_app:app", "--port", "\($0)"] },
        ] + (hasExpress ? [Sample(name: "Express") { _ in ["node", "express_app.js"] }] : [])

    /// Debian's `node-express` brings a hundred packages: run where it is there.
    private static let hasExpress = FileManager.default.fileExists(atPath: "/usr/share/nodejs/express/package.json")

    /// A port that nobody listens on just now.
    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        return port
    }

    @Test("take a caller that the gateway vouches for, and nobody else", arguments: samples)
    func run(sample: Sample) async throws {
        let port = try await Self.freePort()
        try await GatewayWithAccounts.run(["upstream=http://127.0.0.1:\(port)"]) { running in
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../Examples/identity").standardizedFileURL.path
            let app = try RunningProcess(
                "/usr/bin/env", sample.arguments(port),
                environment: [
                    "SEAWORTHY_URL": "http://127.0.0.1:\(running.port)", "PORT": "\(port)",
                    "NODE_PATH": "/usr/share/nodejs", "PYTHONDONTWRITEBYTECODE": "1",
                ], directory: folder)
            do {
                try await check(running, port: port, app)
                await app.stop()
            } catch {
                await app.stop()
                throw error
            }
        }
    }

    private func check(_ running: GatewayWithAccounts, port: Int, _ app: RunningProcess) async throws {
        let session = try await running.administrator()
        let cookie = [("Cookie", "seaworthy-session=\(session)"), ("Accept", "application/json")]
        try await eventually(within: .seconds(30)) {
            guard app.isRunning else { return true }
            return (try? await running.ask("GET", "/me").status) == 401
        }
        let me = try await running.ask("GET", "/me", cookie)
        #expect(me.status == 200, "\(me.status) \(me.text) \(app.text)")
        #expect(me.text.contains("root@example.com") && me.text.contains("administrator"))
        // Around the gateway, with whatever one likes to claim.
        let none = "eyJhbGciOiJub25lIiwidHlwIjoic2Vhd29ydGh5LWlkZW50aXR5K2p3dCJ9.e30."
        for token in ["", "x", "a.b.c", none, none + "AAAA"] {
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                Array(
                    "GET /me HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nX-Seaworthy-Identity: \(token)\r\nConnection: close\r\n\r\n"
                        .utf8))
            let answer = await connection.response(to: "GET", within: .seconds(20))
            await connection.close()
            #expect(answer?.status == 401, "\(token): \(answer?.text ?? "nothing")")
        }
        // A role without the permission.
        let link = try await running.administration().add("b@example.com", role: "person", ownPrefix: "/seaworthy")
        let secret = try #require(link.path.reveal().split(separator: "=").last.map(String.init))
        let chosen = try await running.post("/choose", ["token": secret, "password": GatewayWithAccounts.password])
        let other = try #require(GatewayWithAccounts.cookies(chosen)["seaworthy-session"])
        #expect(try await running.ask("GET", "/me", [("Cookie", "seaworthy-session=\(other)")]).status == 403)
    }
}
