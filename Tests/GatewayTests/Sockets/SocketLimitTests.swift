import Foundation
import Identity
import Kernel
import Store
import Synchronization
import TestKit
import Testing

@testable import Gateway

/// What a WebSocket's client may send, and how it is ended between two frames.
@Suite("WebSockets' limits", .serialized)
struct SocketLimitTests {
    private static let sets = [
        "protection.websocket.message-size=1000", "protection.websocket.messages=20/day",
    ]

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let frames: [[UInt8]]
        let code: Int
        let reason: String
        var testDescription: String { name }
    }

    private final class Told: Sendable { let flag = Atomic<Bool>(false) }

    private static func masked(_ frame: RawFrame) -> [UInt8] { frame.bytes(masked: true) }

    static let rows: [Row] = [
        Row(
            name: "one message over the size", frames: [masked(RawFrame(2, [UInt8](repeating: 7, count: 1001)))],
            code: 1009, reason: "websocket.message-size"),
        Row(
            name: "one message over the size in pieces",
            frames: [
                masked(RawFrame(1, [UInt8](repeating: 0x61, count: 600), isFinal: false)),
                masked(RawFrame(0, [UInt8](repeating: 0x61, count: 401))),
            ], code: 1009, reason: "websocket.message-size"),
        Row(
            name: "a length that no memory holds, before a byte of it came",
            frames: [[0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]], code: 1009,
            reason: "websocket.message-size"),
        Row(
            name: "more frames than are allowed", frames: (0..<11).map { _ in masked(.text("x")) }, code: 1008,
            reason: "websocket.message-rate"),
        Row(
            name: "more pings than are allowed", frames: (0..<11).map { _ in masked(RawFrame(9, [])) }, code: 1008,
            reason: "websocket.message-rate"),
        Row(
            name: "a frame without a mask", frames: [RawFrame.text("x").bytes(masked: false)], code: 1002,
            reason: "websocket.frame"),
        Row(name: "an unknown opcode", frames: [masked(RawFrame(3, [1]))], code: 1002, reason: "websocket.frame"),
        Row(
            name: "a continuation of nothing", frames: [masked(RawFrame(0, [1]))], code: 1002, reason: "websocket.frame"
        ),
    ]

    @Test("over a limit the client is told and nothing of it reaches the app")
    func limits() async throws {
        try await SocketBench.run(.sqlite, Self.sets) { bench in
            for (number, row) in Self.rows.enumerated() {
                let (opened, head) = try await bench.open("/open/live")
                let socket = try #require(opened, "\(head)")
                try await socket.connection.send(row.frames.flatMap(\.self))
                let frame = await socket.closeFrame()
                #expect(
                    frame?.closeCode == row.code && frame?.closeText == row.reason,
                    "\(row.name): \(String(describing: frame))")
                #expect(await socket.connection.receiveToEnd().isClosed)
                try await eventually { bench.app.sockets[number].isOver }
                #expect(bench.app.sockets[number].texts.count <= 10, "\(row.name)")
                #expect(bench.app.sockets[number].texts.allSatisfy { $0.count <= 1000 }, "\(row.name)")
            }
        }
    }

    @Test("within the limits everything passes, to the last byte")
    func within() async throws {
        try await SocketBench.run(.sqlite, Self.sets) { bench in
            let (opened, _) = try await bench.open("/open/live")
            let socket = try #require(opened)
            let text = String(repeating: "ä", count: 500)
            #expect(try await socket.echo(text) == text)
            try await socket.connection.send(
                pieces: RawFrame.text(text).bytes(masked: true).map { [$0] }.prefix(40).map(\.self)
                    + [Array(RawFrame.text(text).bytes(masked: true).dropFirst(40))])
            #expect(await socket.next()?.text == text)
            try await socket.send(.close(1000))
            try await eventually { bench.app.sockets.first?.closeCode == 1000 }
        }
    }

    @Test("observing lets it pass and tells it; off tells nothing", arguments: ["observe", "off"])
    func modes(mode: String) async throws {
        try await SocketBench.run(.sqlite, Self.sets + ["protection.websocket.mode=\(mode)"]) { bench in
            let (opened, _) = try await bench.open("/open/live")
            let socket = try #require(opened)
            let text = String(repeating: "a", count: 5000)
            #expect(try await socket.echo(text) == text)
            #expect(try await socket.echo("still here") == "still here")
            await socket.connection.close()
            try await eventually {
                bench.running.gateway.flushLog()
                return bench.running.log.text.contains("/open/live")
            }
            #expect(bench.running.log.text.contains("websocket.message-size") == (mode == "observe"))
        }
    }

    @Test("observing leaves a socket open whose session ended, and tells it")
    func observedEnd() async throws {
        try await SocketBench.run(.sqlite, ["protection.websocket.mode=observe"]) { bench in
            let session = try await bench.member()
            let socket = try await bench.socket("/members/live", [SocketBench.cookie(session), bench.origin])
            #expect(try await bench.running.post("/sign-out", [:], session: session).status < 400)
            for _ in 0..<10 {
                #expect(try await socket.echo("on") == "on")
                try await Task.sleep(for: .milliseconds(80))
            }
            await socket.connection.close()
            try await eventually {
                bench.running.gateway.flushLog()
                return bench.running.log.text.contains("websocket.session-over")
            }
        }
    }

    @Test("the close frame stands behind a whole frame of the app's, never in one")
    func boundary() async throws {
        let frame = RawFrame.text(String(repeating: "w", count: 300)).bytes(masked: false)
        let isTold = Told()
        let app = try await RawUpstream.start { connection, _ in
            guard await connection.request(within: .seconds(30)) != nil else { return }
            try await connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: x\r\n\r\n")
            try await connection.send(Array(frame.prefix(100)))
            // The app is told between two frames of the client's; then it ends its own.
            let socket = RawSocket(answeredOn: connection)
            if await socket.closeFrame(within: .seconds(30)) != nil { isTold.flag.store(true, ordering: .relaxed) }
            try await connection.send(Array(frame.dropFirst(100)) + RawFrame.text("too late").bytes(masked: false))
            _ = await connection.receiveToEnd(within: .seconds(30))
        }
        try await GatewayWithAccounts.run(["upstream=http://127.0.0.1:\(app.port)"]) { running in
            let link = try await running.administration().add("p@example.com", role: "person", ownPrefix: "/seaworthy")
            let token = try #require(link.path.reveal().split(separator: "=").last.map(String.init))
            let answer = try await running.post("/choose", ["token": token, "password": GatewayWithAccounts.password])
            let session = try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"])
            let (opened, head) = try await RawSocket.open(
                port: running.port, "/members/live",
                [SocketBench.cookie(session), ("Origin", "http://127.0.0.1:\(running.port)")])
            let socket = try #require(opened, "\(head)")
            let first = await socket.connection.receive { $0.count >= 100 }
            #expect(first.bytes.count == 100)
            #expect(try await running.post("/sign-out", [:], session: session).status < 400)
            let whole = await socket.next()
            #expect(whole?.text.count == 300)
            let last = await socket.next()
            #expect(
                last?.closeCode == 1008 && last?.closeText == "websocket.session-over", "\(String(describing: last))")
            #expect(isTold.flag.load(ordering: .relaxed))
            #expect(await socket.connection.receiveToEnd().bytes.isEmpty)
        }
        await app.stop()
    }

    @Test("a process that ends says 1001 to both sides")
    func goingAway() async throws {
        try await SocketBench.run { bench in
            let (opened, _) = try await bench.open("/open/live")
            let socket = try #require(opened)
            #expect(try await socket.echo("x") == "x")
            async let stopped: Void = bench.running.gateway.stop()
            #expect(await socket.closeFrame()?.closeCode == 1001)
            try await eventually { bench.app.sockets.first?.closeCode == 1001 }
            await stopped
        }
    }
}
