import ArgumentParser
import Gateway

struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "See what was delivered to webhooks, and switch one on again.",
        subcommands: [WebhooksListCommand.self, WebhooksShowCommand.self, WebhooksEnableCommand.self])
}

struct WebhooksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the configured webhooks and how they are.")

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        try await desk.show(["webhooks"]) {
            try await $0.webhooks()
        } as: {
            WebhookText.list($0)
        }
    }
}

struct WebhooksShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one webhook and its deliveries, the newest first.")

    @Argument(help: "The webhook's id.")
    var id: String

    @Option(help: ArgumentHelp("How many deliveries at most, 1 to 200.", valueName: "n"))
    var limit = 20

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit wants 1 to 200") }
    }

    func run() async throws {
        try await desk.show(["webhooks"]) {
            try await $0.webhook(id, limit: limit)
        } as: {
            WebhookText.sheet($0)
        }
    }
}

struct WebhooksEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Switch a webhook on again that was switched off after failing too long.")

    @Argument(help: "The webhook's id.")
    var id: String

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk(["webhooks"]) { desk in
            guard try await desk.enableWebhook(id) else {
                throw ExitStatus.failure(ExitCode(1), "webhook “\(id)” isn't switched off")
            }
            StandardStreams.out("Switched on: \(id)\n")
        }
    }
}

/// Webhooks for people.
enum WebhookText {
    static func list(_ webhooks: [WebhookSheet]) -> String {
        guard !webhooks.isEmpty else { return "No webhooks: webhooks.endpoints names them.\n" }
        var table = TextTable(["id", "state", "url"])
        for webhook in webhooks { table.add([webhook.id, state(webhook), webhook.url ?? "(no longer configured)"]) }
        return table.text
    }

    private static func state(_ webhook: WebhookSheet) -> String {
        if webhook.disabledAt != nil { return "off (\(webhook.disabledReason ?? "failing"))" }
        return webhook.failingSince == nil ? "well" : "failing"
    }

    static func sheet(_ webhook: WebhookSheet) -> String {
        var text = TextTable.sheet([
            ("webhook", webhook.id), ("url", webhook.url), ("state", state(webhook)),
            ("failing since", webhook.failingSince.map { TextTable.time($0) }),
            ("switched off", webhook.disabledAt.map { TextTable.time($0) }),
        ])
        guard !webhook.deliveries.isEmpty else { return text + "\nNo deliveries.\n" }
        var table = TextTable(["made", "event", "state", "tries", "answer"])
        for delivery in webhook.deliveries {
            table.add([
                TextTable.time(delivery.createdAt), delivery.kind, delivery.state, "\(delivery.attempts)",
                delivery.lastStatus.map { "\($0)" } ?? delivery.lastError ?? "–",
            ])
        }
        text += "\n" + table.text
        return text
    }
}
