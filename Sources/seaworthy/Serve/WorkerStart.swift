import Foundation
import Gateway
import Kernel

/// How `serve` starts its worker: the same program with the same configuration, and little else.
enum WorkerStart {
    static func launch(_ options: ConfigurationOptions, _ configuration: GatewayConfiguration) -> WorkerLaunch {
        let database = configuration.database
        var environment = ProcessInfo.processInfo.environment.filter { isPassed($0.key) }
        if options.setsSecretKey {
            environment["SEAWORTHY_SECRET_KEY_FILE"] = nil
            environment["SEAWORTHY_SECRET_KEY"] = configuration.secretKeyText.reveal()
        }
        // The one that is open here, whatever a changed file says by the time that a worker starts.
        environment["SEAWORTHY_DATABASE_FILE"] = nil
        environment["SEAWORTHY_DATABASE"] = database.text.reveal()
        return WorkerLaunch(
            // The program that runs, even if a newer one was put in its place meanwhile.
            executable: "/proc/self/exe",
            arguments: ["seaworthy", "work", "--lifeline"] + options.argumentsWithoutSecrets,
            environment: environment, onEvent: log)
    }

    /// What configures it, and what programs and libpq need to find their files; no other variable of ours.
    static func isPassed(_ name: String) -> Bool {
        name.hasPrefix("SEAWORTHY_") || name.hasPrefix("LC_")
            || [
                "PATH", "HOME", "LANG", "TZ", "TMPDIR", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "PGPASSFILE",
                // The root key of the ring that both processes open, where it has that name.
                "SECRET_KEY", "SECRET_KEY_FILE",
                // Coverage of a worker that tests start.
                "LLVM_PROFILE_FILE",
            ].contains(name)
    }

    @Sendable private static func log(_ event: WorkerEvent) {
        switch event {
        case .started(let pid): ProcessLog.write("worker-started", ["pid": .number(Int(pid))])
        case .ended(let status, let delay):
            ProcessLog.write(
                "worker-ended", level: "error", ["status": .number(Int(status)), "retryMs": milliseconds(delay)])
        case .hung(let pid): ProcessLog.write("worker-hung", level: "error", ["pid": .number(Int(pid))])
        case .failed(let reason, let delay):
            ProcessLog.write(
                "worker-failed", level: "error", ["reason": .text(reason), "retryMs": milliseconds(delay)])
        }
    }

    private static func milliseconds(_ duration: Duration) -> ProcessLog.Field {
        .number(Int(duration / .milliseconds(1)))
    }
}
