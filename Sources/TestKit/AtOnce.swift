/// The same work by many tasks at once: what a row of docs/locking.md is held to.
public enum AtOnce {
    /// How many tasks: as many as docs/locking.md promises at least.
    public static let tasks = 32

    /// Starts `work` in so many tasks and waits for all of them.
    ///
    /// - Returns: what each came to, in the order of their numbers.
    /// - Throws: the first error, once all have ended.
    public static func run<Value: Sendable>(
        _ count: Int = tasks, _ work: @escaping @Sendable (_ number: Int) async throws -> Value
    ) async throws -> [Value] {
        try await outcomes(count, work).map { try $0.get() }
    }

    /// The same where some are expected to fail.
    public static func outcomes<Value: Sendable>(
        _ count: Int = tasks, _ work: @escaping @Sendable (_ number: Int) async throws -> Value
    ) async -> [Result<Value, any Error>] {
        await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        return (number, .success(try await work(number)))
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [(Int, Result<Value, any Error>)]()) { $0.append($1) }
                .sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

extension [Result<Void, any Error>] {
    /// How many succeeded.
    public var successes: Int { count { if case .success = $0 { true } else { false } } }
}
