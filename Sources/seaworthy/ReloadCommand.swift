import ArgumentParser
import Foundation
import Gateway
import Kernel

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have a running gateway read its configuration again.",
        discussion: """
            The gateway validates the whole new configuration with the flags it was started with. A bad one changes \
            nothing: its errors are printed and the exit status is 78. It answers through the file beside its pid file.
            """)

    @Option(
        name: .customLong("pid-file"),
        help: ArgumentHelp("The gateway's pid file (default: `pid-file` of the configuration).", valueName: "file"))
    var pidFile: String?

    @Option(
        help: ArgumentHelp("The configuration that names the pid file (default: ./seaworthy.yaml).", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("How many seconds to wait for the result.", valueName: "s"))
    var timeout = 10.0

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout wants 0 to 3600 seconds") }
    }

    func run() async throws {
        let file = PidFile(path: try path())
        guard let pid = file.ownerID else {
            throw ExitStatus.failure(
                ExitStatus.unavailable, "\(file.path) names no process: is the gateway running with --pid-file?")
        }
        guard PidFile.isGateway(pid) else {
            throw ExitStatus.failure(
                ExitStatus.unavailable, "process \(pid) in \(file.path) is no running gateway (left behind?)")
        }
        let before = ReloadStatus.read(file.statusPath)?.attempt ?? 0
        guard kill(pid, SIGHUP) == 0 else {
            throw ExitStatus.failure(
                errno == EPERM ? ExitStatus.notPermitted : ExitStatus.unavailable,
                "can't signal process \(pid): \(String(cString: strerror(errno)))")
        }
        let status = try await result(after: before, in: file.statusPath)
        for warning in status.warnings { StandardStreams.err("seaworthy: warning: \(warning)\n") }
        guard status.succeeded else {
            let list = status.errors.map { "\n  \($0)\n" }.joined()
            throw ExitStatus.failure(
                ExitStatus.configuration,
                "nothing changed (generation \(status.generation) goes on); errors in the new configuration:\n\(list)")
        }
        StandardStreams.out("Reloaded: generation \(status.generation) is in force.\n")
    }

    private func path() throws -> String {
        if let pidFile { return pidFile }
        let sources = ConfigurationSources(
            file: config.map { .required($0) } ?? .ifPresent("seaworthy.yaml"),
            environment: ProcessInfo.processInfo.environment)
        let reading = GatewayConfiguration.read(sources, for: .inspection)
        if let path = reading.configuration.pidFile { return path }
        throw ExitStatus.failure(
            ExitCode(EX_USAGE), "which gateway? Give --pid-file, or set `pid-file` in the configuration")
    }

    private func result(after attempt: Int, in path: String) async throws -> ReloadStatus {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(timeout))
        while clock.now < deadline {
            if let status = ReloadStatus.read(path), status.attempt > attempt { return status }
            try await clock.sleep(for: .milliseconds(20))
        }
        throw ExitStatus.failure(
            ExitStatus.temporaryFailure, "no answer within \(timeout) s; see the gateway's log for the result")
    }
}
