import Foundation

/// A program that isn't ours, run to its end as an oracle or a tool: `openssl`, `oathtool`, `promtool`, a script.
public enum ForeignProgram {
    public struct Run: Sendable {
        /// Its exit code; negative the signal that ended it.
        public var status: Int32
        public var output: String
        public var errors: String
    }

    /// Runs `name` from the search path, on a thread of its own; both streams are read at once, so that neither fills up.
    @discardableResult
    public static func run(_ name: String, _ arguments: [String], input: String? = nil) async throws -> Run {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let (into, output, errors) = (Pipe(), Pipe(), Pipe())
        if input == nil { process.standardInput = FileHandle.nullDevice } else { process.standardInput = into }
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        async let said = onThread { output.fileHandleForReading.readDataToEndOfFile() }
        async let complained = onThread { errors.fileHandleForReading.readDataToEndOfFile() }
        if let input {
            try into.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try into.fileHandleForWriting.close()
        }
        let (text, trouble) = try await (said, complained)
        let ended = process
        return try await onThread {
            ended.waitUntilExit()
            return Run(
                status: ended.terminationReason == .exit ? ended.terminationStatus : -ended.terminationStatus,
                output: String(decoding: text, as: UTF8.self), errors: String(decoding: trouble, as: UTF8.self))
        }
    }
}
