import ArgumentParser
import Foundation
import Gateway
import Kernel
import Synchronization

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Run what is done behind the edge: jobs, deliveries, schedules.",
        discussion: """
            `serve` starts one and keeps it up, unless `worker` is external or none. It opens the same database, and \
            alone reads worker.yaml (--worker-config, mode 0600), where the credentials of the app's own database \
            stand. SIGTERM and SIGINT let what runs end (`limits.drain`); a second one ends it at once.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: ArgumentHelp("Tied to the serve that started it, by descriptor 3.", visibility: .private))
    var lifeline = false

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let watch = SignalWatch([SIGTERM, SIGINT, SIGHUP])
        let state = WorkState()
        let (occurrences, continuation) = AsyncStream.makeStream(of: Occurrence.self)
        try tie(state, continuation)
        let worker: RunningWorker
        let loaded: LoadedConfiguration
        do {
            let file = try options.load(for: .inspection).configuration.worker.file
            let own = try WorkerConfiguration.load(file)
            loaded = try GatewayConfiguration.load(options.sources.withWorkersOwn(file), for: .inspection)
            worker = try await RunningWorker.start(
                loaded.configuration, own, name: "\(ProcessInfo.processInfo.hostName):\(getpid())",
                notice: ProcessLog.write)
        } catch let errors as ConfigurationErrors {
            throw ExitStatus.failure(ExitStatus.configuration, errors.description)
        } catch let failure as DatabaseFailure {
            throw failure.exit
        }
        let signals = watch.signals
        Task { for await number in signals { continuation.yield(.signal(number)) } }
        let work = Task {
            let outcome: Result<Bool, RunningWorker.Ended>
            do throws(RunningWorker.Ended) {
                outcome = .success(try await worker.run(drain: loaded.configuration.timeLimits.drain))
            } catch {
                outcome = .failure(error)
            }
            continuation.yield(.ended(outcome))
        }
        state.isWorking.store(true, ordering: .relaxed)
        ProcessLog.write(
            "work-started",
            [
                "pid": .number(Int(getpid())), "database": .text(loaded.configuration.database.place),
                "work": .texts(worker.names),
            ])
        try await attend(occurrences, work)
        withExtendedLifetime(watch) {}
    }

    private enum Occurrence: Sendable {
        case signal(Int32)
        case parentGone
        case ended(Result<Bool, RunningWorker.Ended>)
    }

    /// Has our parent know that we are well, and us know when it is gone.
    private func tie(_ state: WorkState, _ continuation: AsyncStream<Occurrence>.Continuation) throws {
        guard lifeline else { return }
        guard let line = Lifeline() else { throw ValidationError("--lifeline is for `serve` to give") }
        line.watch { continuation.yield(.parentGone) }
        Task { await line.beat { state.isWorking.load(ordering: .relaxed) } }
    }

    private func attend(_ occurrences: AsyncStream<Occurrence>, _ work: Task<Void, Never>) async throws {
        var isDraining = false
        for await occurrence in occurrences {
            switch occurrence {
            case .signal(SIGHUP): break
            case .signal(let number) where isDraining: _exit(128 + number)
            case .signal(let number):
                isDraining = true
                ProcessLog.write("work-draining", ["signal": .number(Int(number))])
                work.cancel()
            case .parentGone where isDraining: break
            case .parentGone:
                isDraining = true
                ProcessLog.write("work-draining", level: "warning", ["reason": .text("serve is gone")])
                work.cancel()
            case .ended(.success(let drained)):
                ProcessLog.write("work-stopped", level: drained ? "info" : "warning", ["drained": .text("\(drained)")])
                return
            case .ended(.failure(let error)):
                throw ExitStatus.failure(ExitStatus.software, error.description)
            }
        }
    }
}
