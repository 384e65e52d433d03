import ArgumentParser
import Gateway
import Kernel

extension ConfigurationOptions {
    /// Does something about backups, shows on a terminal how far it is, and prints what came of it.
    ///
    /// Only what concerns database and backups must be in order: on the day of a restore there may be no more.
    func backups(_ work: (BackupTool) async throws(BackupFailure) -> String) async throws {
        let configuration = try databaseConfiguration(["operations.backup", "egress"])
        let line = ProgressLine()
        do throws(BackupFailure) {
            let text = try await work(BackupTool(configuration) { line.show($0) })
            line.clear()
            StandardStreams.out(text)
        } catch {
            line.clear()
            throw error.exit
        }
    }
}

extension BackupFailure {
    /// Says why on standard error and gives the code to throw; docs/cli.md has the codes.
    var exit: ExitCode {
        let code =
            switch reason {
            case .notEmpty: ExitCode(1)
            case .damaged: ExitStatus.corruptData
            case .missing: ExitStatus.noInput
            case .unavailable: ExitStatus.unavailable
            case .cannotCreate: ExitStatus.cannotCreate
            case .file: ExitStatus.inputOutput
            case .notPermitted: ExitStatus.notPermitted
            case .configuration: ExitStatus.configuration
            case .software: ExitStatus.software
            }
        return ExitStatus.failure(code, description)
    }
}

/// One line on a terminal that is written over; nothing elsewhere.
private struct ProgressLine: Sendable {
    private let isShown = StandardStreams.errIsTerminal

    func show(_ text: String) { if isShown { StandardStreams.err("\r\u{1B}[K\(text.prefix(78))") } }
    func clear() { if isShown { StandardStreams.err("\r\u{1B}[K") } }
}
