public import Kernel

extension Database {
    /// A database that isn't open: for what only describes a gateway and never asks it for anything. Every call throws
    /// `DatabaseError.unavailable`.
    public static func unopened(
        _ settings: DatabaseSettings, clock: any MonotonicClock, random: any RandomSource
    ) -> Database {
        Database(driver: UnopenedDriver(), settings: settings, clock: clock, random: random)
    }
}

private struct UnopenedDriver: Driver {
    let engine = DatabaseEngine.sqlite
    let pool = DatabasePoolFigures(size: 0, inUse: 0, waiting: 0)
    private static let refusal = DatabaseError(.unavailable, "this database was never opened")

    func read<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value { throw Self.refusal }

    func write<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value { throw Self.refusal }

    func hints(channel: String, _ heard: @escaping @Sendable () -> Void) -> HintSource? { nil }
    func hold(_ key: Int64) async throws -> DatabaseHold? { throw Self.refusal }
    func copy(to path: String) async throws { throw Self.refusal }
    func close() async {}
}
