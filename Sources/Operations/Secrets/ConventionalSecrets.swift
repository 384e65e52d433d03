public import Kernel

/// A secret that came with the configuration: what it is, where from, and what it is worth. Never printed.
public struct ConfiguredSecret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// As the operator knows it: a key such as `secret-key`, or a variable such as `JWT_SECRET`.
    public let name: String
    /// The first signs, all verify.
    public let values: [Secret]
    /// Such as `SECRET_KEY` or `SECRET_KEY_FILE (/run/secrets/key)`.
    public let origin: String
    /// When its file was written; nil for what came another way and has no age.
    public let modifiedAt: Timestamp?
    /// Whether we use it; false for what is only seen.
    public let isUsed: Bool
    /// Of the worst of its values.
    public let judgement: SecretJudgement

    public init(
        name: String, values: [Secret], origin: String, modifiedAt: Timestamp? = nil, isUsed: Bool = true,
        judgement: SecretJudgement
    ) {
        self.name = name
        self.values = values
        self.origin = origin
        self.modifiedAt = modifiedAt
        self.isUsed = isUsed
        self.judgement = judgement
    }

    public var description: String { "\(name) from \(origin): \(judgement)" }
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "origin": origin]) }

    /// Whether both hold the same secrets in the same order.
    public func holdsSame(as other: ConfiguredSecret) -> Bool {
        guard values.count == other.values.count else { return false }
        var isSame = true
        for (a, b) in zip(values, other.values) {
            isSame = TimingSafe.equal(Array(a.reveal().utf8), Array(b.reveal().utf8)) && isSame
        }
        return isSame
    }
}

/// The variables that frameworks and platforms have agreed on, with what each is to us.
///
/// - `SECRET_KEY`: our `secret-key`, unless that is given. The app may have the same variable: keys are derived from it
///   under names of our own, so neither can make what the other signs.
/// - `JWT_SECRET`: verifies tokens that the app or its identity provider signs (HS256). Never signs ours.
/// - `REDIS_URL`: our shared limits (`redis`), under keys of our own prefix.
/// - `DATABASE_URL`: judged, and otherwise left alone: in the environments that set it, it is nearly always the app's, and
///   tables of ours have no place there. `secrets.database-url: ours` makes it our `database`.
public struct ConventionalVariable: Sendable {
    public let name: String
    /// The key that it stands in for; nil where none exists.
    public let key: String?
    let judge: @Sendable (Secret) -> SecretJudgement

    public static let all: [ConventionalVariable] = [
        ConventionalVariable(name: "SECRET_KEY", key: "secret-key") { SecretPolicy.judge($0) },
        ConventionalVariable(name: "JWT_SECRET", key: nil) { SecretPolicy.judge($0) },
        ConventionalVariable(name: "DATABASE_URL", key: "database") {
            SecretPolicy.judgeAddress($0, needsPassword: false)
        },
        ConventionalVariable(name: "REDIS_URL", key: "redis") { SecretPolicy.judgeAddress($0, needsPassword: true) },
    ]
}

/// What was found under those names.
public struct ConventionalSecrets: Sendable {
    public private(set) var secrets: [ConfiguredSecret] = []
    /// Refused: the start must not go on.
    public private(set) var errors: [ConfigurationError] = []
    /// Worth knowing, in words.
    public private(set) var notes: [String] = []
    /// Values for keys that nothing else gave.
    public private(set) var values: [String: ConfigurationValue] = [:]

    /// - Parameters:
    ///   - variables: the process's environment; other names are not looked at.
    ///   - given: keys that file, `SEAWORTHY_…` or flags have given: those win.
    ///   - databaseURL: what `DATABASE_URL` is.
    public init(
        variables: [String: String], given: Set<String>, environment: DeploymentEnvironment,
        databaseURL: DatabaseURLUse = .notOurs
    ) {
        for variable in ConventionalVariable.all {
            let isOurs = variable.name != "DATABASE_URL" || databaseURL == .ours
            let isUsed = isOurs && !(variable.key.map { given.contains($0) } ?? false)
            guard let (values, origin, modifiedAt) = read(variable.name, variables, environment, isUsed: isUsed) else {
                continue
            }
            let flaws = values.map { variable.judge($0) }.first { !$0.isStrong } ?? .strong
            secrets.append(
                ConfiguredSecret(
                    name: variable.name, values: values, origin: origin, modifiedAt: modifiedAt, isUsed: isUsed,
                    judgement: flaws))
            judge(variable, flaws, origin: origin, environment: environment, isUsed: isUsed)
            if isUsed, let key = variable.key {
                let nodes = values.map { ConfigurationNode.scalar($0.reveal()) }
                self.values[key] = ConfigurationValue(
                    nodes.count == 1 ? nodes.first ?? .list([]) : .list(nodes), origin: origin)
            }
        }
        noteUnused()
    }

    private mutating func judge(
        _ variable: ConventionalVariable, _ judgement: SecretJudgement, origin: String,
        environment: DeploymentEnvironment, isUsed: Bool
    ) {
        guard !judgement.isStrong else { return }
        if environment == .production, isUsed {
            errors.append(
                ConfigurationError(
                    key: variable.name, given: nil, valid: SecretSettings.refusal(judgement), origin: origin,
                    refusesSecret: true))
        } else {
            notes.append(
                "\(variable.name) is \(judgement)" + (isUsed ? ": production will refuse it" : " (we don't use it)"))
        }
    }

    private mutating func noteUnused() {
        let first = secrets.compactMap { secret in secret.values.first.map { (name: secret.name, secret: $0) } }
        for (name, other) in SecretPolicy.reused(first) {
            notes.append("\(name) is the same as \(other): what one place loses, the other loses too")
        }
        guard let database = secrets.first(where: { $0.name == "DATABASE_URL" }), !database.isUsed else { return }
        notes.append(
            "DATABASE_URL is in this process's environment and not opened: if it is the app's, keep it out of here; if it is ours, set secrets.database-url: ours or give --database"
        )
    }

    /// The value, from the variable or from the file that `NAME_FILE` names; nil when neither is set.
    private mutating func read(
        _ name: String, _ variables: [String: String], _ environment: DeploymentEnvironment, isUsed: Bool
    ) -> (values: [Secret], origin: String, modifiedAt: Timestamp?)? {
        let direct = variables[name].flatMap { $0.isEmpty ? nil : $0 }
        let fileName = name + "_FILE"
        guard let path = variables[fileName], !path.isEmpty else {
            guard let direct else { return nil }
            let lines = direct.split(whereSeparator: \.isNewline).map { Secret(String($0)) }
            return (name == "SECRET_KEY" ? lines : [Secret(direct)], name, nil)
        }
        let origin = "\(fileName) (\(path))"
        guard direct == nil else {
            if isUsed {
                errors.append(
                    ConfigurationError(
                        key: name, given: nil, valid: "given twice: by \(name) and by \(fileName); keep one",
                        origin: origin))
            }
            return nil
        }
        do {
            let file = try SecretFile(
                at: path, environment: environment, credentials: variables["CREDENTIALS_DIRECTORY"])
            if let concern = file.concern { notes.append("\(origin) \(concern): production will refuse it") }
            return (name == "SECRET_KEY" ? file.lines : [try file.single()], origin, file.modifiedAt)
        } catch {
            if isUsed {
                errors.append(
                    ConfigurationError(
                        key: name, given: nil, valid: "\(error)", origin: origin, refusesSecret: true))
            } else {
                notes.append("\(origin) \(error)")
            }
            return nil
        }
    }

    /// Names whose secrets are others than before: for the log line of a reload. Also those that came or went.
    public func changes(since earlier: ConventionalSecrets) -> [String] {
        ConventionalVariable.all.map(\.name).filter { name in
            let (old, new) = (earlier.secrets.first { $0.name == name }, secrets.first { $0.name == name })
            guard let old, let new else { return (old == nil) != (new == nil) }
            return !new.holdsSame(as: old)
        }
    }
}

/// Whose database `DATABASE_URL` is.
public enum DatabaseURLUse: String, Sendable, CaseIterable {
    case notOurs = "not-ours"
    case ours
}
