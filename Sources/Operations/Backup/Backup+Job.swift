public import Store

/// Makes a backup when the schedule says so.
public struct BackupJob: JobHandler {
    public static let kind: JobKind = "backup.run"
    public var kind: JobKind { BackupJob.kind }
    private let maker: BackupMaker

    public init(_ maker: BackupMaker) { self.maker = maker }

    /// A second run after a crash makes a second backup: more than one is no harm.
    public func run(_ job: Job) async throws {
        do {
            _ = try await maker.make(.schedule)
        } catch let error as BackupError {
            guard error.isRetryable else { throw JobFailure.permanent(reason: error.detail) }
            throw JobFailure.retry(reason: error.detail, after: .seconds(300))
        }
    }
}
