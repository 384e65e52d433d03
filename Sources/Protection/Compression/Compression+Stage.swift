public import Kernel
internal import NIOHTTP1
public import Web

/// Compresses text with gzip for clients that take it.
public struct CompressionStage: GatewayStage {
    public let name = "Compression"
    public let control = "protection.compression"
    public let mode: ControlMode
    public let phases: StagePhases = .respond
    private let level: Int
    private let rule: CompressionRule

    public init(_ settings: Settings) {
        mode = settings.mode
        level = settings.level
        rule = CompressionRule(minimum: settings.minimum, weakensETags: settings.weakensETags)
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        // Our own problem documents are rendered later and short.
        guard !exchange.isRefused, exchange.responseOrigin != .problem, CompressionRule.mayHaveBody(head.status.code)
        else { return .pass }
        switch exchange.request.method {
        case .HEAD, .CONNECT: return .pass
        default: break
        }
        // Most answers of an interface are told by their length alone.
        if rule.isTooShort(head.fields) { return .pass }
        let facts = CompressionRule.Facts(head.fields)
        guard rule.applies(to: facts) else { return .pass }
        Vary.add("Accept-Encoding", to: &head.fields)
        guard exchange.request.has(.acceptEncoding), AcceptEncoding.takesGzip(exchange.request.values(.acceptEncoding)),
            !CompressionStage.couldBeMeasured(exchange.request),
            let transform = GzipTransform(level: level, length: facts.length)
        else { return .pass }
        head.fields.set(.contentEncoding, "Content-Encoding", "gzip")
        head.fields.remove(.contentLength)
        // Ranges of the app's bytes are none of ours.
        head.fields.remove(.acceptRanges)
        if let etag = facts.etag, CompressionRule.isStrong(etag) {
            head.fields.set(.etag, "ETag", "W/" + etag)
        }
        return .transform(transform)
    }

    /// BREACH guesses secrets of a page by the length of its answers to requests that another site makes a signed-in
    /// browser send. Those, and only those, go out uncompressed.
    private static func couldBeMeasured(_ request: RequestHead) -> Bool {
        request.has(.cookie) && request.first(.secFetchSite) == "cross-site"
    }
}
