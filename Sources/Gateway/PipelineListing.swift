import Identity
public import Kernel
import Observability
import Store
import Web

/// The list as `seaworthy pipeline` prints it.
public enum PipelineListing {
    /// One line a stage of the public door, in order: name, mode, capability; those that are off included.
    public static func lines(of configuration: GatewayConfiguration) -> [String] {
        let stages = stages(of: configuration)
        let hasMode = Set(Capabilities.all.filter { $0.modeKey != nil }.flatMap(\.stages))
            // No control of every request, and with a mode of its own all the same.
            .union(stages.filter { $0.control == AdoptionSettings.capability.id }.map(\.name))
        return stages.enumerated().map { number, stage in
            let mode = hasMode.contains(stage.name) ? stage.listedMode.rawValue : "always"
            let place = String(number + 1)
            return String(repeating: " ", count: 2 - min(2, place.count)) + place + "  "
                + stage.name.padded(18) + mode.padded(10) + stage.control
        }
    }

    /// The mode of each stage of the public door that has one, by its name.
    public static func modes(of configuration: GatewayConfiguration) -> [String: ControlMode] {
        Dictionary(
            stages(of: configuration).map { ($0.name, $0.listedMode) }, uniquingKeysWith: { one, _ in one })
    }

    /// The list as it is with these settings, with nothing behind it.
    private static func stages(of configuration: GatewayConfiguration) -> [any GatewayStage] {
        guard
            let services = try? GatewayServices(
                configuration: configuration, loops: 1, sink: .handler { _ in }, identity: described(configuration))
        else { return [] }
        defer { services.stop() }
        return Pipeline.publicDoor(configuration, services)
    }

    /// Who signs people in, with nothing behind it: enough to be listed, and the same stages as those that run.
    private static func described(_ configuration: GatewayConfiguration) throws -> IdentityService? {
        guard configuration.identity.isOn else { return nil }
        let ports = SystemPorts()
        let settings = try DatabaseSettings(parsing: Secret("unopened.db"))
        let database = Database.unopened(settings, clock: ports.monotonicClock, random: ports.random)
        return try IdentityService(
            .init(
                database: database,
                feed: ChangeFeed(database: database, clock: ports.monotonicClock, interval: .seconds(1)),
                keys: Nothing(),
                mailer: Nothing(), audit: Nothing(), wallClock: ports.wallClock, monotonicClock: ports.monotonicClock,
                random: ports.random, sealing: Nothing(), workers: 1, issuer: "seaworthy"),
            settings: configuration.identity)
    }

    /// Ports that nobody asks for anything.
    private struct Nothing: PurposeKeys, Mailer, AuditTrail, SeedSealing {
        func signing(_ purpose: KeyPurpose) throws -> PurposeKey { throw CancellationError() }
        func verifying(_ id: String, for purpose: KeyPurpose) -> PurposeKey? { nil }
        func published(_ purpose: KeyPurpose) -> [PurposeKey] { [] }
        func send(_ mail: MailMessage, in db: Transaction) throws {}
        func append(_ event: AuditEvent, in db: Transaction) throws {}
        func seal(_ seed: [UInt8], account: String, in db: Transaction) throws -> SQLValue { throw CancellationError() }
        func open(_ sealed: SQLValue, account: String, in db: ReadTransaction) throws -> [UInt8] {
            throw CancellationError()
        }
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
