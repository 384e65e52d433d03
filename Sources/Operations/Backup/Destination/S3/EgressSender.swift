public import Egress

/// The object store's requests over the outbound client: addresses pinned, private ones refused unless allowed, no
/// redirects.
public struct EgressSender: ObjectStoreSender {
    private let client: any EgressCalling

    /// - Parameter client: made with `settings(_:)`: a part of a backup is larger and slower than a webhook.
    public init(_ client: any EgressCalling) { self.client = client }

    /// The operator's settings with room and time for a part of 8 MiB, at 70 kB a second and more.
    public static func settings(_ settings: EgressSettings) -> EgressSettings {
        var settings = settings
        settings.bodyLimit = max(settings.bodyLimit, 9 << 20)
        settings.totalTimeout = max(settings.totalTimeout, .seconds(120))
        return settings
    }

    public func send(_ request: ObjectStoreRequest) async throws -> ObjectStoreAnswer {
        let response = try await client.send(
            EgressRequest(request.method, request.url, headers: request.headers, body: request.body))
        guard response.body.count <= request.answerLimit else {
            throw EgressError(.tooLarge, "the object store sends more than was asked for")
        }
        return ObjectStoreAnswer(status: response.status, headers: response.headers, body: response.body)
    }
}
