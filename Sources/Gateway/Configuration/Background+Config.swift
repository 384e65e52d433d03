import Egress
import Kernel
import Observability
import Operations
import Store

/// What is done behind the edge: jobs, mails, webhooks, backups. Every process reads it, because what is to be done is
/// written down with its cause; only the worker does it.
public struct BackgroundConfiguration: Sendable {
    var jobs: JobRunner.Settings
    var email: EmailConfiguration
    var webhooks: WebhookSettings
    var backup: BackupSettings
    /// For webhooks and buckets.
    var egress: EgressSettings

    /// - Parameter host: that of `public-url`.
    static func read(_ reader: inout ConfigurationReader, host: String?) -> BackgroundConfiguration {
        BackgroundConfiguration(
            jobs: .read(&reader), email: .read(&reader, host: host), webhooks: .read(&reader), backup: .read(&reader),
            egress: .read(&reader))
    }
}

extension ConfigurationRules {
    /// What only shows when mails and backups are seen beside the rest.
    func checkBackground(_ reader: inout ConfigurationReader) {
        let background = configuration.background
        func report(_ key: String, _ valid: String, because other: String) {
            reader.report(ConfigurationError(key: key, given: nil, valid: valid, origin: reader.origin(of: other)))
        }
        do {
            _ = try CronExpression(background.backup.schedule)
        } catch {
            reader.report(
                ConfigurationError(
                    key: "operations.backup.schedule", given: background.backup.schedule,
                    valid: "minute hour day month weekday, such as 15 3 * * *: \(error)",
                    origin: reader.origin(of: "operations.backup.schedule")))
        }
        if background.backup.alertAddress != nil, background.email.email == nil {
            report(
                "email.from", "must be given: operations.backup.alert wants mail", because: "operations.backup.alert")
        }
        guard background.email.email != nil else { return }
        if configuration.publicURL == nil, configuration.environment == .production {
            report("public-url", "must be given where there is mail: its links lead there", because: "email.from")
        }
        if !configuration.hasRootSecret {
            report(
                "secret-key",
                "must be given where there is mail (`openssl rand -base64 48` makes one): addresses are remembered under it",
                because: "email.from")
        }
    }
}

extension GatewayConfiguration {
    /// Whether there is a root key, or will be: a developer's SQLite database gets a file beside it.
    var hasRootSecret: Bool {
        if !secrets.secretKeys.isEmpty { return true }
        if database.address == nil { return true }
        guard environment == .development, case .sqlite = database.address else { return false }
        return true
    }

    /// The root keys as they are, the newest first; empty where there are none.
    func rootSecrets(_ random: any RandomSource) throws(KeyRingError) -> [Secret] {
        if !secrets.secretKeys.isEmpty { return secrets.secretKeys }
        guard environment == .development, case .sqlite(let path) = database.address else { return [] }
        return [try DevelopmentRootKey.obtain(at: DevelopmentRootKey.path(beside: path), random: random)]
    }

    /// Where links in mails lead: `public-url`, in development the public door.
    var linkBase: LinkBase? {
        if let publicURL { return LinkBase("\(publicURL)") }
        guard case .tcp(_, let port) = listen else { return LinkBase("http://localhost") }
        return LinkBase("http://localhost:\(port)")
    }
}
