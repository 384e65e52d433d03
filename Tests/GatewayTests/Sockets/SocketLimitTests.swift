import Foundation
import Identity
import Kernel
import Store
import TestKit
import Testing

@testable import Gateway

/// What a WebSocket's client may send.
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
            let bytes = RawFrame.text(text).bytes(masked: true)
            try await socket.connection.send(pieces: bytes.prefix(40).map { [$0] } + [Array(bytes.dropFirst(40))])
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
}
