import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Which listener a request came in by.
enum Listener: Sendable { case plain, tls, operations }

/// What the front desk knows about a request before any route sees it.
struct DeskContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The socket's other end, without port; nil when it has none.
    let peer: String?
    /// Set by the front desk: each listener has its own.
    var listener = Listener.plain
    /// Whether the browser's connection is encrypted: ours is, or a gateway on this machine says so.
    var isSecure = false
    /// Validated or made here.
    var requestID = ""
    /// The collected body, within the limit.
    var content = ByteBuffer()
    /// Who is signed in.
    var person: SignedInPerson?
    /// The target's path, percent-decoded and judged.
    var path = "/"

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }

    /// Whether the peer is this machine: only then are `X-Forwarded-*` believed.
    var peerIsLoopback: Bool { peer == "::1" || peer?.hasPrefix("127.") == true }
}
