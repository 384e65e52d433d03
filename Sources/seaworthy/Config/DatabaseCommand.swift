import ArgumentParser
import Gateway
import Kernel
import LaunchDesk

/// Something of the database that a command works with and closes again.
protocol DatabaseWork {
    func close() async
}

extension SchemaTool: DatabaseWork {}
extension AuditTool: DatabaseWork {}
extension SecretsTool: DatabaseWork {}
extension OperatorDesk: DatabaseWork {}

extension ConfigurationOptions {
    /// The configuration for a command that works on the database: only what begins with these keys, beside the database's,
    /// must be in order. Its owner may have no more of a configuration than that.
    func databaseConfiguration(
        _ further: [String] = [], of sources: ConfigurationSources? = nil
    ) throws -> GatewayConfiguration {
        let reading = GatewayConfiguration.read(sources ?? self.sources, for: .inspection)
        let prefixes = ["database", "DATABASE_URL"] + further
        let errors = reading.errors.filter { error in
            ["file", "--set", "environment"].contains(error.key) || prefixes.contains { error.key.hasPrefix($0) }
        }
        guard errors.isEmpty else {
            throw ExitStatus.failure(ExitStatus.configuration, ConfigurationErrors(errors).description)
        }
        return reading.configuration
    }

    /// Opens something of the configured database, works with it and closes it; otherwise says why not, and with which
    /// status.
    func with<Tool: DatabaseWork, Value>(
        _ open: () async throws -> Tool, _ work: (Tool) async throws -> Value
    ) async throws -> Value {
        do {
            let tool = try await open()
            do {
                let value = try await work(tool)
                await tool.close()
                return value
            } catch {
                await tool.close()
                throw error
            }
        } catch {
            switch error {
            case let failure as DatabaseFailure: throw failure.exit
            case let failure as SecretFailure: throw failure.exit
            case let failure as LaunchDesk.Failure: throw ExitStatus.failure(.failure, failure.description)
            case let refusal as OperatorRefusal: throw ExitStatus.failure(.failure, refusal.description)
            default: throw error
            }
        }
    }
}
