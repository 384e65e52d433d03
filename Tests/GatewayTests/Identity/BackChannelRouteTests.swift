import Foundation
import Kernel
import Store
import TestKit
import Testing

@testable import Gateway

@Suite("A gateway that is told by a provider what is over", .serialized)
struct BackChannelRouteTests {
    private static let page = ("Accept", "text/html")

    /// A provider program of the tests, whose tokens are PyJWT's.
    private func with(_ work: (Int) async throws -> Void) async throws {
        let port = try await FreePort.next()
        let directory = try TemporaryDirectory("provider")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "back-channel-provider.py")
        let process = try LifelineProcess(
            "/usr/bin/env", ["python3", "-W", "ignore", script.path, "\(port)"], signal: "KILL",
            directory: directory.path, log: directory.file("log"))
        defer {
            process.stop()
            directory.remove()
        }
        try await eventually(within: .seconds(30), "the provider's start") {
            guard let connection = try? await RawConnection.open(port: port) else { return false }
            await connection.close()
            return true
        }
        try await work(port)
    }

    private func ask(_ method: String, _ port: Int, _ target: String) async throws -> RawResponse {
        let connection = try await RawConnection.open(port: port)
        let length = method == "POST" ? "Content-Length: 0\r\n" : ""
        try await connection.send(
            Array("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(length)Connection: close\r\n\r\n".utf8))
        let response = await connection.response(to: method, within: .seconds(30))
        await connection.close()
        return try #require(response)
    }

    private func path(of address: String) throws -> String {
        let url = try #require(URLComponents(string: address))
        return url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    private func signIn(_ running: GatewayWithAccounts, _ port: Int) async throws -> String {
        let start = try await running.ask("GET", "/seaworthy/sign-in/idp", [Self.page])
        let secret = try #require(GatewayWithAccounts.cookies(start)["seaworthy-provider"], "\(start.text)")
        let there = try await ask("GET", port, try path(of: try #require(start.value("location"))))
        let back = try path(of: try #require(there.value("location"), "\(there.text)"))
        let done = try await running.ask("GET", back, [Self.page, ("Cookie", "seaworthy-provider=\(secret)")])
        return try #require(GatewayWithAccounts.cookies(done)["seaworthy-session"], "\(done.status) \(done.text)")
    }

    private func object(_ answer: RawResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    @Test("ends that session and its sockets, once, and tells a forger nothing")
    func ends() async throws {
        try await with { port in
            let sets = [
                "egress.allow=[127.0.0.0/8]", "egress.plain-http=true",
                "identity.providers={idp: {issuer: 'http://127.0.0.1:\(port)', client-id: me, sign-up: open}}",
                "identity.provider-secrets={idp: canary-client-secret-4712}",
            ]
            try await SocketBench.run(.sqlite, sets) { bench in
                let running = bench.running
                let other = try await signIn(running, port)
                let session = try await signIn(running, port)
                let socket = try await bench.socket("/members/live", [SocketBench.cookie(session), bench.origin])
                let uri = "http://127.0.0.1:\(running.port)/seaworthy/back-channel-logout/idp"
                let ended = try object(try await ask("POST", port, "/end?uri=\(uri)"))
                #expect(ended["status"] as? Int == 200 && ended["cache"] as? String == "no-store", "\(ended)")
                #expect(ended["body"] as? String == "{}")
                try await bench.ends(socket, "websocket.session-over", number: 0)
                func status(_ session: String) async throws -> Int {
                    try await running.ask(
                        "GET", "/seaworthy/account", [("Accept", "application/json"), SocketBench.cookie(session)]
                    ).status
                }
                #expect(try await status(session) == 401)
                #expect(try await status(other) == 200, "the other session at the provider goes on")
                let again = try object(try await ask("POST", port, "/again"))
                #expect(again["status"] as? Int == 400 && again["cache"] as? String == "no-store", "\(again)")
                #expect((again["body"] as? String)?.contains("sign-in.logout-token") == true)
                #expect((again["body"] as? String)?.contains("jti") == false)
                let form = ("Content-Type", "application/x-www-form-urlencoded")
                for body in ["", "logout_token=", "logout_token=a.b.c", "logout_token=a&logout_token=b", "x=%00"] {
                    let answer = try await running.ask(
                        "POST", "/seaworthy/back-channel-logout/idp", [form], body: Array(body.utf8))
                    #expect(answer.status == 400 && answer.value("cache-control") == "no-store", "\(body)")
                }
                #expect(try await status(other) == 200)
            }
        }
    }
}
