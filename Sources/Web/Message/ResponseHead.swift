public import Kernel
public import NIOCore
public import NIOHTTP1

/// A response's head on its way out; stages may change it in `respond`.
public struct ResponseHead: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    /// Fields that never change, sent behind `headers`. Their names must not be in `headers`.
    public private(set) var blocks: [HeaderBlock] = []
    public init(status: HTTPResponseStatus, headers: HTTPHeaders = [:]) {
        self.status = status
        self.headers = headers
    }

    public mutating func attach(_ block: HeaderBlock) { blocks.append(block) }
}

/// A whole response that a stage answers with: a redirect, a preflight, a cache hit.
public struct Response: Sendable {
    public var head: ResponseHead
    public var body: ByteBuffer
    /// Why the stage answered instead of letting pass: what `observe` records.
    public let reason: ReasonID
    public init(_ head: ResponseHead, body: ByteBuffer = ByteBuffer(), reason: ReasonID) {
        self.head = head
        self.body = body
        self.reason = reason
    }
}

/// Who made a response.
public enum ResponseOrigin: String, Sendable {
    /// The app behind us.
    case upstream
    /// One of our own routes.
    case own
    /// A refusal or failure of ours, rendered by `Problems`.
    case problem
    /// A stage's answer.
    case stage
}
