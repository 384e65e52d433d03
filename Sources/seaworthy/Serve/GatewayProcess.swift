import ArgumentParser
import Foundation
import Gateway
import Kernel

/// A gateway as a process: starts it, reloads it at SIGHUP, ends it at SIGTERM or SIGINT.
struct GatewayProcess {
    private var sources: ConfigurationSources
    private var loaded: LoadedConfiguration
    private var status = ReloadStatus(attempt: 0, generation: 1, succeeded: true, errors: [], warnings: [])
    private let pidFile: PidFile?
    private let worker: WorkerLaunch

    init(sources: ConfigurationSources, loaded: LoadedConfiguration, worker: WorkerLaunch) {
        self.worker = worker
        self.sources = sources
        // A file that was there at the start and is gone at a reload is an error, not a return to defaults.
        if let file = loaded.file { self.sources.file = .required(file) }
        self.loaded = loaded
        self.pidFile = loaded.configuration.pidFile.map(PidFile.init(path:))
    }

    private enum Occurrence: Sendable {
        case signal(Int32)
        case drained
    }

    mutating func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let watch = SignalWatch([SIGHUP, SIGTERM, SIGINT])
        try claimPidFile()
        let gateway = try await start()
        do {
            try pidFile?.write()
            if let pidFile { try status.write(to: pidFile.statusPath) }
        } catch {
            await gateway.stop()
            throw ExitStatus.failure(
                ExitStatus.cannotCreate, "can't write \(pidFile?.path ?? "the pid file"): \(reason(error))")
        }
        defer { pidFile?.remove() }
        for warning in loaded.warnings { StandardStreams.err("seaworthy: warning: \(warning)\n") }
        StandardStreams.err(StartBanner(loaded: loaded, doors: gateway.doors).text)
        if let change = gateway.migration { ProcessLog.write(change) }
        ProcessLog.write("started", ["doors": .texts(gateway.doors.map(\.url))])
        await offerAdministratorLink(gateway)
        offerConsoleLink(gateway)
        await attend(gateway, watch)
        ProcessLog.write("stopped")
    }

    /// As long as there is no administrator: a one-time link that makes one, for whoever sits at the terminal, else in a file that
    /// only this user reads.
    private func offerAdministratorLink(_ gateway: RunningGateway) async {
        guard let offer = try? await gateway.administratorLink() else { return }
        if StandardStreams.errIsTerminal {
            StandardStreams.err(
                "seaworthy: make the first administrator within 15 minutes:\n  \(offer.link.reveal())\n")
            return
        }
        let path = loaded.configuration.database.stateDirectory + "/administrator-link"
        if keep(offer.link, in: path) {
            ProcessLog.write("administrator-wanted", ["file": .text(path), "until": .text(offer.until)])
        } else {
            ProcessLog.write("administrator-link-unwritten", level: "error", ["file": .text(path)])
        }
    }

    /// Where nobody has an account: a one-time link into the console, for the same people.
    private func offerConsoleLink(_ gateway: RunningGateway) {
        guard let offer = gateway.consoleLink() else { return }
        if StandardStreams.errIsTerminal {
            StandardStreams.err("seaworthy: the console, once and within 15 minutes:\n  \(offer.link.reveal())\n")
            return
        }
        // `database: none` keeps nothing, so no file either: the terminal shows the link, or accounts are the way in.
        guard loaded.configuration.database.address != nil else { return }
        let path = loaded.configuration.database.stateDirectory + "/console-link"
        if keep(offer.link, in: path) {
            ProcessLog.write("console-link", ["file": .text(path), "until": .text(offer.until)])
        } else {
            ProcessLog.write("console-link-unwritten", level: "warning", ["file": .text(path)])
        }
    }

    /// Writes a link into a file that only this user reads; false where that can't be.
    private func keep(_ link: Secret, in path: String) -> Bool {
        do {
            try FileManager.default.createDirectory(
                atPath: loaded.configuration.database.stateDirectory, withIntermediateDirectories: true)
            try PidFile.replace(path, with: link.reveal() + "\n", mode: 0o600)
            return true
        } catch {
            return false
        }
    }

    /// Until the gateway has drained.
    private mutating func attend(_ gateway: RunningGateway, _ watch: SignalWatch) async {
        let (occurrences, continuation) = AsyncStream.makeStream(of: Occurrence.self)
        let signals = watch.signals
        let listening = Task { for await number in signals { continuation.yield(.signal(number)) } }
        defer { listening.cancel() }
        var isDraining = false
        for await occurrence in occurrences {
            switch occurrence {
            case .signal(SIGHUP) where !isDraining:
                await reload(gateway)
            case .signal(SIGHUP):
                break
            case .signal(let number) where isDraining:
                ProcessLog.write("killed", level: "warning", ["signal": .number(Int(number))])
                pidFile?.remove()
                _exit(128 + number)
            case .signal(let number):
                isDraining = true
                ProcessLog.write("draining", ["signal": .number(Int(number))])
                if StandardStreams.errIsTerminal {
                    StandardStreams.err("seaworthy: letting running exchanges end; once more ends at once\n")
                }
                let limit = loaded.configuration.timeLimits.drain
                Task {
                    await gateway.drain(within: limit)
                    await gateway.stop(reason: "signal \(number)")
                    continuation.yield(.drained)
                }
            case .drained:
                return
            }
        }
    }

    private func claimPidFile() throws {
        do {
            try pidFile?.checkFree()
        } catch {
            guard case .taken(let pid) = error else { return }
            throw ExitStatus.failure(
                ExitStatus.unavailable,
                "a gateway (process \(pid)) is running already with \(pidFile?.path ?? "this pid file")")
        }
    }

    private func start() async throws -> RunningGateway {
        do {
            let isOurs = loaded.configuration.worker.kind == .own
            return try await RunningGateway.start(
                loaded.configuration, worker: isOurs ? worker : nil, notice: ProcessLog.write)
        } catch let failure as ListenFailure {
            throw ExitStatus.failure(
                failure.reason == .notPermitted ? ExitStatus.notPermitted : ExitStatus.unavailable, failure.description)
        } catch let failure as DatabaseFailure {
            throw failure.exit
        } catch let failure as SecretFailure {
            throw failure.exit
        } catch {
            throw ExitStatus.failure(ExitStatus.unavailable, "can't start: \(error)")
        }
    }

    /// Reads everything again; swaps it when all is well, else changes nothing.
    private mutating func reload(_ gateway: RunningGateway) async {
        status.attempt += 1
        do {
            let new = try GatewayConfiguration.load(sources)
            let plan = try ReloadPlan(from: loaded.configuration, to: new.configuration)
            let secrets = plan.configuration.changedSecrets(since: loaded.configuration)
            try await gateway.reload(plan.configuration, changed: new.changedKeys(since: loaded))
            loaded = LoadedConfiguration(
                configuration: plan.configuration, warnings: new.warnings, file: new.file, settings: new.settings)
            status.generation += 1
            status.succeeded = true
            status.errors = []
            status.warnings =
                new.warnings.map(\.description) + plan.postponed.map { "\($0): takes effect at the next start" }
            var fields: [String: ProcessLog.Field] = [
                "generation": .number(status.generation), "warnings": .texts(status.warnings),
            ]
            if !secrets.isEmpty { fields["secretsChanged"] = .texts(secrets) }
            ProcessLog.write("reloaded", fields)
            offerConsoleLink(gateway)
        } catch {
            status.succeeded = false
            status.errors = (error as? ConfigurationErrors)?.lines ?? ["\(error)"]
            gateway.tellRefusedReload((error as? ConfigurationErrors)?.errors ?? [])
            status.warnings = []
            ProcessLog.write(
                "reload-refused", level: "error",
                ["generation": .number(status.generation), "errors": .texts(status.errors)])
        }
        if let pidFile { try? status.write(to: pidFile.statusPath) }
    }

    private func reason(_ error: any Error) -> String {
        if case .unwritable(let reason) = error as? PidFile.Failure { return reason }
        return "\(error)"
    }
}
