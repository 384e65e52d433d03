import Kernel
import Operations
import Store
import Synchronization

/// The worker as it runs: the same database as the edge, and alone with the keys to the app's own.
public final class RunningWorker: Sendable {
    /// Why a worker ended by itself.
    public struct Ended: Error, CustomStringConvertible {
        public let description: String
    }

    public let configuration: WorkerConfiguration
    private let database: Database
    private let program: WorkerProgram
    private var work: [any BackgroundWork] { program.work }

    private init(_ configuration: WorkerConfiguration, _ database: Database, _ program: WorkerProgram) {
        self.configuration = configuration
        self.database = database
        self.program = program
    }

    /// Opens the database, whose schema is up to date: `serve` or `migrate up` saw to that.
    ///
    /// - Parameters:
    ///   - name: what operators see as the holder of a job, such as `web-1:4711`.
    ///   - notice: lines for the log, from any thread; must return at once.
    public static func start(
        _ gateway: GatewayConfiguration, _ configuration: WorkerConfiguration, name: String,
        notice: @escaping @Sendable (WorkNotice) -> Void
    ) async throws(DatabaseFailure) -> RunningWorker {
        let tool = try await SchemaTool.open(
            gateway.database,
            refusals: SchemaTool.Refusals(webhooks: gateway.background.webhooks, notice: notice))
        do {
            try await tool.check()
            let program = try await WorkerProgram.assemble(
                tool.database, gateway, tool.ports, name: name, notice: notice)
            return RunningWorker(configuration, tool.database, program)
        } catch {
            await tool.close()
            throw error
        }
    }

    /// What it does, for its log.
    public var names: [String] { work.map(\.name) }

    /// Until its task is cancelled; then what was begun gets `limit` to end.
    ///
    /// - Returns: whether all of it ended in time.
    public func run(drain limit: Duration) async throws(Ended) -> Bool {
        let (ends, continuation) = AsyncStream.makeStream(of: String.self)
        let tasks = work.map { work in
            Task {
                await work.run()
                continuation.yield(work.name)
            }
        }
        var left = Set(work.map(\.name))
        // Ends at a cancellation, or when something returns that should not.
        for await name in ends {
            left.remove(name)
            break
        }
        let wasAsked = Task.isCancelled
        for task in tasks { task.cancel() }
        let drained = await RunningWorker.finish(tasks, within: limit)
        await program.transport?.close()
        await database.close()
        if !wasAsked { throw Ended(description: "\(work.map(\.name).first { !left.contains($0) } ?? "work") ended") }
        return drained
    }

    private static func finish(_ tasks: [Task<Void, Never>], within limit: Duration) async -> Bool {
        // Not in a group: a group waits for its slowest, and this must not.
        let (outcomes, continuation) = AsyncStream.makeStream(of: Bool.self)
        Task {
            for task in tasks { await task.value }
            continuation.yield(true)
        }
        Task {
            try? await Task.sleep(for: limit)
            continuation.yield(false)
        }
        // The task that asks is cancelled already: this one isn't.
        return await Task { () -> Bool in
            for await outcome in outcomes { return outcome }
            return false
        }.value
    }
}
