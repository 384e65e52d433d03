import Console
import Kernel

/// Webhooks and what became of their deliveries.
enum ConsoleWebhooks {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/webhooks", "Where events go.", list),
        ConsoleRoutes.page("/console/webhooks/:id", "One webhook with its deliveries.", one),
        ConsoleRoutes.act("/console/webhooks/:id/enable", "Switches a webhook on again.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let name = exchange.parameters["id"] ?? ""
            let was = try await exchange.desk.operators(caller).enableWebhook(name)
            return .done("/console/webhooks", was ? "webhook-enabled" : "webhook-was-on")
        },
    ]

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let hooks = try await exchange.desk.operators(caller).webhooks()
        let block: ConsoleBlock =
            hooks.isEmpty
            ? .empty(
                "No webhook is configured. One gets events as they happen, signed:",
                command: "webhooks:\n  - {id: siem, url: 'https://siem.example.com/in', secrets: [...]}")
            : .table(
                ConsoleTable(
                    "Webhooks", columns: ["Name", "State", "To"],
                    rows: hooks.prefix(200).map { hook in
                        [
                            .code(hook.id, link: "/console/webhooks/\(ConsolePath.encoded(hook.id))"), state(hook),
                            .code(hook.url ?? "no longer configured"),
                        ]
                    }))
        return ConsolePage("Webhooks", current: "/console/webhooks", [block])
    }

    private static func state(_ hook: WebhookSheet) -> ConsoleCell {
        if let reason = hook.disabledReason ?? hook.disabledAt { return .badge("off: \(reason)", .bad) }
        return hook.failingSince == nil ? .badge("on", .good) : .badge("failing", .warn)
    }

    @Sendable private static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let hook = try await exchange.desk.operators(caller).webhook(exchange.parameters["id"] ?? "", limit: 100)
        var facts = [ConsoleFact("State", state(hook)), ConsoleFact("To", .code(hook.url ?? "no longer configured"))]
        if let since = hook.failingSince { facts.append(ConsoleFact("Failing since", ConsoleText.time(since))) }
        if let at = hook.disabledAt { facts.append(ConsoleFact("Off since", ConsoleText.time(at))) }
        var blocks: [ConsoleBlock] = [.facts(facts)]
        if hook.disabledAt != nil {
            let path = "/console/webhooks/\(ConsolePath.encoded(hook.id))"
            blocks.append(
                .acts([ConsoleForm("\(path)/enable", "Switch it on again", .primary, [.hidden("back", path)])]))
        }
        blocks.append(.heading("Deliveries"))
        blocks.append(
            hook.deliveries.isEmpty
                ? .empty("Nothing was sent yet.", command: nil)
                : .table(
                    ConsoleTable(
                        "Deliveries", columns: ["Event", "State", "Tries", "Answer", "Made"],
                        rows: hook.deliveries.map { delivery in
                            [
                                .code(delivery.kind),
                                .badge(
                                    delivery.state,
                                    delivery.state == "delivered" ? .good : delivery.state == "failed" ? .bad : .plain),
                                ConsoleCell("\(delivery.attempts)"),
                                ConsoleCell(
                                    delivery.lastStatus.map { "\($0)" } ?? "–", hint: delivery.lastError ?? ""),
                                ConsoleCell(ConsoleText.time(delivery.createdAt)),
                            ]
                        })))
        return ConsolePage(hook.id, lead: "A webhook.", current: "/console/webhooks", blocks)
    }
}
