public import Kernel
public import Store

/// Puts a delivery and its job beside each event that an endpoint wants, in the event's own transaction.
public struct WebhookOutlet: EventOutlet {
    static let jobKind: JobKind = "webhook.deliver"

    private let settings: WebhookSettings
    private let queue: JobQueue
    private let random: any RandomSource

    public init(settings: WebhookSettings, queue: JobQueue, random: any RandomSource) {
        self.settings = settings
        self.queue = queue
        self.random = random
    }

    public func deliver(_ events: [RecordedEvent], in db: Transaction) throws {
        for event in events {
            for endpoint in settings.endpoints where endpoint.wants(event.kind) {
                let id = UniqueID(at: event.at, random: random)
                let body = WebhookOutlet.body(id, event)
                try db.execute(
                    """
                    INSERT INTO webhook_deliveries (id, endpoint, kind, body, state, attempts, created_at)
                    VALUES (\(id.rawValue), \(endpoint.id), \(event.kind.id), \(body), 'waiting', 0, \(event.at))
                    """)
                var request = JobRequest(WebhookOutlet.jobKind, payload: "{\"delivery\":\"\(id.rawValue)\"}")
                request.maxAttempts = settings.attempts
                try queue.enqueue(request, in: db)
            }
        }
    }

    /// `{"id":…,"type":KIND,"timestamp":…,"data":{"severity":…,"title":…,"actor":…,"subject":…,"details":{…}}}`
    static func body(_ id: UniqueID, _ event: RecordedEvent) -> String {
        var json = JSONText()
        json.beginObject()
        json.member("\"id\":", plain: id.rawValue)
        json.member("\"type\":", plain: event.kind.id)
        json.member("\"timestamp\":", plain: event.at.iso8601)
        json.name("data")
        json.beginObject()
        json.member("\"severity\":", plain: event.kind.severity.rawValue)
        json.name("title")
        json.string(event.kind.title)
        if let actor = event.actor {
            json.name("actor")
            json.string(actor)
        }
        if let subject = event.subject {
            json.name("subject")
            json.string(subject)
        }
        json.name("details")
        json.object(event.details.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
        json.endObject()
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
