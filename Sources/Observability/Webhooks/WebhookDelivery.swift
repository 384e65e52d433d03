public import Egress
import Foundation
public import Kernel
public import Store

/// Delivers one event to one endpoint: the handler of `webhook.deliver` jobs.
///
/// 2xx is taken; 410 switches the endpoint off; everything else, redirects included, is tried again with the queue's backoff. An
/// endpoint that has failed for `disableAfter` is switched off, with an event; its deliveries are skipped until `enable`.
public struct WebhookDelivery: JobHandler {
    public let kind: JobKind = WebhookOutlet.jobKind
    private let settings: WebhookSettings
    private let database: Database
    private let journal: Journal
    private let client: any EgressCalling
    private let clock: any WallClock

    public init(
        settings: WebhookSettings, database: Database, journal: Journal, client: any EgressCalling,
        clock: any WallClock
    ) {
        self.settings = settings
        self.database = database
        self.journal = journal
        self.client = client
        self.clock = clock
    }

    private struct Waiting: Sendable {
        let id: String
        let endpoint: String
        let body: String
        let isDisabled: Bool
    }

    /// How one try ended.
    private struct Outcome: Sendable {
        var status: Int?
        var error: String?
        /// The address is one that nobody allowed.
        var isRefused = false
        /// The endpoint says that it wants no more.
        var isGone = false
        var isDelivered: Bool { status.map { (200..<300).contains($0) } ?? false }
    }

    public func run(_ job: Job) async throws {
        guard let id = WebhookDelivery.delivery(of: job.payload) else {
            throw JobFailure.permanent(reason: "the payload names no delivery")
        }
        guard let waiting = try await waiting(id) else { return }
        guard let endpoint = settings.endpoints.first(where: { $0.id == waiting.endpoint }), !waiting.isDisabled else {
            try await end(waiting, "skipped", Outcome(error: waiting.isDisabled ? "disabled" : "not configured"))
            return
        }
        let outcome = await attempt(waiting, endpoint)
        if outcome.isDelivered { return try await end(waiting, "delivered", outcome) }
        let isLast = outcome.isGone || job.attempt >= job.maxAttempts
        try await failed(waiting, outcome, isLast: isLast, attempts: job.attempt)
        let reason = outcome.status.map { "status \($0)" } ?? outcome.error ?? "unknown"
        if outcome.isGone { throw JobFailure.permanent(reason: "410: the endpoint is gone") }
        throw JobFailure.retry(reason: "\(endpoint.id): \(reason)")
    }

    private static func delivery(of payload: String) -> String? {
        (try? JSONDecoder().decode([String: String].self, from: Data(payload.utf8)))?["delivery"]
    }

    private func waiting(_ id: String) async throws -> Waiting? {
        try await database.read("webhook.deliver") { db in
            let row = try db.row(
                """
                SELECT d.endpoint, d.body, e.disabled_at FROM webhook_deliveries d
                LEFT JOIN webhook_endpoints e ON e.id = d.endpoint WHERE d.id = \(id) AND d.state = 'waiting'
                """)
            guard let row else { return nil }
            let disabledAt: Timestamp? = try row["disabled_at"]
            return Waiting(id: id, endpoint: try row["endpoint"], body: try row["body"], isDisabled: disabledAt != nil)
        }
    }

    private func attempt(_ waiting: Waiting, _ endpoint: WebhookEndpoint) async -> Outcome {
        let body = Array(waiting.body.utf8)
        let seconds = clock.now().nanosecondsSinceEpoch / 1_000_000_000
        let request = EgressRequest(
            "POST", endpoint.url,
            headers: [
                ("Content-Type", "application/json"), ("User-Agent", "Seaworthy-Webhooks"), ("webhook-id", waiting.id),
                ("webhook-timestamp", "\(seconds)"),
                (
                    "webhook-signature",
                    WebhookSignature.sign(id: waiting.id, seconds: seconds, body: body, secrets: endpoint.secrets)
                ),
            ], body: body)
        do throws(EgressError) {
            let response = try await client.send(request)
            return Outcome(status: response.status, isGone: response.status == 410)
        } catch {
            return Outcome(error: error.code.rawValue, isRefused: error.code == .refusedAddress)
        }
    }

    private func end(_ waiting: Waiting, _ state: String, _ outcome: Outcome) async throws {
        let now = clock.now()
        try await database.transaction("webhook.deliver") { db in
            if outcome.isDelivered {
                try db.execute("UPDATE webhook_endpoints SET failing_since = NULL WHERE id = \(waiting.endpoint)")
            }
            try WebhookDelivery.record(waiting, state, outcome, at: now, in: db)
        }
    }

    private static func record(
        _ waiting: Waiting, _ state: String, _ outcome: Outcome, at now: Timestamp, in db: Transaction
    ) throws {
        let endedAt: Timestamp? = state == "waiting" ? nil : now
        try db.execute(
            """
            UPDATE webhook_deliveries SET state = \(state), attempts = attempts + 1, last_status = \(outcome.status),
            last_error = \(outcome.error), ended_at = \(endedAt) WHERE id = \(waiting.id) AND state = 'waiting'
            """)
    }

    private func failed(_ waiting: Waiting, _ outcome: Outcome, isLast: Bool, attempts: Int) async throws {
        let now = clock.now()
        let (journal, patience) = (journal, settings.disableAfter)
        try await database.transaction("webhook.deliver") { db in
            try db.execute(
                """
                INSERT INTO webhook_endpoints (id, failing_since) VALUES (\(waiting.endpoint), \(now))
                ON CONFLICT (id) DO UPDATE SET failing_since = coalesce(webhook_endpoints.failing_since, \(now))
                """)
            try WebhookDelivery.record(waiting, isLast ? "failed" : "waiting", outcome, at: now, in: db)
            let row = try db.lockedRow(
                "SELECT failing_since, disabled_at FROM webhook_endpoints WHERE id = \(waiting.endpoint)")
            guard let row else { return }
            let since: Timestamp = try row["failing_since"]
            let disabledAt: Timestamp? = try row["disabled_at"]
            let span = now.nanosecondsSinceEpoch - since.nanosecondsSinceEpoch
            if outcome.isRefused, attempts == 1 {
                try journal.append(
                    AuditEvent(
                        "egress.refused", actor: "worker",
                        details: ["purpose": "webhook \(waiting.endpoint)", "reason": outcome.error ?? ""]), in: db)
            }
            if isLast {
                try journal.append(
                    AuditEvent(
                        "webhook.failed", actor: "worker",
                        details: [
                            "endpoint": waiting.endpoint, "attempts": "\(attempts)",
                            "status": outcome.status.map { "\($0)" } ?? "", "reason": outcome.error ?? "",
                        ]), in: db)
            }
            guard disabledAt == nil, outcome.isGone || Duration.nanoseconds(span) >= patience else { return }
            let reason = outcome.isGone ? "gone" : "failing"
            try db.execute(
                """
                UPDATE webhook_endpoints SET disabled_at = \(now), disabled_reason = \(reason)
                WHERE id = \(waiting.endpoint)
                """)
            try journal.append(
                AuditEvent(
                    "webhook.disabled", actor: "worker",
                    details: ["endpoint": waiting.endpoint, "reason": reason, "days": "\(span / 86_400_000_000_000)"]),
                in: db)
        }
    }
}
