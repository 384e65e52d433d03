import Kernel
import Store

/// Why an operator's act wasn't done, though the database answered: there is no such thing, or it is past that.
public struct OperatorRefusal: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// The database as an operator's command uses it: on the schema of this program, every act with its row in the audit trail.
public struct OperatorDesk: Sendable {
    let services: BackgroundServices
    /// Who acts, for the trail: such as `cli:root`.
    let actor: String

    /// - Throws: also when the schema isn't this program's.
    public static func open(
        _ configuration: GatewayConfiguration, actor: String
    ) async throws(DatabaseFailure) -> OperatorDesk {
        let tool = try await SchemaTool.open(configuration.database)
        do {
            try await tool.check()
            return OperatorDesk(
                services: try BackgroundServices(configuration, tool.database, tool.ports), actor: actor)
        } catch {
            await tool.close()
            throw error
        }
    }

    public func close() async { await services.database.close() }

    func read<Value: Sendable>(
        _ label: StaticString, _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await services.database.read(label, body)
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, at: services.configuration.database.place)
        }
    }

    @discardableResult
    func act<Value: Sendable>(
        _ label: StaticString, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await services.database.transaction(label, body)
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, at: services.configuration.database.place)
        }
    }
}
