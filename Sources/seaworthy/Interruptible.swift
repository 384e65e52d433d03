import Dispatch
import Foundation

/// Work that the first Ctrl-C, or the SIGTERM of a pipeline that gives up, ends early: it is cancelled and says what it has
/// until then. A second signal ends the process.
enum Interruptible {
    static func run<Success: Sendable>(
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let task = Task { try await work() }
        let numbers = [SIGINT, SIGTERM]
        let queue = DispatchQueue(label: "seaworthy.interrupt")
        let sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if task.isCancelled { Foundation.exit(128 + number) }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in numbers { signal(number, SIG_DFL) }
        }
        return try await task.value
    }
}
