import Observability

extension RunningGateway {
    /// As `start(_:log:)`, with the access log's lines handed to `onLog`: whole lines, several at a time, on the
    /// log's own queue.
    public static func start(
        _ configuration: GatewayConfiguration, onLog: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> RunningGateway {
        try await start(configuration, log: .handler(onLog))
    }
}
