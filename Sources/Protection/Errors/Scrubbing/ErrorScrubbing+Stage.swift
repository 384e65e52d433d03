public import Kernel
internal import NIOCore
internal import NIOHTTP1
public import Web

/// Replaces the app's error bodies that show its inside, and those that say nothing of their own, by problem documents
/// of the same status. The app's own clean error documents stay.
public struct ErrorScrubbingStage: GatewayStage {
    public let name = "ErrorScrubbing"
    public let control = "protection.errors"
    public let mode: ControlMode
    public let phases: StagePhases = .respond
    private let unifiesShape: Bool
    /// Bytes of a body that are looked at.
    static let prefix = 16_384

    public init(_ settings: Settings) {
        mode = settings.mode
        unifiesShape = settings.unifiesShape
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        let status = Int(head.status.code)
        guard status >= 400, exchange.responseOrigin == .upstream, exchange.refusal == nil else { return .pass }
        let type = head.headers.first(name: "content-type")
        guard status >= 500 || ErrorScrubbingStage.isText(type) else { return .pass }
        // A HEAD has no body to judge, nor one that could leak.
        guard exchange.request.method != .HEAD else { return .pass }
        let encoding = head.headers.first(name: "content-encoding")
        let wantsPage = AcceptPreference.prefersHTML(exchange.request.values(.accept))
        let unifies = unifiesShape && !wantsPage
        return .peek(ErrorScrubbingStage.prefix) { exchange, head, bytes, isWhole in
            let readable = Inflate.readable(bytes, encoding: encoding, most: ErrorScrubbingStage.prefix)
            guard let body = readable else {
                // Nobody can read it here (brotli, zstd): what can't be judged isn't shown when the app has failed.
                if status < 500 { return .pass }
                return .refuse(ErrorScrubbingStage.problem("errors.app-leak", status, head.headers, cause: "unreadable"))
            }
            if let leak = LeakDetector.find(in: body, onlyCertain: status < 500) {
                return .refuse(
                    ErrorScrubbingStage.problem("errors.app-leak", status, head.headers, cause: leak.rawValue))
            }
            if unifies, BareError.matches(type: type, body: body, isWhole: isWhole) {
                return .refuse(ErrorScrubbingStage.problem("errors.app-shape", status, head.headers, cause: nil))
            }
            return .pass
        }
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type else { return true }
        return type.hasPrefixIgnoringCase("text/") || type.hasPrefixIgnoringCase("application/json")
            || type.hasPrefixIgnoringCase("application/problem+json") || type.hasPrefixIgnoringCase("application/xml")
            || type.hasPrefixIgnoringCase("application/xhtml")
    }

    private static func problem(
        _ reason: ReasonID, _ status: Int, _ headers: HTTPHeaders, cause: String?
    ) -> Problem {
        Problem(
            reason, status: status, title: HTTPResponseStatus(statusCode: status).reasonPhrase.isEmpty
                ? "The app could not serve this." : HTTPResponseStatus(statusCode: status).reasonPhrase,
            detail: status >= 500 ? "The app could not serve this request. It has been recorded." : nil,
            source: .upstream, cause: cause)
    }
}
