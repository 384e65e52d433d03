import Synchronization

/// One frame of a WebSocket, byte for byte (RFC 6455 §5.2).
public struct RawFrame: Sendable, Equatable {
    public var isFinal = true
    public var opcode: UInt8
    public var payload: [UInt8]

    public init(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
    }

    public static func text(_ text: String) -> RawFrame { RawFrame(1, Array(text.utf8)) }
    public static func close(_ code: UInt16) -> RawFrame { RawFrame(8, [UInt8(code >> 8), UInt8(code & 0xFF)]) }

    public var text: String { String(decoding: payload, as: UTF8.self) }
    /// Of a close frame; nil for others.
    public var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    /// Why, as a close frame says it.
    public var closeText: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }

    /// As a client sends it (masked) or a server.
    public func bytes(masked: Bool) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let bit: UInt8 = masked ? 0x80 : 0
        switch payload.count {
        case ..<126: bytes.append(bit | UInt8(payload.count))
        case ..<65_536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(payload.count >> ((7 - $0) * 8) & 0xFF) }
        }
        guard masked else { return bytes + payload }
        let mask: [UInt8] = [0x1B, 0x5A, 0x3C, 0x77]
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    /// One frame from the front of `bytes`, with the number of bytes that it took and whether it was masked.
    public static func parse(_ bytes: [UInt8]) -> (frame: RawFrame, length: Int, isMasked: Bool)? {
        guard bytes.count >= 2 else { return nil }
        let isMasked = bytes[1] & 0x80 != 0
        var (count, start) = (Int(bytes[1] & 0x7F), 2)
        if count == 126 || count == 127 {
            let width = count == 126 ? 2 : 8
            guard bytes.count >= 2 + width else { return nil }
            count = bytes[2..<2 + width].reduce(0) { $0 << 8 | Int($1) }
            start += width
        }
        var mask: [UInt8] = [0, 0, 0, 0]
        if isMasked {
            guard bytes.count >= start + 4 else { return nil }
            mask = Array(bytes[start..<start + 4])
            start += 4
        }
        guard bytes.count >= start + count else { return nil }
        let payload = bytes[start..<start + count].enumerated().map { $1 ^ mask[$0 % 4] }
        return (RawFrame(bytes[0] & 0x0F, payload, isFinal: bytes[0] & 0x80 != 0), start + count, isMasked)
    }
}

/// A WebSocket on which a test sends and reads exact frames.
public struct RawSocket: Sendable {
    public let connection: RawConnection
    let isClient: Bool

    init(connection: RawConnection, isClient: Bool) {
        self.connection = connection
        self.isClient = isClient
    }

    /// The app's end, once its script has answered the upgrade.
    public init(answeredOn connection: RawConnection) { self.init(connection: connection, isClient: false) }

    /// Asks for an upgrade: the socket, or nil with the answer's head where it was refused.
    public static func open(
        port: Int, _ target: String, _ fields: [(String, String)] = []
    ) async throws -> (socket: RawSocket?, head: String) {
        let connection = try await RawConnection.open(port: port)
        var text = "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        text += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2Vhd29ydGh5IHRlc3RzIQ==\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        try await connection.send(text + "\r\n")
        let reception = await connection.receive(within: .seconds(10)) { RawSocket.headEnd($0) != nil }
        guard let end = headEnd(reception.bytes) else {
            await connection.close()
            return (nil, reception.text)
        }
        let head = String(decoding: reception.bytes.prefix(end), as: UTF8.self)
        guard head.hasPrefix("HTTP/1.1 101 ") else {
            let whole = await connection.receive(within: .seconds(5)) {
                RawResponse.parse($0, method: "GET", isClosed: false) != nil
            }
            await connection.close()
            return (nil, whole.text)
        }
        connection.consume(end)
        return (RawSocket(connection: connection, isClient: true), head)
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) }.map { $0 + 4 }
    }

    public func send(_ frame: RawFrame) async throws { try await connection.send(frame.bytes(masked: isClient)) }
    public func send(_ text: String) async throws { try await send(.text(text)) }

    /// The next frame; nil when the connection closed or the time was up first.
    public func next(within limit: Duration = .seconds(10)) async -> RawFrame? {
        let reception = await connection.receive(within: limit) { RawFrame.parse($0) != nil }
        guard let (frame, length, _) = RawFrame.parse(reception.bytes) else { return nil }
        connection.consume(length)
        return frame
    }

    /// Says something and gives what comes back for it.
    public func echo(_ text: String) async throws -> String? {
        try await send(text)
        return await next()?.text
    }

    /// The close frame, whatever comes before it; nil where the connection ends without one.
    public func closeFrame(within limit: Duration = .seconds(10)) async -> RawFrame? {
        while let frame = await next(within: limit) { if frame.opcode == 8 { return frame } }
        return nil
    }
}

/// An app with a WebSocket at every target that asks for one: it gives back what it gets. It also signs in whoever asks
/// (`POST /login`) and out again (`POST /logout`), by a cookie of its own.
public final class SocketApp: Sendable {
    public struct Socket: Sendable {
        public let request: RawRequest
        public var texts: [String] = []
        public var closeCode: Int?
        public var closeText = ""
        public var isOver = false
    }

    public let port: Int
    private let server: RawUpstream
    private let state: Box
    public final class Box: Sendable {
        let sockets = Mutex<[Int: Socket]>([:])
        let requests = Mutex<[RawRequest]>([])
    }

    private init(server: RawUpstream, state: Box) {
        self.server = server
        self.state = state
        port = server.port
    }

    public static func start() async throws -> SocketApp {
        let state = Box()
        let server = try await RawUpstream.start { connection, number in
            while let request = await connection.request(within: .seconds(60)) {
                guard request.value("upgrade")?.lowercased() == "websocket" else {
                    state.requests.withLock { $0.append(request) }
                    try await connection.send(answer(to: request))
                    continue
                }
                state.sockets.withLock { $0[number] = Socket(request: request) }
                defer { state.sockets.withLock { $0[number]?.isOver = true } }
                return try await play(connection, request, number, state)
            }
        }
        return SocketApp(server: server, state: state)
    }

    /// What came of each upgrade, in order.
    public var sockets: [Socket] { state.sockets.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }
    public var requests: [RawRequest] { state.requests.withLock { $0 } }
    public func stop() async { await server.stop() }

    private static func answer(to request: RawRequest) -> String {
        var lines = "HTTP/1.1 200 OK\r\n"
        if request.method == "POST", request.target.hasPrefix("/login") {
            lines = "HTTP/1.1 303 See Other\r\nLocation: /\r\nSet-Cookie: appsession=of-the-app; Path=/; HttpOnly\r\n"
        } else if request.method == "POST", request.target.hasPrefix("/logout") {
            lines = "HTTP/1.1 303 See Other\r\nLocation: /\r\nSet-Cookie: appsession=; Path=/; Max-Age=0\r\n"
        }
        return lines + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
    }

    private static func play(
        _ connection: RawConnection, _ request: RawRequest, _ number: Int, _ state: Box
    ) async throws {
        let offered = request.values("sec-websocket-protocol").joined(separator: ",")
        let chosen = offered.contains("chat") ? "Sec-WebSocket-Protocol: chat\r\n" : ""
        try await connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: x\r\n\(chosen)\r\n")
        let socket = RawSocket(connection: connection, isClient: false)
        while let frame = await socket.next(within: .seconds(60)) {
            if frame.opcode == 8 {
                state.sockets.withLock {
                    $0[number]?.closeCode = frame.closeCode
                    $0[number]?.closeText = frame.closeText
                }
                return
            }
            state.sockets.withLock { $0[number]?.texts.append(frame.text) }
            try await socket.send(RawFrame(frame.opcode, frame.payload, isFinal: frame.isFinal))
        }
    }
}
