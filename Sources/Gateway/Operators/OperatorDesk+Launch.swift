import Kernel
public import LaunchDesk
import Store

extension OperatorDesk {
    /// The launch desk of the configured database.
    public var launch: LaunchDesk {
        let ports = SystemPorts()
        return LaunchDesk(
            database: services.database, audit: services.journal, clock: ports.wallClock, random: ports.random,
            actor: actor)
    }

    /// Addresses of accounts by id, for what is written out for people.
    public func accountNames() async throws -> [String: String] {
        try await read("console.names") { db in
            var names: [String: String] = [:]
            try db.forEach("SELECT id, email FROM accounts") { row in
                let id: String = try row["id"]
                names[id] = try row["email"]
            }
            return names
        }
    }
}
