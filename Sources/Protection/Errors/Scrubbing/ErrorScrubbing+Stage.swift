public import Kernel
internal import NIOCore
internal import NIOHTTP1
public import Web

/// Replaces the app's error bodies that show its inside, and those that say nothing of their own, by problem documents
/// of the same status. The app's own clean error documents stay.
public struct ErrorScrubbingStage: GatewayStage {
    public let name = "ErrorScrubbing"
    public let control = "protection.error-scrubbing"
    public let mode: ControlMode
    public let phases: StagePhases = .respond
    private let rule: ErrorScrubbingRule
    private let clock: any WallClock
    /// Bytes of a body that are looked at.
    static let prefix = 16_384

    public init(_ settings: Settings, clock: any WallClock) {
        mode = settings.mode
        rule = ErrorScrubbingRule(shape: settings.shape)
        self.clock = clock
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard head.status.code >= 400, head.status.code < 600, exchange.responseOrigin == .upstream,
            exchange.refusal == nil, exchange.request.method != .HEAD
        else { return .pass }
        let type = head.fields.first(.contentType)
        guard head.status.code >= 500 || ErrorScrubbingStage.isText(type) else { return .pass }
        let coding = head.fields.first(.contentEncoding)
        return .peek(ErrorScrubbingStage.prefix) { exchange, head, bytes, isWhole in
            judge(&exchange, &head, bytes, isWhole, coding: coding, type: type)
        }
    }

    private func judge(
        _ exchange: inout Exchange, _ head: inout ResponseHead, _ bytes: ByteBuffer, _ isWhole: Bool, coding: String?,
        type: String?
    ) -> PeekVerdict {
        let status = Int(head.status.code)
        let readable = BodyPrefix.read(bytes, coding: coding, most: ErrorScrubbingStage.prefix)
        let phrase = head.status.reasonPhrase
        let answer = ErrorScrubbingRule.Answer(
            status: status, title: phrase.isEmpty ? "The app refused this request." : phrase, type: type,
            wantsPage: AcceptPreference.prefersHTML(exchange.request.values(.accept)), path: exchange.target.path,
            requestID: exchange.requestID, time: clock.now())
        switch rule.decide(answer, body: readable?.bytes, isWhole: isWhole && readable?.isWhole == true) {
        case .keep: return .pass
        case .leak(let leak):
            return .refuse(ErrorScrubbingStage.problem("errors.app-leak", answer, cause: leak.rawValue))
        case .unreadable:
            return .refuse(ErrorScrubbingStage.problem("errors.app-unreadable", answer, cause: coding))
        case .bare: return .refuse(ErrorScrubbingStage.problem("errors.app-shape", answer, cause: nil))
        case .extend(let document):
            head.headers.replaceOrAdd(name: "Content-Type", value: "application/problem+json")
            head.headers.remove(name: "Content-Encoding")
            head.headers.remove(name: "ETag")
            return .replace(ByteBuffer(bytes: document))
        }
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type else { return true }
        let essence = MediaType.essence(type).lowercased()
        return essence.hasPrefix("text/") || essence.hasSuffix("json") || essence.hasSuffix("xml")
            || essence == "application/octet-stream"
    }

    private static func problem(_ reason: ReasonID, _ answer: ErrorScrubbingRule.Answer, cause: String?) -> Problem {
        Problem(
            reason, status: answer.status, title: answer.title,
            detail: answer.status >= 500 ? "The app could not serve this request. It has been recorded." : nil,
            source: .upstream, cause: cause)
    }
}
