public import Kernel
import NIOCore
import NIOHTTP1
import Store
public import Web

/// Guards the app's own login: counts each try before the app sees it, refuses those over the limit, and reads in the app's
/// answer how it ended.
///
/// It stands last, so that what another stage refuses isn't counted. (ASVS 5.0 V6.3.1)
public struct AdoptedSignInStage: GatewayStage {
    public let name = "AdoptedSignIn"
    public let control = "identity.adopt"
    public let mode: ControlMode
    public let phases: StagePhases = [.receive, .respond, .finish]
    private let flows: IdentityFlows
    private let adoption: AdoptionSettings
    private let method: HTTPMethod
    private let paths: Set<String>

    public init(_ flows: IdentityFlows) {
        self.flows = flows
        adoption = flows.settings.adoption
        mode = adoption.mode
        method = HTTPMethod(rawValue: adoption.loginMethod)
        paths = Set(adoption.loginPaths.map { LoginAnswer.folded($0[...]) })
    }

    // MARK: The request

    public func receive(_ exchange: inout Exchange) -> Verdict {
        if mode == .observe, (exchange.signInMemory as? AdoptedMemory)?.isOver ?? false {
            _ = exchange.object(to: AdoptedSignInStage.over)
        }
        if mode == .observe, (exchange.signInMemory as? AdoptedMemory)?.wouldHold ?? false,
            exchange.destination == .upstream
        {
            _ = exchange.object(to: IdentityFlows.factorAwaited(at: flows.ownPrefix))
        }
        guard exchange.request.method == method, exchange.destination == .upstream, exchange.target.matches(paths)
        else { return .proceed }
        if adoption.success.body != nil || adoption.failure.body != nil {
            // What is compressed can't be searched.
            exchange.request.removeAll { name, _ in name.isEqualIgnoringCase(to: "accept-encoding") }
        }
        return .body(.whole(max: AdoptionSettings.mostBytes)) { [self] exchange, body in judge(&exchange, body) }
    }

    private func judge(_ exchange: inout Exchange, _ body: RequestBody) -> Verdict {
        guard case .memory(let buffer, _) = body else { return .proceed }
        let headers = exchange.request.headers
        let head = LoginForm.Head(
            type: headers["content-type"].first, encoding: headers["content-encoding"].first,
            query: exchange.target.query)
        let name: String
        switch LoginForm.read(Array(buffer.readableBytesView), head, adoption) {
        case .notASignIn:
            exchange.note("adopt.not-a-sign-in")
            return .proceed
        case .unreadable(let why):
            return exchange.object(to: AdoptedSignInStage.unreadable(why)) ?? .proceed
        case .attempt(let given): name = given
        }
        if headers["content-type"].count > 1 {
            return exchange.object(to: AdoptedSignInStage.unreadable("it has two media types")) ?? .proceed
        }
        let client = IdentityFlows.Client(
            address: exchange.clientAddress, userAgent: exchange.request.first(.userAgent),
            cookies: exchange.request.values(.cookie) + ourCookies(exchange),
            secure: SessionCookies(isSecure: exchange.externalScheme == .https, ownPrefix: flows.ownPrefix))
        let flows = flows
        let shown = ((exchange.signInMemory as? AdoptedMemory)?.shown ?? [])
            .filter { adoption.sessionCookies.contains($0.name) }.map { AdoptedCookies.key($0.name, $0.value) }
        return .wait(upTo: .seconds(10)) { [self] in
            let attempt: AdoptedAttempt
            do {
                attempt = try await flows.adoptedAttempt(name, from: client, showing: shown)
            } catch let error as DatabaseError {
                throw error.signInProblem
            }
            return { exchange in counted(attempt, &exchange) }
        }
    }

    /// The device's cookie was taken from the request before it came here.
    private func ourCookies(_ exchange: borrowing Exchange) -> [String] {
        (exchange.signInMemory as? AdoptedMemory)?.device.map { [$0] } ?? []
    }

    private func counted(_ attempt: AdoptedAttempt, _ exchange: inout Exchange) -> Verdict {
        let memory = exchange.signInMemory as? AdoptedMemory ?? AdoptedMemory()
        exchange.signInMemory = memory
        if attempt.isOverLimit {
            // Where this stage itself observes, `object` tells what it would have done.
            if flows.settings.lockout.mode == .observe, mode == .enforce, attempt.account?.status != .disabled {
                exchange.note("adopt.locked")
            } else if let refusal = exchange.object(to: AdoptedSignInStage.locked) {
                flows.adoptedFailed(attempt)
                return refusal
            }
        }
        memory.attempt = attempt
        return .proceed
    }

    // MARK: The answer

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard let memory = exchange.signInMemory as? AdoptedMemory, let attempt = memory.attempt, !memory.isSettled
        else { return .pass }
        guard exchange.responseOrigin == .upstream else {
            // The app didn't answer: it can't have said whether the password was right.
            memory.isSettled = true
            flows.giveBack(attempt)
            return .pass
        }
        let answer = LoginAnswer(head)
        if adoption.success.body == nil, adoption.failure.body == nil {
            guard let problem = settle(answer.ending(adoption), answer, memory, attempt, &exchange) else {
                return .pass
            }
            return .peek(0) { _, head, _, _ in AdoptedSignInStage.refuse(problem, &head) }
        }
        return .peek(16_384) { [self] exchange, head, bytes, _ in
            guard let memory = exchange.signInMemory as? AdoptedMemory, let attempt = memory.attempt,
                !memory.isSettled
            else { return .pass }
            let ending = answer.ending(adoption, body: String(buffer: bytes))
            guard let problem = settle(ending, answer, memory, attempt, &exchange) else { return .pass }
            return AdoptedSignInStage.refuse(problem, &head)
        }
    }

    private static func refuse(_ problem: Problem, _ head: inout ResponseHead) -> PeekVerdict {
        head.fields.removeAll { name, _ in
            name.isEqualIgnoringCase(to: "location") || name.isEqualIgnoringCase(to: "set-cookie")
        }
        return .refuse(problem)
    }

    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        guard let memory = exchange.signInMemory as? AdoptedMemory, let attempt = memory.attempt, !memory.isSettled
        else { return }
        memory.isSettled = true
        // Whoever leaves before the answer may have had the app compare a password: that stays counted.
        if outcome.ending == .clientGone {
            flows.adoptedFailed(attempt, mayHaveWorked: true)
        } else {
            flows.giveBack(attempt)
        }
    }

    /// - Returns: what the sign-in must be refused with.
    private func settle(
        _ ending: LoginAnswer.Ending, _ answer: LoginAnswer, _ memory: AdoptedMemory, _ attempt: AdoptedAttempt,
        _ exchange: inout Exchange
    ) -> Problem? {
        memory.isSettled = true
        switch ending {
        case .unclear:
            exchange.note("adopt.unclear-answer", detail: "The app answered \(answer.status).")
            flows.giveBack(attempt)
        case .failed:
            exchange.note("adopt.failed")
            if attempt.locks { exchange.note("adopt.locks") }
            flows.adoptedFailed(attempt)
        case .succeeded:
            return succeeded(answer, memory, attempt, &exchange)
        }
        return nil
    }

    private func succeeded(
        _ answer: LoginAnswer, _ memory: AdoptedMemory, _ attempt: AdoptedAttempt, _ exchange: inout Exchange
    ) -> Problem? {
        exchange.note("adopt.succeeded")
        // The app goes on with the cookie that was there before: whoever put it there is signed in, too. (ASVS 5.0 V7.2.4)
        let kept = memory.shown.first { shown in
            adoption.sessionCookies.contains(shown.name) && !answer.cookies.contains(shown.name)
        }
        var refusal: Problem?
        if kept != nil {
            exchange.note("adopt.session-fixed")
            if adoption.fixation == .refuse, mode == .enforce { refusal = AdoptedSignInStage.fixed }
        } else if answer.cookies.isDisjoint(with: adoption.sessionCookies) {
            exchange.note("adopt.no-session-cookie")
            // Whatever lets them in isn't held back until the second factor is shown.
            if attempt.awaitsFactor, mode == .enforce { refusal = AdoptedSignInStage.unguarded }
        }
        let isRefused = refusal != nil
        let key = kept.map { AdoptedCookies.key($0.name, $0.value) }
        memory.started = flows.beginAdopted(
            attempt, replacing: memory.live?.key, keeping: key, isDead: isRefused)
        memory.live = nil
        if isRefused {
            memory.started = nil
            if let kept { memory.expired.append((kept.name, nil, nil)) }
        } else {
            memory.kept = kept
            if memory.started?.awaitsFactor ?? false { exchange.note("adopt.awaits-factor") }
            if let key = memory.started?.key, !attempt.awaitsFactor || mode != .enforce,
                case .signedIn(let caller) = flows.service.whoIs(key: key, idle: flows.settings.idle)
            {
                exchange.caller = caller
            }
        }
        return refusal
    }

    // MARK: Problems

    static let locked = Problem(
        "adopt.locked", status: 429, title: "Too many tries to sign in.",
        detail: "Try again later, or from a browser in which you have signed in before. The answer is the same whether "
            + "the account exists or not, and whether the password is right or not.", retryAfter: 1800)

    static func unreadable(_ why: String) -> Problem {
        Problem(
            "adopt.unreadable", status: 400, title: "It can't be told who wants to sign in.",
            detail: "The request has a password, but \(why).")
    }

    static let fixed = Problem(
        "adopt.session-fixed", status: 403, title: "Signing in would have kept an old session.",
        detail: "Please load the page again and sign in once more.", source: .upstream)

    static let unguarded = Problem(
        "adopt.no-session-cookie", status: 403, title: "A second factor can't be asked for here.",
        detail:
            "The app said yes without setting the session cookie that is declared. Whoever runs this site must mend that.",
        source: .upstream)

    /// Only recorded: `observe` ends nothing.
    static let over = Problem("adopt.session-over", status: 401, title: "The session is over.")
}

extension DatabaseError {
    /// What a sign-in gets that can't be counted.
    fileprivate var signInProblem: Problem {
        Problem(
            "sign-in.unavailable", status: 503, title: "Signing in isn't possible just now.",
            detail: "The tries can't be counted; nothing is lost.", source: .edge, retryAfter: 5, cause: "\(self)")
    }
}
