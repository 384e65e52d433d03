public import Kernel

/// What the configuration says about backups; all of it in `operations.backup.*`.
public struct BackupSettings: Sendable {
    public enum Place: Sendable, Equatable {
        case folder(path: String)
        /// Keys are in `s3`.
        case bucket(name: String, prefix: String)
    }

    /// nil: no backups are made.
    public var place: Place?
    /// nil when `place` is.
    public var seal: BackupSeal?
    /// Opens those that a passphrase closed; private keys are never configured.
    public var passphrase: Secret?
    /// A schedule as jobs have it (five fields, UTC).
    public var schedule: String
    public var retention: RetentionRule
    public var verification: BackupMaker.Verification
    /// Where backups lie while they are sent to a bucket; nil for the system's temporary directory.
    public var workspace: String?
    /// For a bucket.
    public var s3: S3Location?
    /// Who is told by mail when a backup fails.
    public var alertAddress: MailAddress?

    public static func read(_ reader: inout ConfigurationReader) -> BackupSettings {
        let key = "operations.backup"
        let place = reader.read(.place("\(key).to"))
        let schedule = reader.read(
            .plain(
                "\(key).schedule", "When a backup is made.", form: "cron: minute hour day month weekday, UTC",
                "15 3 * * *"))
        let passphrase = reader.read(
            .hidden(
                "\(key).passphrase", "Locks backups; keep it where the database isn't.", form: "16 characters at least")
        )
        let recipient = reader.read(
            .plain(
                "\(key).recipient", "The public key that backups are locked for (`seaworthy backup keygen`).",
                form: "seaworthy-backup-public-…", ""))
        let retention = RetentionRule(
            daily: reader.read(
                .number("\(key).keep.daily", summary: "Days of which the newest is kept.", default: 7, in: 0...3660)),
            weekly: reader.read(
                .number("\(key).keep.weekly", summary: "Weeks of which the newest is kept.", default: 4, in: 0...520)),
            monthly: reader.read(
                .number("\(key).keep.monthly", summary: "Months of which the newest is kept.", default: 12, in: 0...120)
            ))
        let verification = reader.read(.verification("\(key).verify"))
        let workspace = reader.read(
            .plain("\(key).workspace", "Where backups lie while they are sent.", form: "a folder", ""))
        var settings = BackupSettings(
            place: place, seal: nil, passphrase: passphrase, schedule: schedule, retention: retention,
            verification: verification, workspace: workspace.isEmpty ? nil : workspace, s3: nil)
        settings.alertAddress = reader.read(.alert("\(key).alert"))
        settings.readSeal(&reader, key, recipient)
        settings.readBucket(&reader, key)
        return settings
    }

    private mutating func readSeal(_ reader: inout ConfigurationReader, _ path: String, _ recipient: String) {
        func report(_ part: String, _ valid: String) {
            reader.report(
                ConfigurationError(
                    key: "\(path).\(part)", given: nil, valid: valid, origin: reader.origin(of: "\(path).\(part)")))
        }
        if passphrase != nil, !recipient.isEmpty { return report("recipient", "either this or a passphrase, not both") }
        if let passphrase {
            do { seal = try BackupSeal.checked(passphrase: passphrase) } catch { report("passphrase", error.detail) }
        } else if !recipient.isEmpty {
            guard let key = BackupPublicKey(text: recipient) else {
                return report("recipient", "a public key that `seaworthy backup keygen` printed, whole")
            }
            seal = .recipient(key)
        } else if place != nil {
            report("passphrase", "a passphrase or a recipient: backups are never written in the clear")
        }
    }

    private mutating func readBucket(_ reader: inout ConfigurationReader, _ key: String) {
        let region = reader.read(
            .plain("\(key).s3.region", "The bucket's region.", form: "such as eu-central-1", "us-east-1"))
        let endpoint = reader.read(
            .endpoint("\(key).s3.endpoint"))
        let access = reader.read(
            .plain("\(key).s3.access-key", "The access key's id.", form: "as the store gave it", ""))
        let secret = reader.read(
            .hidden("\(key).s3.secret-key", "The access key's secret.", form: "as the store gave it"))
        guard case .bucket(let name, let prefix) = place else { return }
        guard !access.isEmpty, let secret else {
            return reader.report(
                ConfigurationError(
                    key: "\(key).s3.access-key", given: nil, valid: "an access key and its secret for s3://\(name)",
                    origin: nil))
        }
        s3 = S3Location(
            endpoint: endpoint.isEmpty ? "https://s3.\(region).amazonaws.com" : endpoint, region: region, bucket: name,
            prefix: prefix, accessKey: access, secretKey: secret)
    }
}

extension Setting where Value == String {
    fileprivate static func plain(_ key: String, _ summary: String, form: String, _ value: String) -> Setting {
        Setting(
            key, summary: summary, form: form, default: value, defaultText: value.isEmpty ? "none" : value,
            parse: { $0.text })
    }

    /// `https://host[:port]`; `http` for this machine alone.
    fileprivate static func endpoint(_ key: String) -> Setting {
        Setting(
            key, summary: "An S3-compatible store other than AWS.",
            form: "https://HOST[:PORT]; http:// only for this machine", default: "", defaultText: "AWS in the region"
        ) { node in
            guard let text = node.text else { return nil }
            let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
            let isLocal = trimmed.wholeMatch(of: #/http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?/#) != nil
            let isSafe = trimmed.wholeMatch(of: #/https://[A-Za-z0-9.\-\[\]:]+/#) != nil
            return isLocal || isSafe ? trimmed : nil
        }
    }
}

extension Setting where Value == Secret? {
    fileprivate static func hidden(_ key: String, _ summary: String, form: String) -> Setting {
        Setting(
            key, summary: summary, form: form, default: nil, defaultText: "none", isSecret: true,
            parse: { node in node.text.map { .some(Secret($0)) } })
    }
}

extension Setting where Value == BackupSettings.Place? {
    fileprivate static func place(_ key: String) -> Setting {
        Setting(
            key, summary: "Where backups go.",
            form: "a folder from the root (/var/backups/seaworthy) or s3://BUCKET/PREFIX",
            default: nil, defaultText: "none: no backups"
        ) { node in
            guard let text = node.text else { return nil }
            if text.hasPrefix("/"), text.count > 1 { return .some(.folder(path: text)) }
            guard let match = text.wholeMatch(of: #/s3://([a-z0-9][a-z0-9.\-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/\-]*))?/#)
            else {
                return nil
            }
            let prefix = (match.2.map(String.init) ?? "").split(separator: "/").joined(separator: "/")
            return .some(.bucket(name: String(match.1), prefix: prefix))
        }
    }
}

extension Setting where Value == MailAddress? {
    fileprivate static func alert(_ key: String) -> Setting {
        Setting(
            key, summary: "Who is told by mail when a backup fails.", form: "an address such as ops@example.com",
            default: nil, defaultText: "none", parse: { $0.text.flatMap { try? MailAddress($0) }.map { .some($0) } })
    }
}

extension Setting where Value == BackupMaker.Verification {
    fileprivate static func verification(_ key: String) -> Setting {
        Setting(
            key, summary: "How a backup is verified after it was written.",
            form: "contents (read back to its end) or restore (into a scratch database too)", default: .contents,
            defaultText: "contents", parse: { $0.text.flatMap(BackupMaker.Verification.init(rawValue:)) })
    }
}
