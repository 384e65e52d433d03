import Foundation
import Readiness

/// A `readiness.yaml` as commands read it.
enum ReadinessFile {
    /// More than anybody writes; a device or a dump is not read into memory.
    private static let limit = 1_048_576
    /// Descriptions are written by programs.
    private static let descriptionLimit = 104_857_600

    /// Every error in it on standard error, and exit 78.
    static func read(_ path: String) throws -> ReadinessConfiguration {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        let text: String
        do {
            text = try contents(path)
        } catch {
            throw ExitStatus.failure(ExitStatus.configuration, "\(path) \(error.reason)")
        }
        do {
            return try ReadinessConfiguration(
                yaml: text, environment: ProcessInfo.processInfo.environment
            ) { name in
                try? contents(folder.appendingPathComponent(name).path, limit: descriptionLimit)
            }
        } catch let problems as ConfigurationProblems {
            let count = problems.problems.count
            StandardStreams.err("\(path) is wrong in \(count) place\(count == 1 ? "" : "s"):\n")
            for problem in problems.problems { StandardStreams.err("  \(problem)\n") }
            throw ExitStatus.configuration
        }
    }

    /// The bytes of a file that somebody named, at most 8 MiB of it and one more; exit 66 when it can't be read.
    static func bytes(_ path: String, limit: Int = 8_388_608) throws -> [UInt8] {
        do {
            return Array(try data(path, limit: limit))
        } catch {
            throw ExitStatus.failure(ExitStatus.noInput, "`\(path)` \(error.reason)")
        }
    }

    /// The text of a file that somebody named; exit 78 with the reason when it can't be read.
    static func text(_ path: String) throws -> String {
        do {
            return try contents(path)
        } catch {
            throw ExitStatus.failure(ExitStatus.configuration, "\(path) \(error.reason)")
        }
    }

    private struct Unreadable: Error { let reason: String }

    /// At most one byte more than the limit.
    private static func data(_ path: String, limit: Int) throws(Unreadable) -> Data {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Unreadable(reason: "isn't there")
        }
        guard !isFolder.boolValue else {
            throw Unreadable(reason: "is a folder, not a file")
        }
        guard let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: limit + 1)
        else {
            // An empty file reads as nothing at all.
            if FileManager.default.isReadableFile(atPath: path) { return Data() }
            throw Unreadable(reason: "can't be read: permission is missing")
        }
        return data
    }

    private static func contents(_ path: String, limit: Int = limit) throws(Unreadable) -> String {
        let data = try data(path, limit: limit)
        guard data.count <= limit else {
            throw Unreadable(reason: "has more than \(limit / 1_048_576) MiB: is it the right file?")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Unreadable(reason: "isn't text in UTF-8")
        }
        return text
    }
}
