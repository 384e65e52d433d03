public import NIOCore
public import NIOHTTP1

/// Takes what a parser finds in the bytes of a connection; every call comes from inside of its `feed` or `finish`.
public protocol HTTP1Receiver: AnyObject {
    func received(_ head: consuming HTTP1Head)
    func receivedBody(_ bytes: ByteBuffer)
    /// The message is whole. `trailers` is nil where none came.
    func receivedEnd(_ trailers: consuming FieldList?)
}

/// A message's head as it came.
public struct HTTP1Head: Sendable {
    /// Of a request.
    public let method: HTTPMethod
    /// Of a request: its target, byte for byte.
    public let target: String
    /// Of a response.
    public let status: HTTPResponseStatus
    public let version: HTTPVersion
    /// Whether the connection outlives the message, by its version, `Connection` and framing.
    public let isKeepAlive: Bool
    public private(set) var fields: FieldList

    init(
        method: HTTPMethod, target: String, status: HTTPResponseStatus, version: HTTPVersion, isKeepAlive: Bool,
        fields: consuming FieldList
    ) {
        self.method = method
        self.target = target
        self.status = status
        self.version = version
        self.isKeepAlive = isKeepAlive
        self.fields = fields
    }

    /// Gives the fields away, so that nobody else holds them: with a second holder the first change would copy them all.
    public mutating func takeFields() -> FieldList {
        var taken = FieldList()
        swap(&taken, &fields)
        return taken
    }
}

/// Why bytes are no HTTP/1 message.
public enum HTTP1Flaw: Error, Equatable, Sendable {
    case method, version, contentLength, chunkSize
    /// A head or a field longer than the parser's limits.
    case tooLarge
    /// The connection ended in the middle of a message.
    case endedEarly
    /// Anything else, with the parser's own name for it.
    case malformed(String)
}

extension ByteBuffer {
    /// What is there behind the first `count` bytes.
    public func behind(_ count: Int) -> ByteBuffer? {
        getSlice(at: readerIndex &+ count, length: readableBytes &- count)
    }
}
