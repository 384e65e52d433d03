import Foundation
import Synchronization

/// A server started for tests that ends with the process that started it, however that ends: a shell holds the other end
/// of a pipe and stops the server when the pipe closes.
public final class LifelineProcess: Sendable {
    private let process: Mutex<Process>
    private let lifeline: Mutex<Pipe?>

    /// - Parameters:
    ///   - signal: what ends it, such as `QUIT`.
    ///   - directory: its own; removed when this process ends, kept by `stop()`.
    public init(_ executable: String, _ arguments: [String], signal: String, directory: String, log: String) throws {
        let process = Process()
        // Bash, because a started process may inherit a mask that blocks SIGCHLD, and only bash takes it off before it
        // waits. A word on standard input stops the server; its end stops it and takes the directory away.
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments =
            [
                "-c",
                "\"$@\" & p=$!; read -r word || gone=1; kill -\(signal) $p; wait $p; [ -z \"$gone\" ] || rm -rf \"$0\"",
                directory, executable,
            ] + arguments
        let pipe = Pipe()
        // Else the server itself would hold the end whose closing is to stop it.
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = pipe
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = FileHandle(forWritingAtPath: log)
        process.standardOutput = handle ?? FileHandle.nullDevice
        process.standardError = handle ?? FileHandle.nullDevice
        try process.run()
        self.process = Mutex(process)
        self.lifeline = Mutex(pipe)
    }

    /// Ends the server and waits for it; its directory stays.
    public func stop() {
        lifeline.withLock { pipe in
            try? pipe?.fileHandleForWriting.write(contentsOf: Data("stop\n".utf8))
            pipe = nil
        }
        process.withLock { $0.waitUntilExit() }
    }
}
