public import Kernel
import NIOCore
public import NIOHTTP1
@_spi(Testing) public import Web

/// Makes exchanges for tests that call a stage directly, without an engine.
public enum ExchangeFixture {
    /// A request from 192.0.2.1 on the public door; `Host: app.test` is added where the fields name none.
    public static func exchange(
        _ method: HTTPMethod = .GET, _ target: String = "/", _ fields: [(String, String)] = [],
        version: HTTPVersion = .http1_1, scheme: Scheme = .http, peer: IPAddress? = IPAddress(v4: 0xC000_0201),
        door: Door = .public, mode: ControlMode = .enforce, addsHost: Bool = true, memory: ConnectionMemory? = nil
    ) -> Exchange {
        var headers = HTTPHeaders(fields)
        if addsHost, !headers.contains(name: "host") { headers.add(name: "Host", value: "app.test") }
        var exchange = Exchange(
            id: ExchangeID(1),
            connection: ConnectionInfo(
                peer: peer, peerText: peer?.description ?? "", isTLS: scheme == .https, door: door,
                protocolName: "http/1.1"), memory: memory,
            request: RequestHead(method: method, target: target, version: version, scheme: scheme, headers: headers),
            startedAt: .now())
        exchange.requestID = "test-request"
        exchange.act(as: "Test", control: "test", mode: mode)
        return exchange
    }
}
