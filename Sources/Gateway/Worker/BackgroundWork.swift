/// Something that a worker does until it is told to stop.
public protocol BackgroundWork: Sendable {
    /// For the log, such as `jobs`.
    var name: String { get }
    /// Returns soon after its task was cancelled, once what it had begun is done or given back.
    func run() async
}
