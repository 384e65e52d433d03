import Foundation
import Glibc

/// Programs in a process group of their own: one signal ends one with everything that it started.
enum ProcessGroup {
    /// Starts a program; nil where it can't be.
    ///
    /// - Parameters:
    ///   - words: its arguments, its own name first.
    ///   - variables: its environment, `NAME=value` each.
    ///   - resetsSignals: whether what this process ignores or blocks reaches it all the same.
    ///   - files: says which of our descriptors it gets.
    static func start(
        _ path: String, _ words: [String], _ variables: [String], resetsSignals: Bool = false,
        files: (inout posix_spawn_file_actions_t) -> Void
    ) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0, posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        files(&actions)
        var flags = POSIX_SPAWN_SETPGROUP
        if resetsSignals {
            var (defaults, none) = (sigset_t(), sigset_t())
            sigemptyset(&none)
            sigemptyset(&defaults)
            for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT] { sigaddset(&defaults, number) }
            posix_spawnattr_setsigdefault(&attributes, &defaults)
            posix_spawnattr_setsigmask(&attributes, &none)
            flags |= POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        }
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) } + [nil]
        defer { for word in words { free(word) } }
        let variables: [UnsafeMutablePointer<CChar>?] = variables.map { (text: String) in strdup(text) } + [nil]
        defer { for variable in variables { free(variable) } }
        var child = pid_t()
        return posix_spawn(&child, path, &actions, &attributes, words, variables) == 0 ? child : nil
    }
}
