public import Kernel
import NIOHTTP1
public import Web

/// What is known of the app's own sign-in over one exchange.
final class AdoptedMemory: SignInMemory {
    /// The session that this request showed and that is alive.
    var live: (key: String, account: String, begun: Int64)?
    /// What the app's session cookies held, as they went to the app.
    var shown: [(name: String, value: String)] = []
    /// A session that another replica began a moment ago, as its cookie says: nothing can be told of it yet.
    var pending: (key: String, begun: Int64)?
    /// Cookies that the browser must drop.
    var expired: [(name: String, path: String?, domain: String?)] = []
    /// Why a session that the request showed doesn't count.
    var isOver = false
    /// Our own cookie is of no use any more.
    var dropsOurs = false
    /// A session that began with this exchange's answer.
    var started: IdentityFlows.AdoptedStart?
    /// The app's cookie that was there before and is still the session's.
    var kept: (name: String, value: String)?
    /// The `Cookie` pair that makes a browser known; it never reaches the app.
    var device: String?
    var attempt: AdoptedAttempt?
    var isSettled = false
    var isLogout = false
    /// The session waits for its second factor: nothing of the app's is opened.
    var isHeld = false
    /// The target is the app's sign-out.
    var mayLeave = false
    /// Where nothing is enforced: it would wait.
    var wouldHold = false
    /// What our own cookie's session is kept under.
    lazy var ownKey: String? = ownSecret().map { OneTimeSecret.hash($0) }
    private let ownSecret: () -> String?

    init(ownSecret: @escaping () -> String? = { nil }) { self.ownSecret = ownSecret }
}

/// Follows the app's own sessions: seals the app's cookies together with ours as they go out, opens them as they come back, and
/// forwards none whose session is over.
///
/// It has the mode of `identity.adopt`, but does in each of them what keeps the others possible: what was sealed in `enforce` is
/// opened in `observe` and `off`, too, where nothing new is sealed.
public struct AdoptedSessionStage: GatewayStage {
    public let name = "AdoptedSession"
    public let control = "identity.adopt"
    public let mode = ControlMode.enforce
    public var listedMode: ControlMode { adoption.mode }
    public let phases: StagePhases = [.receive, .respond]
    private let flows: IdentityFlows
    private let adoption: AdoptionSettings
    private let bound: Set<String>
    private let logoutPaths: Set<String>
    private let personalPages: Set<String>
    private let demand: FactorDemand
    private let prefersHTML: @Sendable ([String]) -> Bool

    /// - Parameters:
    ///   - personalPages: pages of our own that depend on who asks.
    ///   - prefersHTML: whether `Accept` is a browser's that wants a page.
    public init(
        _ flows: IdentityFlows, personalPages: Set<String>,
        prefersHTML: @escaping @Sendable ([String]) -> Bool = { _ in false }
    ) {
        self.flows = flows
        self.prefersHTML = prefersHTML
        demand = flows.factorDemand
        self.personalPages = personalPages
        adoption = flows.settings.adoption
        bound = adoption.boundCookies
        logoutPaths = Set(adoption.logoutPaths.map { LoginAnswer.folded($0[...]) })
    }

    private var service: IdentityService { flows.service }

    // MARK: The request

    public func receive(_ exchange: inout Exchange) -> Verdict {
        let isLogout = !logoutPaths.isEmpty && exchange.target.matches(logoutPaths)
        guard exchange.request.has(.cookie) else { return .proceed }
        let lines = exchange.request.values(.cookie)
        let cookies = SessionCookies(isSecure: exchange.externalScheme == .https, ownPrefix: flows.ownPrefix)
        let memory = AdoptedMemory { cookies.session(in: lines).map(String.init) }
        memory.isLogout = isLogout
        // As it is written, so that no other reading of a target lets something else through.
        memory.mayLeave = adoption.logoutPaths.contains(exchange.target.path)
        memory.device = cookies.device(in: lines).map { "\(cookies.name(SessionCookies.device))=\($0)" }
        var standing = Standing.none
        let kept = lines.map { forwarded($0, memory, &standing) }
        if standing.isNone, adoption.mode != .off, let key = memory.ownKey {
            standing = judge(key, begun: nil)
            if case .over = standing { memory.dropsOurs = true }
        }
        exchange.signInMemory = memory
        if exchange.destination == .upstream, kept != lines.map(Optional.some) {
            exchange.request.remove(.cookie)
            for case let line? in kept { exchange.request.append(.cookie, "Cookie", line) }
        }
        switch standing {
        case .live(let caller): found(caller, memory, &exchange)
        case .held(let caller):
            guard adoption.mode == .enforce else {
                memory.wouldHold = true
                if let caller { found(caller, memory, &exchange) }
                return .proceed
            }
            return held(caller, memory, &exchange)
        case .over:
            memory.isOver = true
            memory.dropsOurs = true
            if adoption.mode == .enforce { exchange.note("adopt.session-over") }
        case .unknown:
            let isOpen = exchange.policy?.access == .public && !personalPages.contains(exchange.target.path)
            if adoption.mode == .enforce, !isOpen { return .refuse(SignInStage.stale) }
        case .none:
            if exchange.isWebSocketUpgrade, let pending = memory.pending {
                exchange.socketCaller = socketCaller(pending.key, begun: pending.begun)
            }
        }
        return .proceed
    }

    /// With `observe` its end is seen and nothing follows from it, for sockets as for requests.
    private func socketCaller(_ key: String, begun: Int64) -> SocketCaller? {
        guard adoption.mode == .enforce else { return nil }
        return service.adoptedSocketCaller(key, begun: begun, idle: flows.settings.idle)
    }

    private func found(_ caller: SignedIn, _ memory: AdoptedMemory, _ exchange: inout Exchange) {
        exchange.caller = caller
        memory.live = (
            caller.sessionKey, caller.account, caller.authenticatedAt.nanosecondsSinceEpoch / 1_000_000_000
        )
        if exchange.isWebSocketUpgrade { exchange.socketCaller = socketCaller(caller.sessionKey, begun: 0) }
    }

    /// A session that waits for its second factor: our own pages see it; of the app only what is declared public, as for visitors,
    /// and its sign-out.
    ///
    /// - Parameter caller: nil where another replica began it a moment ago.
    private func held(
        _ caller: SignedIn?, _ memory: AdoptedMemory, _ exchange: inout Exchange
    ) -> Verdict {
        memory.isHeld = true
        exchange.enrolling = caller
        guard exchange.destination == .upstream else { return .proceed }
        if memory.mayLeave, let caller {
            memory.live = (
                caller.sessionKey, caller.account, caller.authenticatedAt.nanosecondsSinceEpoch / 1_000_000_000
            )
            return .proceed
        }
        let wantsPage = wantsPage(exchange.request)
        let isDeclared = exchange.policy?.access == .public && exchange.policy?.route != "default"
        // The app's cookies aren't with it: a style sheet or a picture, not a page.
        if isDeclared, !wantsPage { return .proceed }
        let problem = IdentityFlows.factorAwaited(at: flows.ownPrefix)
        guard wantsPage else { return .refuse(problem) }
        var head = ResponseHead(status: .seeOther)
        // What a form sent is lost; its page is asked for anew.
        let target = exchange.request.method == .GET ? exchange.request.target : "/"
        let place = String(decoding: target.utf8.prefix(1500), as: UTF8.self).percentEncodedForQuery
        head.fields.add(name: "location", value: "\(flows.ownPrefix)/sign-in/second-factor?return-to=\(place)")
        head.fields.add(name: "cache-control", value: "no-store")
        return .answer(Response(head, reason: problem.reason))
    }

    /// A browser's navigation, a form's included: not a program, nor a script of the page.
    private func wantsPage(_ request: RequestHead) -> Bool {
        guard !request.has(.upgrade) else { return false }
        if let mode = request.first(.secFetchMode), mode != "navigate" { return false }
        return prefersHTML(request.values(.accept))
    }

    /// What a cookie says of a session.
    private enum Standing {
        case none
        case live(SignedIn)
        /// It waits for a second factor; nil where only its cookie says so yet.
        case held(SignedIn?)
        /// It was one and is over.
        case over
        /// The view is too old to say.
        case unknown

        var isNone: Bool { if case .none = self { true } else { false } }
    }

    private func judge(_ key: String, begun: Int64?, awaitsFactor: Bool = false) -> Standing {
        switch service.whoIs(key: key, idle: flows.settings.idle) {
        case .signedIn(let caller), .enrolling(let caller):
            guard demand.isOn, caller.secondFactorAt == nil, demand.holds(caller, service.view.session(key)?.row)
            else { return .live(caller) }
            let isLate = flows.now.since(caller.authenticatedAt) >= FactorDemand.span
            return isLate && adoption.mode == .enforce ? .over : .held(caller)
        case .unknown: return .unknown
        case .nobody:
            if let begun, service.view.maySoonKnow(key, begun: begun, at: flows.now) {
                return awaitsFactor && demand.isOn ? .held(nil) : .none
            }
            return .over
        }
    }

    /// As above for what the app's cookie is bound to: our own cookie may be of a session that goes on from it.
    private func judge(
        _ key: String, begun: Int64?, awaitsFactor: Bool = false, beside memory: AdoptedMemory
    ) -> Standing {
        let standing = judge(key, begun: begun, awaitsFactor: awaitsFactor)
        if case .live = standing { return standing }
        guard let own = memory.ownKey, own != key, let row = service.view.session(own)?.row, row.origins.contains(key)
        else { return standing }
        return judge(own, begun: nil)
    }

    /// A `Cookie` line as the app gets it; nil when nothing of it is left.
    private func forwarded(_ line: String, _ memory: AdoptedMemory, _ standing: inout Standing) -> String? {
        guard
            CookiePairs(line).contains(where: { SessionCookies.isOurs($0.name) || bound.contains(String($0.name)) })
        else { return line }
        var kept: [String] = []
        for (name, value) in CookiePairs(line) where !SessionCookies.isOurs(name) {
            let name = String(name)
            guard bound.contains(name) else {
                kept.append("\(name)=\(value)")
                continue
            }
            if SealedCookie.isOne(value) {
                if let plain = unsealed(name, value, memory, &standing) { kept.append("\(name)=\(plain)") }
            } else if isAlive(name, value, memory, &standing) {
                memory.shown.append((name, String(value)))
                kept.append("\(name)=\(value)")
            }
        }
        return kept.isEmpty ? nil : kept.joined(separator: "; ")
    }

    /// What the app set; nil where it must not see it again.
    private func unsealed(
        _ name: String, _ value: Substring, _ memory: AdoptedMemory, _ standing: inout Standing
    ) -> String? {
        guard let sealed = SealedCookie.opened(value, name: name, keys: service.keys) else {
            // Sealed by a key that is gone, or by nobody: the app couldn't read it either.
            memory.expired.append((name, nil, nil))
            return nil
        }
        // With `off` nothing is guarded: sessions go on as the app has them.
        if adoption.mode != .off {
            let found = judge(
                sealed.session, begun: sealed.begun, awaitsFactor: sealed.awaitsFactor, beside: memory)
            merge(found, into: &standing)
            if case .none = found { memory.pending = (sealed.session, sealed.begun) }
            if case .over = found, adoption.mode == .enforce {
                memory.expired.append((name, sealed.path, sealed.domain))
                return nil
            }
            if withheld(found, memory) { return nil }
            // The view is too old to say, and the cookie says that a second factor was wanted: what is public is so without it.
            if case .unknown = found, sealed.awaitsFactor, demand.isOn, adoption.mode == .enforce { return nil }
        }
        memory.shown.append((name, sealed.value))
        return sealed.value
    }

    /// Whether a cookie that isn't sealed may pass: those that nobody bound may.
    private func isAlive(
        _ name: String, _ value: Substring, _ memory: AdoptedMemory, _ standing: inout Standing
    ) -> Bool {
        guard adoption.mode != .off, let session = service.adopted?.session(of: name, value) else { return true }
        let found = judge(session, begun: nil, beside: memory)
        merge(found, into: &standing)
        if withheld(found, memory) { return false }
        guard case .over = found, adoption.mode == .enforce else { return true }
        memory.expired.append((name, nil, nil))
        return false
    }

    /// Whether the app must not see a cookie yet.
    private func withheld(_ found: Standing, _ memory: AdoptedMemory) -> Bool {
        guard case .held(let caller) = found, adoption.mode == .enforce else { return false }
        return !memory.mayLeave || caller == nil
    }

    /// One that waits counts before a live one, so that nobody brings it in beside another; a live one before one that is over:
    /// browsers send what other paths left behind.
    private func merge(_ found: Standing, into standing: inout Standing) {
        if case .held = standing { return }
        if case .held = found {
            standing = found
            return
        }
        if case .live = standing { return }
        if case .none = found { return }
        standing = found
    }

    // MARK: The answer

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.responseOrigin == .upstream || exchange.signInMemory != nil else { return .pass }
        SessionCookies.takeOurs(outOf: &head, &exchange)
        guard let memory = exchange.signInMemory as? AdoptedMemory else { return .pass }
        let cookies = SessionCookies(isSecure: exchange.externalScheme == .https, ownPrefix: flows.ownPrefix)
        var isOurs = false
        var set: Set<String> = []
        if exchange.responseOrigin == .upstream {
            follow(memory, head)
            set = bind(memory, &head, &exchange)
        }
        if let started = memory.started {
            isOurs = true
            head.fields.add(.setCookie, "set-cookie", cookies.session(started.secret))
            head.fields.add(.setCookie, "set-cookie", cookies.device(started.device))
        }
        // Our own pages set and take away our cookie themselves.
        guard exchange.destination == .upstream, adoption.mode != .off else { return .pass }
        if memory.dropsOurs, !isOurs { head.fields.add(.setCookie, "set-cookie", cookies.sessionRemoval()) }
        for (name, path, domain) in memory.expired where set.insert(name).inserted {
            head.fields.add(
                .setCookie, "set-cookie", AppCookieLine.removal(of: name, path: path, domain: domain))
        }
        return .pass
    }

    /// Ends our session where the app has ended its own.
    private func follow(_ memory: AdoptedMemory, _ head: ResponseHead) {
        guard let live = memory.live, memory.started == nil, head.status.code < 400 else { return }
        let takesAway = head.fields.values(.setCookie).contains { line in
            guard let cookie = AppCookieLine(line), cookie.isRemoval else { return false }
            return adoption.sessionCookies.contains(cookie.name)
        }
        guard takesAway || memory.isLogout else { return }
        flows.endAdopted(live.key, account: live.account, reason: "sign-out")
        memory.live = nil
        memory.isHeld = false
        memory.dropsOurs = true
    }

    /// Seals the cookies that the app sets for a session of ours.
    ///
    /// - Returns: names of the bound cookies that the answer sets or takes away.
    private func bind(
        _ memory: AdoptedMemory, _ head: inout ResponseHead, _ exchange: inout Exchange
    ) -> Set<String> {
        var set: Set<String> = []
        guard head.fields.has(.setCookie) || memory.kept != nil else { return set }
        let session =
            memory.started.map { (key: $0.key, begun: $0.begun, awaits: $0.awaitsFactor) }
            ?? memory.live.map { (key: $0.key, begun: $0.begun, awaits: memory.isHeld) }
        // What isn't sealed would open the app without a second factor, or take a waiting session's place.
        let sealsAll = adoption.mode == .enforce && (session?.awaits ?? memory.isHeld)
        var lines = head.fields.values(.setCookie)
        if let kept = memory.kept {
            lines.append("\(kept.name)=\(kept.value); Path=/; HttpOnly; SameSite=Lax")
        }
        let bound = lines.compactMap { line -> String? in
            guard let cookie = AppCookieLine(line), self.bound.contains(cookie.name) else { return line }
            set.insert(cookie.name)
            guard adoption.mode == .enforce, !cookie.isRemoval else { return line }
            guard let session else { return sealsAll ? nil : line }
            guard cookie.value.utf8.count <= AdoptionSettings.longestCookie else {
                exchange.note("adopt.cookie-too-long")
                return sealsAll ? nil : line
            }
            let sealed = SealedCookie(
                session: session.key, begun: session.begun, awaitsFactor: session.awaits, path: cookie.path,
                domain: cookie.domain,
                value: cookie.value)
            guard let text = try? sealed.sealed(name: cookie.name, keys: service.keys, random: service.random) else {
                return sealsAll ? nil : line
            }
            return cookie.with(value: text)
        }
        guard bound != head.fields.values(.setCookie) else { return set }
        head.fields.remove(.setCookie)
        for line in bound { head.fields.add(.setCookie, "set-cookie", line) }
        return set
    }
}

extension TargetReadings {
    /// Whether a framework might take the target for one of these paths, which are in lower case and without a slash at the end.
    func matches(_ paths: Set<String>) -> Bool { readings.contains { paths.contains(LoginAnswer.folded($0[...])) } }
}
