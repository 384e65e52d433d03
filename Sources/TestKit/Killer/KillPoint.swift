import Foundation
import Synchronization

/// A point at which a program is ended with SIGKILL: before, within or after its Nth write, sync, truncation, rename or
/// removal of a file, or what it sends to a socket. Chosen by a seed, hence the same again for the same seed.
///
/// A small library counts these effects in the program itself (`LD_PRELOAD`), so that a point lies where it was named
/// and not where a clock happened to be. What a kill can't show: the kernel keeps what was written, as it doesn't when
/// the power goes.
public struct KillPoint: Sendable, CustomStringConvertible {
    public enum How: String, Sendable, CaseIterable {
        case before, within, after
    }

    /// From 1; 0 only counts.
    public let number: Int
    public let how: How

    public var description: String { "\(how.rawValue) effect \(number)" }

    public init(_ number: Int, _ how: How) {
        self.number = number
        self.how = how
    }

    /// Kills nothing, counts only.
    public static let counting = KillPoint(0, .before)

    /// The point that a seed means, of so many effects.
    public init(seed: UInt64, of effects: Int) {
        var generator = SeededGenerator(seed: seed)
        number = generator.number(1...max(1, effects))
        how = generator.pick(How.allCases) ?? .before
    }

    /// What a program must have in its environment to meet it.
    ///
    /// - Parameter count: a file for the number of effects that it had until then.
    public func environment(count: String) throws -> [String: String] {
        [
            "LD_PRELOAD": try KillPoint.library.get(), "KILL_COUNT": count, "KILL_AT": "\(number)",
            "KILL_HOW": how.rawValue,
            // A profile that a program writes at its end would be an effect.
            "LLVM_PROFILE_FILE": "/dev/null",
        ]
    }

    /// The effects that a program had, as the file of its count says.
    public static func effects(in file: String) -> Int {
        guard let data = FileManager.default.contents(atPath: file), data.count >= 8 else { return 0 }
        return Int(truncatingIfNeeded: data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    public struct Unavailable: Error, CustomStringConvertible { public let description: String }

    /// Compiled once a run, with the compiler that Swift itself needs.
    private static let library: Result<String, Unavailable> = {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "kill-point.c").path
        let target = FileManager.default.temporaryDirectory.path + "/seaworthy-kill-point-\(getpid()).so"
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", target, source, "-ldl"]
        let said = Pipe()
        compiler.standardError = said
        do { try compiler.run() } catch { return .failure(Unavailable(description: "\(error)")) }
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        compiler.waitUntilExit()
        atexit { unlink(FileManager.default.temporaryDirectory.path + "/seaworthy-kill-point-\(getpid()).so") }
        return compiler.terminationStatus == 0 ? .success(target) : .failure(Unavailable(description: "cc: \(text)"))
    }()
}
