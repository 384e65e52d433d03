public import Kernel
import Store

/// One step of the schema, as a database has it.
public struct SchemaStep: Sendable, Equatable {
    public let id: String
    /// nil while it is pending.
    public let appliedAt: Timestamp?
    /// The program's version that applied it.
    public let version: String?
}

extension SchemaTool {
    /// All steps in their order.
    public func steps() async throws(DatabaseFailure) -> [SchemaStep] {
        let status = try await status()
        return status.applied.map { SchemaStep(id: $0.id, appliedAt: $0.at, version: $0.version) }
            + status.pending.map { SchemaStep(id: $0, appliedAt: nil, version: nil) }
    }
}
