import Foundation

/// Does what blocks on a thread of its own. Swift's pool has as many threads as cores: two that wait for a process there, and
/// the server of the same test answers nobody any more.
public func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
