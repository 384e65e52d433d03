public import Kernel
internal import NIOCore
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
    private let routes: RouteTable?

    /// - Parameter routes: those with `cors: public` have their preflights answered here.
    public init(_ settings: Settings, routes: [RouteRule] = []) {
        self.routes = routes.contains(where: \.isPublicToOrigins) ? RouteTable(rules: routes, unlisted: nil) : nil
        self.settings = settings
        mode = settings.mode
        rule = CORSRule(origins: Set(settings.origins.compactMap { WebOrigin($0) }))
        // A preflight is answered for somebody: for a listed origin, or for all on a public route.
        let answersPreflights = !rule.origins.isEmpty || self.routes != nil
        phases = settings.leavesToApp ? [] : answersPreflights ? [.receive, .respond] : .respond
        methods = settings.methods.joined(separator: ", ")
        exposed = settings.exposedHeaders.isEmpty ? nil : settings.exposedHeaders.joined(separator: ", ")
    }

    // MARK: - Preflights

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard isPreflight(exchange.request), let origin = exchange.request.first(.origin) else { return .proceed }
        guard rule.standing(exchange.request, scheme: exchange.externalScheme) == .allowed else {
            return publicPreflight(exchange) ?? .proceed
        }
        var head = ResponseHead(status: .noContent)
        allow(origin, &head.fields)
        answerPreflight(exchange.request, &head.fields)
        return .answer(Response(head, reason: "cors.preflight"))
    }

    /// The route is judged by the method that will come, not by OPTIONS: a rule may name its methods. Nothing of it
    /// reaches the app, so nothing else has to be asked.
    private func publicPreflight(_ exchange: borrowing Exchange) -> Verdict? {
        guard let routes, let method = exchange.request.first(.accessControlRequestMethod), !method.isEmpty,
            method.utf8.allSatisfy(\.isTokenCharacter)
        else { return nil }
        let found = routes.decide(exchange.target, methods: [method])
        guard found.decision.isPublicToOrigins, found.decision.access < .signedIn else { return nil }
        var head = ResponseHead(status: .noContent)
        head.fields.set(name: "Access-Control-Allow-Origin", value: "*")
        answerPreflight(exchange.request, &head.fields)
        head.fields.set(name: "Access-Control-Allow-Methods", value: method)
        return .answer(Response(head, reason: "cors.preflight"))
    }

    private func isPreflight(_ request: RequestHead) -> Bool {
        request.has(.origin) && request.has(.accessControlRequestMethod) && request.method == .OPTIONS
    }

    private func answerPreflight(_ request: RequestHead, _ fields: inout FieldList) {
        fields.set(name: "Access-Control-Allow-Methods", value: methods)
        if let allowed = allowedHeaders(request.first(.accessControlRequestHeaders)) {
            fields.set(name: "Access-Control-Allow-Headers", value: allowed)
        }
        fields.set(name: "Access-Control-Max-Age", value: String(settings.maxAge))
        Vary.add("Access-Control-Request-Method", to: &fields)
        Vary.add("Access-Control-Request-Headers", to: &fields)
    }

    /// What the preflight asks for, as far as it is allowed.
    private func allowedHeaders(_ asked: String?) -> String? {
        guard let asked else { return nil }
        let names = asked.listMembers.map { $0.lowercased() }.filter { $0.utf8.allSatisfy(\.isTokenCharacter) }
        let allowed = settings.headers.contains("*") ? names : names.filter { settings.headers.contains($0) }
        return allowed.isEmpty ? nil : allowed.prefix(64).joined(separator: ", ")
    }

    // MARK: - Answers

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        if exchange.policy?.isPublicToOrigins == true { return open(exchange, &head) }
        // Who may read differs by Origin, also for a cache that saw a request without one.
        if !rule.origins.isEmpty { Vary.add("Origin", to: &head.fields) }
        guard exchange.request.has(.origin) || head.fields.has(.accessControlAllowOrigin),
            exchange.responseOrigin != .stage
        else { return .pass }
        let says = head.fields.values(.accessControlAllowOrigin)
        let standing = rule.standing(exchange.request, scheme: exchange.externalScheme)
        if standing == .allowed, let origin = exchange.request.first(.origin) {
            CORSStage.strip(&head.fields, onlyOrigin: true)
            allow(origin, &head.fields)
            if let exposed { head.fields.add(name: "Access-Control-Expose-Headers", value: exposed) }
            return .pass
        }
        if says.isEmpty || CORSRule.keepsAppAnswer(says, exchange.request, standing) { return .pass }
        if let origin = exchange.request.first(.origin) {
            exchange.note("cors.app-answer-removed", detail: String(origin.prefix(120)))
        }
        CORSStage.strip(&head.fields, onlyOrigin: false)
        Vary.add("Origin", to: &head.fields)
        return .pass
    }

    /// A route with `cors: public`: anybody's pages may read it, nobody's cookies come along.
    private func open(_ exchange: borrowing Exchange, _ head: inout ResponseHead) -> BodyPlan {
        CORSStage.strip(&head.fields, onlyOrigin: false)
        head.fields.add(name: "Access-Control-Allow-Origin", value: "*")
        guard isPreflight(exchange.request), exchange.refusal == nil else {
            if let exposed { head.fields.add(name: "Access-Control-Expose-Headers", value: exposed) }
            return .pass
        }
        answerPreflight(exchange.request, &head.fields)
        head.status = .noContent
        head.fields.remove(anyOf: FieldSet(.contentType, .contentEncoding, .contentLength))
        return .replace(ByteBuffer())
    }

    private func allow(_ origin: String, _ fields: inout FieldList) {
        fields.set(name: "Access-Control-Allow-Origin", value: origin)
        if settings.allowsCredentials {
            fields.set(name: "Access-Control-Allow-Credentials", value: "true")
        }
        Vary.add("Origin", to: &fields)
    }

    /// Takes out the app's own `Access-Control-…`, or only who is allowed.
    private static func strip(_ fields: inout FieldList, onlyOrigin: Bool) {
        if onlyOrigin {
            fields.remove(anyOf: FieldSet(.accessControlAllowOrigin, .accessControlAllowCredentials))
        } else {
            fields.removeAll { name, _ in name.hasPrefixIgnoringCase("access-control-") }
        }
    }
}
