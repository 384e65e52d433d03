import Yams

extension ReadinessConfiguration {
    static let keys = [
        "name", "start", "plain-url", "openapi", "routes", "login", "password-change", "token", "identities",
        "protected", "objects",
        "race", "races", "comments", "sign-up", "search", "profile", "upload", "redirects", "echoes", "export",
        "closed",
        "limits", "levels", "waivers", "checklist", "criteria", "weights", "attestations", "figures", "launch",
        "launch-key",
        "evidence", "artefacts",
    ]

    /// Reads the text of a `readiness.yaml`; throws `ConfigurationProblems` with everything that is wrong in it.
    ///
    /// `environment` answers `password-env`; `file` reads an OpenAPI description that is named by a path of this
    /// machine, relative to the configuration.
    public init(
        yaml: String, environment: [String: String] = [:], file: (String) -> String? = { _ in nil }
    ) throws {
        self.init()
        guard yaml.utf8.count <= 1_048_576 else {
            throw ConfigurationProblems(problems: [.init(key: "", valid: "must be at most 1 MiB")])
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            let line = (error as? YamlError).flatMap(Self.line)
            throw ConfigurationProblems(problems: [
                .init(line: line, key: "", valid: "is no valid YAML: \(Self.problem(error))")
            ])
        }
        guard let root else { return }
        var reader = YAMLReader()
        let top = reader.members(root, at: "", known: Self.keys)
        name = reader.string(top, "name", at: "")
        start = reader.path(top, "start", at: "")
        plainURL = reader.url(top, "plain-url", scheme: .http)
        openAPI = reader.openAPI(top, file: file)
        hasNoSignIn = top["login"]?.scalar?.string == "none"
        if !hasNoSignIn { login = top["login"].flatMap { reader.login($0) } }
        identities = reader.identities(top["identities"], environment: environment)
        protected = reader.protected(top["protected"])
        objects = reader.items(top["objects"], at: "objects").enumerated().compactMap { reader.object($1, $0) }
        for key in ["race", "races"] {
            race += reader.items(top[key], at: key).enumerated().compactMap { reader.race($1, key, $0) }
        }
        token = top["token"].flatMap { reader.token($0) }
        routes = reader.routes(top["routes"])
        signUp = top["sign-up"].flatMap { reader.signUp($0) }
        passwordChange = top["password-change"].flatMap { reader.passwordChange($0) }
        comments = top["comments"].flatMap { reader.comments($0) }
        search = top["search"].flatMap { reader.search($0) }
        profile = top["profile"].flatMap { reader.profile($0) }
        upload = top["upload"].flatMap { reader.upload($0) }
        redirects = reader.redirects(top["redirects"])
        echoes = reader.echoes(top["echoes"])
        exports = top["export"].flatMap { reader.export($0) }
        closed = reader.closed(top["closed"])
        if let node = top["limits"] {
            let members = reader.members(node, at: "limits", known: ["burst"])
            burst = reader.integer(members, "burst", at: "limits", in: 10...1_000) ?? burst
        }
        levels = reader.items(top["levels"], at: "levels").enumerated().compactMap { reader.level($1, $0) }
        reader.distinctLevels(top["levels"])
        let items = readChecklist(top, &reader, root)
        waivers = reader.items(top["waivers"], at: "waivers").enumerated().compactMap {
            reader.waiver($1, $0, items: items)
        }
        if let node = top["evidence"] { evidence = reader.evidence(node) }
        artefacts = reader.items(top["artefacts"], at: "artefacts").enumerated().compactMap { reader.artifact($1, $0) }
        checkNames(&reader, root)
        guard reader.problems.isEmpty else {
            throw ConfigurationProblems(problems: reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
        }
    }

    /// The checklist that the app is held to: a shipped one, the team's own items, what was signed and measured.
    ///
    /// Answers the ids of all items.
    private mutating func readChecklist(
        _ top: [String: Node], _ reader: inout YAMLReader, _ root: Node
    ) -> [String] {
        checklist = reader.string(top, "checklist", at: "")
        if let checklist, !ProfileCatalogue.names.contains(checklist) {
            reader.add(
                top["checklist"], "checklist", checklist,
                "must be one of \(ProfileCatalogue.names.joined(separator: ", "))",
                nearest: nearest(to: checklist, among: ProfileCatalogue.names))
        }
        let shipped = checklist.flatMap { try? ProfileCatalogue.profile($0) }
        criteria = reader.criteria(
            top["criteria"], at: "criteria", group: nil, levels: shipped?.stages.map(\.name) ?? ["checklist"])
        reader.distinct(criteria, root, top["criteria"])
        weights = reader.weights(top["weights"])
        reader.checkWeights(weights, top["weights"], Set((criteria + (shipped?.criteria ?? [])).map(\.group)))
        attestations = reader.items(top["attestations"], at: "attestations", limit: 2_000).enumerated().compactMap {
            reader.attestation($1, $0)
        }
        launch = reader.string(top, "launch", at: "")
        launchKey = reader.string(top, "launch-key", at: "")
        if launchKey != nil, launch == nil {
            reader.add(
                top["launch-key"], "launch-key", launchKey, "goes with `launch`: which file must it have signed?")
        }
        figures = reader.items(top["figures"], at: "figures").enumerated().compactMap { reader.figure($1, $0) }
        return (shipped?.criteria ?? []).map(\.id) + criteria.map(\.id)
    }

    /// What the parser objects to, without its copy of the line.
    private static func problem(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            visible(problem, limit: 100)
        case .duplicatedKeysInMapping(let keys, _):
            visible("given twice: \(keys.sorted().joined(separator: ", ")); keep one of each", limit: 100)
        default: visible("\(error)", limit: 100)
        }
    }

    private static func line(_ error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    /// Names that must lead somewhere: identities and objects.
    private func checkNames(_ reader: inout YAMLReader, _ root: Node) {
        let people = identities.map(\.name)
        let things = objects.map(\.name)
        func person(_ name: String?, _ key: String) {
            guard let name, !people.contains(name) else { return }
            reader.add(
                root, key, name, "must be the name of an identity", nearest: nearest(to: name, among: people))
        }
        func thing(_ name: String?, _ key: String) {
            guard let name, !things.contains(name) else { return }
            reader.add(root, key, name, "must be the name of an object", nearest: nearest(to: name, among: things))
        }
        for rule in protected { person(rule.identity, "protected.as") }
        for rule in race {
            if rule.identity == RaceRule.newcomer {
                if signUp == nil {
                    reader.add(
                        root, "race.as", RaceRule.newcomer, "needs `sign-up`, which says how an account is opened")
                }
            } else {
                person(rule.identity, "race.as")
            }
            thing(rule.object, "race.object")
        }
        person(comments?.identity, "comments.as")
        thing(comments?.object, "comments.object")
        person(search?.identity, "search.as")
        person(profile?.identity, "profile.as")
        person(exports?.identity, "export.as")
        thing(exports?.object, "export.object")
        person(upload?.identity, "upload.as")
        thing(upload?.object, "upload.object")
        // Without a word of how they sign in, that is looked for.
        if !identities.isEmpty, hasNoSignIn {
            reader.add(root, "login", "none", "identities are of no use without a sign-in")
        }
    }
}
