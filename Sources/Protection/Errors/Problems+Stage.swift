public import Kernel
internal import NIOCore
internal import NIOHTTP1
public import Web

/// Gives every refusal and failure of ours its document. Has no mode: something must be said.
public struct ProblemsStage: GatewayStage {
    public let name = "Problems"
    public let control = "protection.errors"
    public let mode = ControlMode.enforce
    public let phases: StagePhases = .respond
    private let documentation: String
    private let ownPrefix: String
    private let clock: any WallClock

    /// - Parameter ownPrefix: where the gateway's own pages are, which explain every reason.
    public init(_ settings: Settings, ownPrefix: String = "/seaworthy", clock: any WallClock) {
        self.ownPrefix = ownPrefix
        documentation = settings.documentation ?? "\(ownPrefix)/problems/"
        self.clock = clock
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.isRefused, let problem = exchange.refusal else { return .pass }
        var document = ProblemDocument(
            problem: problem, requestID: exchange.requestID, time: clock.now(), documentation: documentation)
        if exchange.request.target.hasPrefix("\(ownPrefix)/") { document.style = "\(ownPrefix)/style.css" }
        for (name, value) in problem.headers { head.fields.set(name: name, value: value) }
        if let retryAfter = problem.retryAfter {
            head.fields.set(name: "Retry-After", value: String(retryAfter))
        }
        head.fields.set(name: "Cache-Control", value: "no-store")
        Vary.add("Accept", to: &head.fields)
        if AcceptPreference.prefersHTML(exchange.request.values(.accept)) {
            head.fields.set(name: "Content-Type", value: "text/html; charset=utf-8")
            return .replace(ByteBuffer(string: document.html()))
        }
        head.fields.set(name: "Content-Type", value: "application/problem+json")
        return .replace(ByteBuffer(bytes: document.json()))
    }
}
