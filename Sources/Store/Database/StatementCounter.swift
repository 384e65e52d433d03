import Synchronization

/// Counts statements of whatever runs inside `counting`: what a request's budget is held against, so that an N+1 fails a
/// test.
public final class StatementCounter: Sendable {
    @TaskLocal static var current: StatementCounter?
    private let number = Atomic<Int>(0)

    public init() {}

    /// Statements so far.
    public var statements: Int { number.load(ordering: .relaxed) }
    func count() { number.add(1, ordering: .relaxed) }

    /// Counts every statement that `work` (and tasks that it starts) sends.
    public func counting<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        try await StatementCounter.$current.withValue(self, operation: work)
    }
}
