import Foundation
import Hummingbird
import HummingbirdSample
import Kernel
import NIOCore
import NIOPosix
import TestKit
import Testing
@_spi(MintSignedIn) import Web

@testable import Gateway
@testable import Identity

/// The samples that we give away, run as their readers would: a gateway before a real app in the app's own language.
@Suite("Samples that verify who is calling", .serialized)
struct IdentitySampleTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        /// What makes it ready to run, where that takes more than its source.
        var prepare: @Sendable (_ samples: String) async throws -> Void = { _ in }
        let arguments: @Sendable (Int) -> [String]
        var testDescription: String { name }
    }

    static let samples =
        [
            Sample(name: "Flask") { ["python3", "-m", "flask", "--app", "flask_app", "run", "--port", "\($0)"] },
            Sample(name: "FastAPI") { ["python3", "-m", "uvicorn", "fastapi_app:app", "--port", "\($0)"] },
            Sample(name: "Express") { _ in ["node", "express_app.js"] },
            Sample(name: "Rust", prepare: buildRust) { _ in [rustFolder + "/target/debug/rust-app"] },
        ]

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL.path
    private static let rustFolder = root + "/.build/rust-sample"

    /// Compiles the sample with Debian's compiler and Debian's crates, in a copy: its lock file names their versions.
    private static func buildRust(samples: String) async throws {
        let files = FileManager.default
        try files.createDirectory(atPath: rustFolder + "/src", withIntermediateDirectories: true)
        for file in ["Cargo.toml", "src/main.rs"] {
            let text = try Data(contentsOf: URL(fileURLWithPath: "\(samples)/rust/\(file)"))
            let copy = URL(fileURLWithPath: "\(rustFolder)/\(file)")
            if (try? Data(contentsOf: copy)) != text { try text.write(to: copy) }
        }
        let cargo = try RunningProcess(
            "/usr/bin/env",
            [
                "cargo", "build", "--offline", "--quiet", "--config", #"source.crates-io.replace-with="debian""#,
                "--config", #"source.debian.directory="/usr/share/cargo/registry""#,
            ],
            environment: ["PATH": "/usr/bin:/bin", "CARGO_TARGET_DIR": "\(rustFolder)/target"], directory: rustFolder)
        #expect(try await cargo.exitCode(within: .seconds(600)) == 0, "\(cargo.text)")
    }

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
            let folder = Self.root + "/Examples/identity"
            try await sample.prepare(folder)
            let app = try RunningProcess(
                "/usr/bin/env", sample.arguments(port),
                environment: [
                    "SEAWORTHY_URL": "http://127.0.0.1:\(running.port)", "PORT": "\(port)",
                    "NODE_PATH": "/usr/share/nodejs", "PYTHONDONTWRITEBYTECODE": "1",
                ], directory: folder)
            do {
                try await check(running, port: port, isRunning: { app.isRunning }, log: { app.text })
                await app.stop()
            } catch {
                await app.stop()
                throw error
            }
        }
    }

    @Test("so does the one for Hummingbird, in this very process")
    func hummingbird() async throws {
        let port = try await Self.freePort()
        try await GatewayWithAccounts.run(["upstream=http://127.0.0.1:\(port)"]) { running in
            let gateway = try #require(URL(string: "http://127.0.0.1:\(running.port)"))
            let app = Task { try await hummingbirdSample(behind: gateway, port: port).run() }
            do {
                try await check(running, port: port, isRunning: { true }, log: { "" })
                app.cancel()
                _ = await app.result
            } catch {
                app.cancel()
                throw error
            }
        }
    }

    /// What an app answers to a token that didn't come through the gateway.
    private func around(_ port: Int, _ token: String?) async throws -> Int? {
        let connection = try await RawConnection.open(port: port)
        let field = token.map { "X-Seaworthy-Identity: \($0)\r\n" } ?? ""
        try await connection.send(
            Array("GET /me HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(field)Connection: close\r\n\r\n".utf8))
        let answer = await connection.response(to: "GET", within: .seconds(20))
        await connection.close()
        return answer?.status
    }

    /// Tokens by what is wrong with them, made with the gateway's own keys where that is not it.
    private static func tokens(_ running: GatewayWithAccounts) throws -> [(String, String)] {
        let ring = try #require(running.gateway.services.trail?.ring)
        let now = SystemPorts().wallClock.now()
        let caller = SignedIn(
            account: "a", email: "a@example.com", role: "administrator", session: "s", sessionKey: "k",
            authenticatedAt: now, permissions: ["reports.read"])
        func token(
            _ keys: (any PurposeKeys)? = nil, at moment: Duration = .zero, audience: String = "app"
        ) throws -> String {
            let tokens = IdentityTokens(
                keys: keys ?? ring, clock: ManualClock(start: now.advanced(by: moment)), issuer: "seaworthy",
                audience: audience)
            return try tokens.token(for: caller)
        }
        let good = try token()
        let (parts, other) = (good.split(separator: "."), try token(audience: "another").split(separator: "."))
        let access = try #require(running.gateway.services.identity?.access)
        var list = [
            ("good", good), ("with another's claims", "\(parts[0]).\(other[1]).\(parts[2])"),
            ("without its signature", "\(parts[0]).\(parts[1])."), ("cut", String(good.dropLast(8))),
        ]
        list.append(("expired", try token(at: .seconds(-3600))))
        list.append(("not valid yet", try token(at: .seconds(3600))))
        list.append(("for another audience", try token(audience: "another")))
        list.append(("signed anew under the same key id", try token(SameName(ring: ring, isNamed: true))))
        list.append(("signed by somebody else", try token(SameName(ring: ring, isNamed: false))))
        list.append(("an access token", try access.make(for: "a", family: "f", validFor: .seconds(60))))
        return list
    }

    /// Keys of a stranger, who may call them as ours are called.
    private struct SameName: PurposeKeys {
        let ring: any PurposeKeys
        let isNamed: Bool
        func signing(_ purpose: KeyPurpose) throws -> PurposeKey {
            PurposeKey(
                id: try isNamed ? ring.signing(purpose).id : "0123456789abcdef", purpose: purpose,
                bytes: [UInt8](repeating: 7, count: 32))
        }
        func verifying(_ id: String, for purpose: KeyPurpose) -> PurposeKey? { nil }
        func published(_ purpose: KeyPurpose) -> [PurposeKey] { [] }
    }

    private func check(
        _ running: GatewayWithAccounts, port: Int, isRunning: @escaping @Sendable () -> Bool,
        log: @Sendable () -> String
    ) async throws {
        let session = try await running.administrator()
        let cookie = [("Cookie", "seaworthy-session=\(session)"), ("Accept", "application/json")]
        try await eventually(within: .seconds(30)) {
            guard isRunning() else { return true }
            return (try? await running.ask("GET", "/me").status) == 401
        }
        let me = try await running.ask("GET", "/me", cookie)
        #expect(me.status == 200, "\(me.status) \(me.text) \(log())")
        #expect(me.text.contains("root@example.com") && me.text.contains("administrator"))
        // Around the gateway, with whatever one likes to claim.
        let none = "eyJhbGciOiJub25lIiwidHlwIjoic2Vhd29ydGh5LWlkZW50aXR5K2p3dCJ9.e30."
        for token in ["", "x", "a.b.c", none, none + "AAAA"] {
            #expect(try await around(port, token) == 401, "\(token)")
        }
        #expect(try await around(port, nil) == 401)
        for (kind, token) in try Self.tokens(running) {
            // The one that is good shows that the others are refused for what is wrong with them.
            #expect(try await around(port, token) == (kind == "good" ? 200 : 401), "\(kind)")
        }
        // A role without the permission.
        let link = try await running.administration().add("b@example.com", role: "person", ownPrefix: "/seaworthy")
        let secret = try #require(link.path.reveal().split(separator: "=").last.map(String.init))
        let chosen = try await running.post("/choose", ["token": secret, "password": GatewayWithAccounts.password])
        let other = try #require(GatewayWithAccounts.cookies(chosen)["seaworthy-session"])
        #expect(try await running.ask("GET", "/me", [("Cookie", "seaworthy-session=\(other)")]).status == 403)
    }
}
