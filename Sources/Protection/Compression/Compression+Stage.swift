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
    private let minimum: Int

    public init(_ settings: Settings) {
        mode = settings.mode
        level = settings.level
        minimum = settings.minimum
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        // Our own problem documents are rendered later and short.
        guard exchange.refusal == nil else { return .pass }
        switch head.status.code {
        case 204, 205, 206, 304, 100..<200: return .pass
        default: break
        }
        guard let type = head.headers.first(name: "content-type"), CompressibleType.matches(type) else { return .pass }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length < minimum {
            return .pass
        }
        guard exchange.request.method != .HEAD, !isBound(head.headers) else { return .pass }
        Vary.add("Accept-Encoding", to: &head.headers)
        guard exchange.request.has(.acceptEncoding),
            AcceptEncoding.takesGzip(exchange.request.values(.acceptEncoding))
        else { return .pass }
        head.headers.replaceOrAdd(name: "Content-Encoding", value: "gzip")
        head.headers.remove(name: "Content-Length")
        head.headers.remove(name: "Accept-Ranges")
        if let tag = head.headers.first(name: "etag"), tag.utf8.first == 0x22 {
            head.headers.replaceOrAdd(name: "ETag", value: "W/" + tag)
        }
        return .transform(GzipTransform(level: level))
    }

    /// Encoded already, part of a whole, or bound to its bytes by the app's word or a digest.
    private func isBound(_ headers: HTTPHeaders) -> Bool {
        for (name, value) in headers {
            switch name.utf8.count {
            case 16:
                if name.isEqualIgnoringCase(to: "content-encoding"), !value.isEqualIgnoringCase(to: "identity") {
                    return true
                }
            case 13:
                if name.isEqualIgnoringCase(to: "cache-control"),
                    value.listMembers.contains(where: { $0.isEqualIgnoringCase(to: "no-transform") })
                {
                    return true
                }
                if name.isEqualIgnoringCase(to: "content-range") { return true }
            case 14: if name.isEqualIgnoringCase(to: "content-digest") { return true }
            case 11: if name.isEqualIgnoringCase(to: "content-md5") { return true }
            case 6: if name.isEqualIgnoringCase(to: "digest") { return true }
            default: break
            }
        }
        return false
    }
}

/// Types whose bytes are text: everything else is compressed already or not worth it.
enum CompressibleType {
    private static let exact: Set<String> = [
        "application/json", "application/javascript", "application/x-javascript", "application/xml",
        "application/manifest+json", "application/graphql", "application/wasm", "application/x-ndjson",
        "application/yaml", "application/rtf", "application/sql", "application/vnd.ms-fontobject",
        "image/svg+xml", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "font/ttf", "font/otf",
    ]

    /// Server-sent events stay as they are: each must arrive at once, and proxies on the way hold compressed ones back.
    static func matches(_ value: String) -> Bool {
        let bare = value.prefix(while: { $0 != ";" }).trimming(while: { $0 == " " || $0 == "\t" }).lowercased()
        if bare == "text/event-stream" { return false }
        return bare.hasPrefix("text/") || exact.contains(bare) || bare.hasSuffix("+json") || bare.hasSuffix("+xml")
    }
}
