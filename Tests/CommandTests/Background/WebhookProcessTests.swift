import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("Webhooks, from a real worker", .serialized)
struct WebhookProcessTests {
    @Test(
        "An operator's act is delivered, signed, in the transaction of the act; a failing one is tried again, seen and switched on again",
        arguments: DatabaseEngine.allCases)
    func delivered(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { $0 == 0 ? .status(204) : .status(410) }
        try workspace.configure(receiver)
        let address = try await workspace.migrated(engine)
        let running = try workspace.serving(address)
        _ = try await running.worker()
        let run = try await workspace.run("jobs", "run", "webhooks.retain", "--database", address)
        #expect(run.status == 0, "\(run.err)")
        try await running.wait("the delivery") { receiver.requests.count == 1 }
        let request = try #require(receiver.requests.first)
        #expect(request.method == "POST" && request.target == "/hook")
        #expect(isSigned(request))
        let body = try JSONDecoder().decode(Body.self, from: Data(request.body))
        #expect(body.type == "job.run-by-hand" && body.data.details["schedule"] == "webhooks.retain")
        // Whoever acted is a pseudonym.
        #expect(body.data.actor.hasPrefix("p_"))

        #expect(try await workspace.run("jobs", "run", "audit.retain", "--database", address).status == 0)
        try await running.wait("the second") { receiver.requests.count == 2 }
        try await JobsBeside.with(address) { beside in
            // 410 says that it wants no more.
            try await beside.wait("its end", "webhook.deliver") { $0.contains { $0.state == .dead } }
            #expect(try await beside.trail().contains("webhook.disabled"))
        }
        let shown = try await workspace.run("webhooks", "show", "ops", "--database", address)
        #expect(shown.status == 0 && shown.out.contains("off (gone)") && shown.out.contains("410"), "\(shown.out)")
        #expect(!shown.out.contains(Workspace.webhookSecret))
        #expect(
            try await running.operatorAnswer("/metrics").text.contains("seaworthy_webhook_disabled{endpoint=\"ops\"} 1")
        )
        #expect(try await workspace.run("webhooks", "enable", "ops", "--database", address).status == 0)
        #expect(try await workspace.run("webhooks", "enable", "ops", "--database", address).status == 1)
        #expect(try await workspace.run("webhooks", "show", "nobody", "--database", address).status == 1)
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        await receiver.stop()
    }

    private struct Body: Decodable {
        struct Content: Decodable {
            let actor: String
            let details: [String: String]
        }
        let type: String
        let data: Content
    }

    /// As https://www.standardwebhooks.com has it: HMAC-SHA-256 over `id.timestamp.body`.
    private func isSigned(_ request: RawRequest) -> Bool {
        guard let id = request.values("webhook-id").first, let time = request.values("webhook-timestamp").first,
            let signature = request.values("webhook-signature").first, signature.hasPrefix("v1,"),
            let code = Data(base64Encoded: String(signature.dropFirst(3)))
        else { return false }
        let key = SymmetricKey(data: Array(Workspace.webhookSecret.utf8))
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Array("\(id).\(time).".utf8) + request.body, using: key)
    }
}
