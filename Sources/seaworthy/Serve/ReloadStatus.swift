import Foundation

/// What became of the last reload, as `serve` tells `seaworthy reload` in the file beside the pid file.
struct ReloadStatus: Codable, Equatable {
    /// Counts every attempt, so that a waiting reader knows a new result from an old one.
    var attempt: Int
    /// Counts configurations in force; the first is 1.
    var generation: Int
    var succeeded: Bool
    /// One line each; empty when it succeeded.
    var errors: [String]
    /// What holds only after the next start, and other remarks.
    var warnings: [String]

    static func read(_ path: String) -> ReloadStatus? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(ReloadStatus.self, from: $0) }
    }

    /// Readable by its owner only: errors show parts of the configuration.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        try PidFile.replace(path, with: text, mode: 0o600)
    }
}
