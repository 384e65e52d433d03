public import Kernel
public import NIOCore
public import NIOHTTP1

/// Where an exchange ends up: the upstream or our own routes. Called on the exchange's event loop.
public protocol Terminal: Sendable {
    /// Opens the way for this exchange's request; answers arrive at `sink`, never before this returns.
    func open(_ exchange: inout Exchange, answering sink: any ResponseSink, on eventLoop: any EventLoop) -> Opening
}

public enum Opening {
    case streaming(any RequestSink)
    case refused(Problem)
}

/// Takes a request's body. All calls on the exchange's event loop.
public protocol RequestSink: AnyObject {
    func body(_ chunk: ByteBuffer)
    /// Trailers that may pass, or nil.
    func end(_ trailers: HTTPHeaders?)
    /// The client is gone or a limit was passed: drop the request, never reuse its connection.
    func abort()
    /// Whether the client takes more of the response just now.
    func responseFlow(_ isOpen: Bool)
}

/// Takes a response. All calls on the exchange's event loop. After `end` or `failed` nothing more may come.
public protocol ResponseSink: AnyObject {
    /// 100 Continue, 103 Early Hints.
    func informational(_ head: ResponseHead)
    func head(_ head: consuming ResponseHead, origin: ResponseOrigin)
    func body(_ chunk: ByteBuffer)
    func end(_ trailers: HTTPHeaders?)
    /// Nothing more will come for now: what is there should go out.
    func flush()
    /// Before the head: becomes this problem. After it: the response is cut off visibly.
    func failed(_ problem: Problem)
    /// Whether the upstream takes more of the request's body just now.
    func requestFlow(_ isOpen: Bool)
    /// The upstream answered 101 to a validated upgrade: `head` goes out, then the two channels carry raw bytes.
    func upgraded(_ head: ResponseHead, to channel: any UpgradedUpstream)
}

/// The upstream's half of an upgraded connection, already without HTTP codecs. On the exchange's event loop.
public protocol UpgradedUpstream: AnyObject {
    /// Starts delivery: bytes from the upstream, then `closed` once.
    func start(
        received: @escaping (ByteBuffer) -> Void, closed: @escaping () -> Void, writable: @escaping (Bool) -> Void)
    func write(_ bytes: ByteBuffer)
    func responseFlow(_ isOpen: Bool)
    func close()
}

/// The client's side of an exchange: HTTP/1.1 or one HTTP/2 stream. On the exchange's event loop.
public protocol ResponseTransport: AnyObject {
    var eventLoop: any EventLoop { get }
    /// Whether the client takes more just now.
    var isWritable: Bool { get }
    func informational(_ head: ResponseHead)
    /// `length` is the body's exact length where known; `hasBody` is false for HEAD, 204, 304.
    func head(_ head: ResponseHead, length: Int?, hasBody: Bool, closes: Bool)
    func body(_ chunk: ByteBuffer)
    func end(_ trailers: HTTPHeaders?)
    func flush()
    /// The response can't be completed: cut it off so that the client notices.
    func abort()
    /// Whether more of the request's body is wanted just now.
    func requestFlow(_ isOpen: Bool)
    /// Switches to raw bytes after `head` (101) has gone out; `terms` hold for them.
    func upgrade(
        _ head: ResponseHead, to upstream: any UpgradedUpstream, terms: SocketTerms?,
        ended: @escaping (SocketEnding) -> Void
    )
    /// The exchange is over: the transport may go on with the next.
    func exchangeEnded()
}
