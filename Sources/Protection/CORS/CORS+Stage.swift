public import Kernel
internal import NIOHTTP1
public import Web

/// Answers preflights for the listed origins and sees to it that no other origin reads what is not for everybody.
public struct CORSStage: GatewayStage {
    public let name = "CORS"
    public let control = "protection.cors"
    public let mode: ControlMode
    public let phases: StagePhases
    private let rule: CORSRule
    private let settings: Settings
    private let methods: String
    private let exposed: String?

    public init(_ settings: Settings) {
        self.settings = settings
        mode = settings.mode
        rule = CORSRule(
            origins: settings.leavesToApp ? .app : .list(Set(settings.origins.compactMap { WebOrigin($0) })))
        phases = settings.leavesToApp ? [] : [.receive, .respond]
        methods = settings.methods.joined(separator: ", ")
        exposed = settings.exposedHeaders.isEmpty ? nil : settings.exposedHeaders.joined(separator: ", ")
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard exchange.request.method == .OPTIONS, exchange.request.has(.origin),
            exchange.request.has(.accessControlRequestMethod),
            rule.standing(exchange.request, scheme: exchange.externalScheme) == .allowed,
            let origin = exchange.request.first(.origin)
        else { return .proceed }
        var head = ResponseHead(status: .noContent)
        allow(origin, &head.headers)
        head.headers.add(name: "Access-Control-Allow-Methods", value: methods)
        if let allowed = allowedHeaders(exchange.request.first(.accessControlRequestHeaders)) {
            head.headers.add(name: "Access-Control-Allow-Headers", value: allowed)
        }
        head.headers.add(name: "Access-Control-Max-Age", value: String(settings.maxAge))
        return .answer(Response(head, reason: "cors.preflight"))
    }

    /// What the preflight asks for, as far as it is allowed.
    private func allowedHeaders(_ asked: String?) -> String? {
        guard let asked else { return nil }
        let names = asked.listMembers.map { $0.lowercased() }.filter { $0.utf8.allSatisfy(\.isTokenCharacter) }
        let allowed = settings.headers.contains("*") ? names : names.filter { settings.headers.contains($0) }
        return allowed.isEmpty ? nil : allowed.prefix(64).joined(separator: ", ")
    }

    private func allow(_ origin: String, _ headers: inout HTTPHeaders) {
        headers.replaceOrAdd(name: "Access-Control-Allow-Origin", value: origin)
        if settings.allowsCredentials {
            headers.replaceOrAdd(name: "Access-Control-Allow-Credentials", value: "true")
        }
        Vary.add("Origin", to: &headers)
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        if exchange.policy?.isPublicToOrigins == true {
            strip(&head.headers)
            head.headers.add(name: "Access-Control-Allow-Origin", value: "*")
            return .pass
        }
        // Without Origin the app's answer goes to nobody else; what it says unasked is judged all the same, because a
        // shared cache could hand it on.
        let appSays = head.headers.first(name: "access-control-allow-origin")
        guard exchange.request.has(.origin) || appSays != nil else { return .pass }
        switch rule.standing(exchange.request, scheme: exchange.externalScheme) {
        case .allowed:
            guard let origin = exchange.request.first(.origin), exchange.responseOrigin != .stage else { return .pass }
            strip(&head.headers, keepsPreflight: true)
            allow(origin, &head.headers)
            if let exposed { head.headers.add(name: "Access-Control-Expose-Headers", value: exposed) }
        case .sameOrigin, .foreign:
            guard let appSays else { return .pass }
            let credentials = head.headers.first(name: "access-control-allow-credentials") != nil
            if CORSRule.keepsAppAnswer(appSays, credentials: credentials) { return .pass }
            if exchange.request.has(.origin) { exchange.note("cors.app-answer-removed") }
            strip(&head.headers)
            Vary.add("Origin", to: &head.headers)
        }
        return .pass
    }

    private func strip(_ headers: inout HTTPHeaders, keepsPreflight: Bool = false) {
        let kept = headers.filter { name, _ in
            guard name.hasPrefixIgnoringCase("access-control-") else { return true }
            guard keepsPreflight else { return false }
            return !name.isEqualIgnoringCase(to: "access-control-allow-origin")
                && !name.isEqualIgnoringCase(to: "access-control-allow-credentials")
        }
        if kept.count < headers.count { headers = HTTPHeaders(kept.map { ($0.name, $0.value) }) }
    }
}

/// Merges into `Vary` (RFC 9110 §12.5.5).
enum Vary {
    static func add(_ field: String, to headers: inout HTTPHeaders) {
        let lines = headers[canonicalForm: "vary"]
        let folded = field.lowercased()
        if lines.contains(where: { $0 == "*" || $0.isEqualIgnoringCase(to: folded) }) { return }
        if lines.isEmpty {
            headers.add(name: "Vary", value: field)
        } else {
            headers.replaceOrAdd(name: "Vary", value: lines.joined(separator: ", ") + ", " + field)
        }
    }
}
