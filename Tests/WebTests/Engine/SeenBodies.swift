import Glibc
import NIOCore
import Synchronization
import Web

/// What a body stage saw.
final class Seen: Sendable {
    private struct State {
        var texts: [String] = []
        var wholes: [Bool] = []
        var paths: [String] = []
        var modes: [UInt32] = []
    }
    private let state = Mutex(State())
    var texts: [String] { state.withLock { $0.texts } }
    var wholes: [Bool] { state.withLock { $0.wholes } }
    var paths: [String] { state.withLock { $0.paths } }
    var modes: [UInt32] { state.withLock { $0.modes } }

    func note(_ body: RequestBody) {
        state.withLock { state in
            switch body {
            case .memory(let bytes, let isWhole):
                state.texts.append(String(buffer: bytes))
                state.wholes.append(isWhole)
            case .file(let path, let size):
                state.texts.append("file of \(size)")
                state.wholes.append(true)
                state.paths.append(path)
                var facts = stat()
                if stat(path, &facts) == 0 { state.modes.append(facts.st_mode & 0o777) }
            }
        }
    }
}
