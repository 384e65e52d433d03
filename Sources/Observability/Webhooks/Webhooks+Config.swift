public import Kernel

extension WebhookSettings {
    public static func read(_ reader: inout ConfigurationReader) -> WebhookSettings {
        let endpoints = reader.read(endpointsSetting)
        var settings = WebhookSettings(
            endpoints: endpoints,
            disableAfter: reader.read(
                .duration(
                    "webhooks.disable-after", summary: "How long a webhook may fail before it is switched off.",
                    default: .seconds(5 * 86_400), defaultText: "5d")),
            attempts: reader.read(
                .number("webhooks.attempts", summary: "Tries of one webhook delivery.", default: 8, in: 1...50)))
        settings.keepsLog = reader.read(
            .duration(
                "webhooks.keep-log", summary: "How long it is remembered what was delivered.",
                default: .seconds(30 * 86_400), defaultText: "30d"))
        return settings
    }

    static let endpointsSetting = Setting<[WebhookEndpoint]>(
        "webhooks.endpoints", summary: "Where security events are delivered, signed.",
        form: """
            a list of {id, url: https://…, secrets: [at least 24 bytes, first signs], events: [session.*, …] \
            (`*`: all kinds of docs/events.md), \
            severity: info|notice|warning|critical}
            """, default: [], defaultText: "[]", isSecret: true,
        parse: { node in
            guard case .list(let items) = node else { return nil }
            let endpoints = items.compactMap(endpoint)
            guard endpoints.count == items.count, Set(endpoints.map(\.id)).count == items.count else { return nil }
            return endpoints
        })

    private static func endpoint(_ node: ConfigurationNode) -> WebhookEndpoint? {
        guard case .mapping(let entries) = node else { return nil }
        var texts: [String: String] = [:]
        var lists: [String: [String]] = [:]
        for entry in entries {
            let key = entry.key
            switch (key, entry.value) {
            case ("id", .scalar(let text)), ("url", .scalar(let text)), ("severity", .scalar(let text)):
                texts[key] = text
            case ("secrets", .scalar(let text)): lists[key] = [text]
            case ("secrets", .list(let nodes)), ("events", .list(let nodes)):
                let items = nodes.compactMap(\.text)
                guard items.count == nodes.count else { return nil }
                lists[key] = items
            default: return nil
            }
        }
        let severity = texts["severity"].map { EventSeverity(rawValue: $0) } ?? .info
        let isName = { (text: String) in text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D } }
        guard let id = texts["id"], !id.isEmpty, isName(id), let url = texts["url"],
            url.hasPrefix("https://") || url.hasPrefix("http://"), let secrets = lists["secrets"], !secrets.isEmpty,
            secrets.allSatisfy({ $0.utf8.count >= 24 }), let severity,
            (lists["events"] ?? []).allSatisfy(WebhookEndpoint.isPattern)
        else { return nil }
        return WebhookEndpoint(
            id: id, url: url, secrets: secrets.map { Secret($0) }, events: lists["events"] ?? [], severity: severity)
    }
}
