import Foundation

/// Held from reading a file of advisories to writing it again: two imports at once come one after the other, and neither
/// loses what the other took in. A file beside it is locked (`flock`), which ends with the process whatever happens to it.
public final class AdvisoryHold: Sendable {
    private let descriptor: CInt

    /// Waits until nobody else holds `path`; `waiting` is told once when it has to.
    /// - Throws: `EvidenceProblem` where the lock can't be written.
    public init(_ path: String, waiting: () -> Void = {}) throws(EvidenceProblem) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw EvidenceProblem(file: "\(path).lock", what: "can't be written") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        waiting()
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw EvidenceProblem(file: "\(path).lock", what: "can't be locked") }
        }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }
}
