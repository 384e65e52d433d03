import Foundation
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("Passkeys in Chromium", .serialized)
struct PasskeyBrowserTests {
    @Test("are made, found, used and refused as copies by its virtual authenticator, over the pages of a gateway")
    func browser() async throws {
        try await GatewayWithAccounts.run { running in
            let offer = try #require(try await running.gateway.administratorLink())
            let token = try #require(offer.link.reveal().split(separator: "=").last.map(String.init))
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Browser/passkeys.py")
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = [script.path(), "http://localhost:\(running.port)", token]
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            let (out, err) = (output.fileHandleForReading, errors.fileHandleForReading)
            async let reading = onThread { out.readDataToEndOfFile() }
            let trouble = try await onThread { err.readDataToEndOfFile() }
            let text = try await reading
            try await onThread { process.waitUntilExit() }
            let seen = try #require(
                (try? JSONSerialization.jsonObject(with: text)) as? [String: Any],
                "\(String(decoding: trouble, as: UTF8.self))")
            #expect(seen["listed"] as? String == "my “first” <key>")
            #expect(seen["discoverable"] as? [Bool] == [true] && seen["relyingParty"] as? String == "localhost")
            #expect((seen["again"] as? String)?.contains("already") == true)
            #expect(seen["returned"] as? String == "/members/x?a=b")
            let account = try #require(seen["account"] as? [String: Any])
            #expect(account["email"] as? String == "root@example.com" && account["second-factor"] as? Bool == true)
            let stepped = try #require(seen["stepped"] as? [String: Any])
            #expect(stepped["second-factor"] as? Bool == true)
            #expect(stepped["session"] as? String != account["session"] as? String, "a session of its own goes on")
            #expect((seen["copy"] as? String)?.hasPrefix("The passkey did not work.") == true)
        }
    }
}
