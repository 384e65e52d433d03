import ArgumentParser
import Foundation
import Synchronization

/// The two ways out of a command: results go to standard output, everything for a person beside them to standard error.
enum StandardStreams {
    static func out(_ text: String) { out(bytes: Array(text.utf8)) }
    static func err(_ text: String) { _ = write(Array(text.utf8)[...], to: STDERR_FILENO) }

    static func out(bytes: [UInt8]) {
        let error = write(bytes[...], to: STDOUT_FILENO)
        guard error != 0, lost.exchange(true, ordering: .relaxed) == false else { return }
        err("seaworthy: standard output can't be written: \(String(cString: strerror(error)))\n")
    }

    private static let lost = Atomic(false)

    /// Whether something that was meant for standard output isn't there, such as on a full disk.
    static var isOutputLost: Bool { lost.load(ordering: .relaxed) }

    static var errIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var inIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether colour is welcome (https://no-color.org).
    static var outTakesColour: Bool {
        outIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// All of it or nothing more once the reader is gone; a closed pipe is nobody's error.
    /// - Returns: the error's number, 0 for none.
    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int32 {
        var bytes = bytes
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno == EPIPE ? 0 : errno }
            bytes = bytes.dropFirst(count)
        }
        return 0
    }
}

/// Exit codes after sysexits.h; documented in docs/cli.md.
enum ExitStatus {
    static let corruptData = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let software = ExitCode(70)
    static let cannotCreate = ExitCode(73)
    static let inputOutput = ExitCode(74)
    static let temporaryFailure = ExitCode(75)
    static let notPermitted = ExitCode(77)
    static let configuration = ExitCode(78)

    /// Says why on standard error and gives the code to throw.
    static func failure(_ code: ExitCode, _ message: String) -> ExitCode {
        let text = "seaworthy: \(message)"
        // Broken between words for people; a line for programs.
        let isBroken = StandardStreams.errIsTerminal && !message.contains("\n")
        StandardStreams.err((isBroken ? text.wrapped(width: 77, indent: 2) : text) + "\n")
        return code
    }
}
