import Synchronization

/// What a worker tells its parent.
final class WorkState: Sendable {
    let isWorking = Atomic<Bool>(false)
}
