import Egress
import Kernel

extension SignInProvider {
    private static let most = 12
    private static let keys: Set<String> = [
        "title", "issuer", "authorize", "token", "user-info", "emails", "client-id", "scopes", "email-claim",
        "subject-claim", "sign-up", "link-by-address",
    ]

    /// Reads `identity.providers` and their secrets; what is wrong with one is told by its own key.
    static func read(_ reader: inout ConfigurationReader) -> [SignInProvider] {
        let entries = reader.read(
            Setting<[ConfigurationEntry]>(
                "identity.providers", summary: "Who else signs people in, by OpenID Connect or OAuth 2.",
                form: """
                    a map of at most \(most) names to {title, client-id, issuer: https://…, scopes: [openid, email], \
                    email-claim: email, sign-up: off|open, link-by-address: true|false}; OAuth 2 without discovery has \
                    {authorize, token, user-info, emails: https://…, subject-claim: id} instead of issuer
                    """, default: [], defaultText: "{}",
                parse: { node in
                    guard case .mapping(let entries) = node, entries.count <= most else { return nil }
                    return entries
                }))
        let secrets = reader.read(
            Setting<[String: Secret]>(
                "identity.provider-secrets", summary: "What providers know this client by: client secrets by name.",
                form: "a map of names to secrets; in a file of its own, lines of `NAME: SECRET`", default: [:],
                defaultText: "{}", isSecret: true, parse: parsed))
        var providers: [SignInProvider] = []
        for entry in entries {
            guard let provider = read(entry, secrets[entry.key], &reader) else { continue }
            if providers.contains(where: { $0.name == provider.name }) {
                report(&reader, entry.key, "", nil, "given twice; keep one")
            }
            providers.append(provider)
        }
        for name in secrets.keys.sorted() where !entries.contains(where: { $0.key == name }) {
            reader.report(
                ConfigurationError(
                    key: "identity.provider-secrets", given: nil,
                    valid: "secrets of providers that identity.providers names; \(name.prefix(40)) isn't one",
                    origin: reader.origin(of: "identity.provider-secrets")))
        }
        return providers
    }

    private static func parsed(_ node: ConfigurationNode) -> [String: Secret]? {
        var pairs: [(String, String)] = []
        switch node {
        case .scalar(let text):
            for line in text.split(whereSeparator: \.isNewline) {
                let halves = line.split(separator: ":", maxSplits: 1)
                guard halves.count == 2 else { return nil }
                pairs.append((trimmed(halves[0]), trimmed(halves[1])))
            }
        case .mapping(let entries):
            for entry in entries {
                guard let text = entry.value.text else { return nil }
                pairs.append((entry.key, text))
            }
        case .list: return nil
        }
        guard pairs.allSatisfy({ isName($0.0) && (1...1024).contains($0.1.utf8.count) && isVisible($0.1) }) else {
            return nil
        }
        var secrets: [String: Secret] = [:]
        for (name, text) in pairs {
            guard secrets.updateValue(Secret(text), forKey: name) == nil else { return nil }
        }
        return secrets
    }

    private static func trimmed(_ text: Substring) -> String { String(text.trimming { $0 == " " || $0 == "\t" }) }
    private static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

    private static func report(
        _ reader: inout ConfigurationReader, _ name: String, _ key: String, _ given: String?, _ valid: String
    ) {
        let whole = "identity.providers.\(name.prefix(40))" + (key.isEmpty ? "" : ".\(key.prefix(40))")
        reader.report(
            ConfigurationError(key: whole, given: given, valid: valid, origin: reader.origin(of: "identity.providers")))
    }

    // MARK: One provider

    private static func read(
        _ entry: ConfigurationEntry, _ secret: Secret?, _ reader: inout ConfigurationReader
    ) -> SignInProvider? {
        let name = entry.key
        guard isName(name) else {
            report(&reader, name, "", name, "a name of 1 to 32 lower-case letters, digits and hyphens")
            return nil
        }
        guard case .mapping(let members) = entry.value else {
            report(
                &reader, name, "", nil, "a map with client-id and issuer, or client-id, authorize, token and user-info")
            return nil
        }
        var texts: [String: String] = [:]
        var scopes: [String]?
        let before = reader.errors.count
        for member in members {
            switch (member.key, member.value) {
            case ("client-secret", _):
                report(&reader, name, "client-secret", nil, "secrets stand apart, in identity.provider-secrets")
            case ("scopes", .list(let nodes)): scopes = nodes.map { $0.text ?? "" }
            case ("scopes", .scalar(let text)): scopes = text.split(separator: " ").map(String.init)
            case (let key, .scalar(let text)) where keys.contains(key): texts[key] = text
            case (let key, _):
                let nearest = keys.min { editDistance($0, key) < editDistance($1, key) } ?? ""
                report(&reader, name, key, nil, "no such key, or not of this form; the nearest is \(nearest)")
            }
        }
        let kind = kind(name, texts, &reader)
        check(name, texts, scopes, &reader)
        guard let kind, reader.errors.count == before, let client = texts["client-id"] else { return nil }
        var isOpenID = false
        if case .openID = kind { isOpenID = true }
        return SignInProvider(
            name: name, title: texts["title"] ?? name.prefix(1).uppercased() + name.dropFirst(), kind: kind,
            clientID: client, clientSecret: secret,
            scopes: scopes ?? (isOpenID ? ["openid", "email"] : ["user:email"]),
            emailClaim: texts["email-claim"] ?? "email", subjectClaim: texts["subject-claim"] ?? "id",
            takesUnknown: texts["sign-up"] == "open", linksByAddress: texts["link-by-address"] != "false")
    }

    private static func check(
        _ name: String, _ texts: [String: String], _ scopes: [String]?, _ reader: inout ConfigurationReader
    ) {
        if !(1...255).contains(texts["client-id"]?.utf8.count ?? 0) || !isVisible(texts["client-id"] ?? "") {
            report(&reader, name, "client-id", texts["client-id"], "what the provider calls this client: must be given")
        }
        if let title = texts["title"],
            !(1...40).contains(title.count) || title.unicodeScalars.contains(where: \.isControl)
        {
            report(&reader, name, "title", nil, "1 to 40 characters")
        }
        if let signUp = texts["sign-up"], signUp != "off", signUp != "open" {
            report(&reader, name, "sign-up", signUp, "off or open")
        }
        if let link = texts["link-by-address"], link != "true", link != "false" {
            report(&reader, name, "link-by-address", link, "true or false")
        }
        for key in ["email-claim", "subject-claim"] {
            if let claim = texts[key], !(1...100).contains(claim.utf8.count) || !isVisible(claim) {
                report(&reader, name, key, nil, "the name of a claim")
            }
        }
        if let scopes, !scopes.allSatisfy({ (1...200).contains($0.utf8.count) && isVisible($0) }) || scopes.count > 20 {
            report(&reader, name, "scopes", nil, "a list of scopes, such as [openid, email]")
        }
        if texts["issuer"] != nil, let scopes, !scopes.contains("openid") {
            report(
                &reader, name, "scopes", scopes.joined(separator: " "), "openid among them: without it nobody is told")
        }
    }

    private static func kind(
        _ name: String, _ texts: [String: String], _ reader: inout ConfigurationReader
    ) -> Kind? {
        let declared = ["authorize", "token", "user-info"]
        for key in ["issuer", "emails"] + declared {
            guard let text = texts[key], let fault = fault(text, key, reader.environment) else { continue }
            report(&reader, name, key, text, fault)
        }
        if let issuer = texts["issuer"] {
            for key in declared + ["emails", "subject-claim"] where texts[key] != nil {
                report(&reader, name, key, nil, "not beside issuer, which tells it")
            }
            return .openID(issuer: issuer)
        }
        guard let authorize = texts["authorize"], let token = texts["token"], let userInfo = texts["user-info"] else {
            report(
                &reader, name, "issuer", nil, "must be given; or, for OAuth 2, all of authorize, token and user-info")
            return nil
        }
        return .oauth(.init(authorize: authorize, token: token, userInfo: userInfo, emails: texts["emails"]))
    }

    private static func fault(_ text: String, _ key: String, _ environment: DeploymentEnvironment) -> String? {
        let target: EgressTarget
        do {
            target = try EgressTarget(text)
        } catch {
            return error.detail
        }
        if !target.isTLS, environment == .production { return "must start with https:// in production" }
        if text.contains("#") { return "an address without #" }
        if key == "issuer", text.contains("?") {
            return "an address without ? and #, exactly as the provider writes it"
        }
        return nil
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control || properties.generalCategory == .format }
}
