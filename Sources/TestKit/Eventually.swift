/// What never became true.
public struct NeverCame: Error, CustomStringConvertible {
    public let description: String
}

/// Waits until `condition` holds: for what another task or process does in its own time.
public func eventually(
    within limit: Duration = .seconds(60), _ what: String = "the condition", _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while try await !condition() {
        guard clock.now < end else { throw NeverCame(description: "\(what) didn't come true within \(limit)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
