import Console
import Identity
import Kernel
import LaunchDesk
import Observability
import Operations
import Protection
import Store

/// What the console's pages ask of the running gateway. Made anew with each configuration.
struct ConsoleDesk: Sendable {
    let configuration: GatewayConfiguration
    let services: GatewayServices
    let template: ConsoleTemplate
    /// nil where nobody has an account.
    let identity: IdentityFlows?
    /// nil without a database.
    let background: BackgroundServices?
    let readiness: @Sendable () async -> Readiness
    let ports = SystemPorts()

    var settings: ConsoleSettings { configuration.console }
    var prefix: String { configuration.protection.routePolicy.ownPrefix }
    /// Whether browsers speak HTTPS to whatever is in front of the door.
    var isSecure: Bool { settings.url?.isHTTPS == true }
    var now: Timestamp { services.wallClock.now() }

    init(
        _ configuration: GatewayConfiguration, _ services: GatewayServices, _ identity: IdentityFlows?,
        readiness: @escaping @Sendable () async -> Readiness
    ) throws {
        self.configuration = configuration
        self.services = services
        // Where the app keeps the accounts, nobody has a password with us: a one-time link opens the console then.
        self.identity = configuration.identity.hasOwnAccounts ? identity : nil
        self.readiness = readiness
        template = try ConsoleTemplate()
        background = try services.database.map { try BackgroundServices(configuration, $0.database, SystemPorts()) }
    }

    /// The acts of an operator, each with its row of the trail.
    ///
    /// - Throws: `Problem` without a database.
    func operators(_ caller: ConsoleCaller) throws -> OperatorDesk {
        guard let background else { throw ConsoleDesk.noDatabase }
        return OperatorDesk(services: background, actor: caller.actor)
    }

    func administration(_ caller: ConsoleCaller) throws -> Administration {
        guard let background, identity != nil else { throw ConsoleDesk.noAccounts }
        return Administration(
            database: background.database, audit: background.journal, clock: ports.wallClock, random: ports.random,
            actor: caller.actor)
    }

    func launch(_ caller: ConsoleCaller) throws -> LaunchDesk {
        guard let background else { throw ConsoleDesk.noDatabase }
        return LaunchDesk(
            database: background.database, audit: background.journal, clock: ports.wallClock, random: ports.random,
            actor: caller.actor)
    }

    /// The runs that `seaworthy check` remembered.
    var runs: RunShelf { RunShelf(folder: settings.checks ?? ".seaworthy/checks") }

    /// Addresses of accounts, by id; who has none is missing.
    func names(of ids: Set<String>) async throws -> [String: String] {
        guard identity != nil, !ids.isEmpty else { return [:] }
        let wanted = ids.sorted().prefix(1_000)
        return try await read("console.names") { db in
            var names: [String: String] = [:]
            for row in try db.rows("SELECT id, email FROM accounts WHERE id IN (\(list: Array(wanted)))") {
                let id: String = try row["id"]
                names[id] = try row["email"]
            }
            return names
        }
    }

    func read<Value: Sendable>(
        _ label: StaticString, _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        guard let background else { throw ConsoleDesk.noDatabase }
        return try await background.database.read(label, limit: .seconds(5), body)
    }

    static let noDatabase = Problem(
        "own.not-found", status: 404, title: "There is no such page here.", detail: "This gateway has no database.")
    static let noAccounts = Problem(
        "own.not-found", status: 404, title: "There is no such page here.",
        detail: "Accounts aren't kept here: identity.sign-in is not `own`.")

    /// Where one can go.
    var navigation: [(name: String, entries: [ConsoleFrame.Entry])] {
        var groups: [(name: String, entries: [ConsoleFrame.Entry])] = [
            (
                "Protection",
                [
                    .init("/console", "Overview"), .init("/console/controls", "Controls"),
                    .init("/console/refusals", "Refusals"), .init("/console/limits", "Limits"),
                    .init("/console/settings", "Settings"),
                ]
            )
        ]
        if identity != nil {
            groups.append(
                (
                    "People",
                    [
                        .init("/console/users", "Users"), .init("/console/sessions", "Sessions"),
                        .init("/console/api-keys", "API keys"), .init("/console/projects", "Projects"),
                    ]
                ))
        }
        if background != nil {
            groups.append(
                (
                    "Work",
                    [
                        .init("/console/jobs", "Jobs"), .init("/console/mails", "E-mails"),
                        .init("/console/webhooks", "Webhooks"), .init("/console/backups", "Backups"),
                        .init("/console/maintenance", "Maintenance"),
                    ]
                ))
            groups.append(
                (
                    "Launch",
                    [
                        .init("/console/uat", "Acceptance"), .init("/console/launch", "Sign-offs"),
                        .init("/console/runs", "Runs"),
                    ]
                ))
            groups.append(("Records", [.init("/console/audit", "Audit"), .init("/console/keys", "Keys")]))
        }
        return groups
    }

    func frame(_ caller: ConsoleCaller?, token: String) -> ConsoleFrame {
        ConsoleFrame(
            who: caller?.name, role: caller?.role ?? "", site: "\(configuration.upstream)",
            version: "\(BuildInformation.version), \(configuration.environment.rawValue)", navigation: navigation,
            token: token)
    }
}

/// Who is at the console.
struct ConsoleCaller: Sendable {
    let name: String
    let role: String
    /// For the trail.
    let actor: String
    /// When it was last shown that it is them.
    let confirmedAt: Timestamp
    /// nil for whoever came in by the one-time link.
    let proof: SignedInCaller?

    var isAdministrator: Bool { role == "administrator" }
}
