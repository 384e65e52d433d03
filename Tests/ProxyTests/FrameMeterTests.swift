import NIOCore
import Proxy
import Testing

@Suite("Frame meter") struct FrameMeterTests {
    /// A frame as RFC 6455 §5.2 writes it.
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8] = [], final: Bool = true, masked: Bool = true, rsv: UInt8 = 0
    ) -> [UInt8] {
        var bytes: [UInt8] = [(final ? 0x80 : 0) | rsv << 4 | opcode]
        let mask: UInt8 = masked ? 0x80 : 0
        switch payload.count {
        case ..<126: bytes.append(mask | UInt8(payload.count))
        case ..<65_536: bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - $0 * 8)) }
        }
        if masked { bytes += [1, 2, 3, 4] }
        return bytes + payload
    }

    static let conversation: [UInt8] =
        frame(1, Array("hello".utf8)) + frame(9) + frame(2, Array(repeating: 7, count: 300), final: false)
        + frame(10, [1, 2, 3]) + frame(0, Array(repeating: 8, count: 70_000), final: false) + frame(0, [], final: true)
        + frame(1, []) + frame(8, [3, 232])

    @Test("frames and messages are counted however the bytes are cut", arguments: UInt64(1)...20)
    func anyCut(seed: UInt64) {
        var meter = FrameMeter(from: .client)
        var state = seed
        var rest = Self.conversation[...]
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = min(rest.count, Int(state >> 33) % (seed < 5 ? 3 : 5000) + 1)
            #expect(meter.consume(ByteBuffer(bytes: rest.prefix(count))) == .pass)
            rest = rest.dropFirst(count)
        }
        #expect(meter.frames == 8)
        #expect(meter.messages == 3)
        #expect(meter.largestMessage == 70_300)
        #expect(meter.isAtBoundary)
        #expect(meter.sawClose)
    }

    @Test("a boundary is where a frame has ended and none has begun")
    func boundary() {
        var meter = FrameMeter(from: .server)
        let bytes = Self.frame(1, Array("hello".utf8), masked: false)
        #expect(meter.isAtBoundary)
        for byte in bytes.dropLast() {
            #expect(meter.consume(ByteBuffer(bytes: [byte])) == .pass)
            #expect(!meter.isAtBoundary)
        }
        var more = ByteBuffer(bytes: bytes.suffix(1) + bytes)
        let rest = meter.takeRestOfFrame(from: &more)
        #expect(Array(rest.readableBytesView) == Array(bytes.suffix(1)))
        #expect(meter.isAtBoundary)
        #expect(Array(more.readableBytesView) == bytes)
        #expect(meter.takeRestOfFrame(from: &more).readableBytes == 0)
        #expect(meter.frames == 1)
    }

    @Test(
        "what no end may send is told",
        arguments: [
            (frame(3), FrameViolation.reservedOpcode), (frame(11), .reservedOpcode), (frame(15), .reservedOpcode),
            (frame(1, masked: false), .wrongMasking), (frame(9, final: false), .fragmentedControl),
            ([0x89, 0xFE, 0, 126], .longControl), (frame(0), .continuationOfNothing),
            (frame(1, final: false) + frame(1), .interruptedMessage),
            ([0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .impossibleLength),
            ([0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .impossibleLength),
            (
                frame(1, Array(repeating: 0, count: 200), final: false) + frame(0, Array(repeating: 0, count: 900)),
                .messageTooLarge
            ),
            ([0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .messageTooLarge),
        ] as [([UInt8], FrameViolation)])
    func violations(_ bytes: [UInt8], _ violation: FrameViolation) {
        var meter = FrameMeter(from: .client, maxMessageBytes: 1000)
        #expect(meter.consume(ByteBuffer(bytes: bytes)) == .violation(violation))
        #expect(meter.consume(ByteBuffer(bytes: [1, 2, 3])) == .violation(violation))
    }

    @Test("lengths that add up beyond every number don't trap")
    func overflow() {
        var meter = FrameMeter(from: .server)
        let huge: [UInt8] = [0x01, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(meter.consume(ByteBuffer(bytes: huge)) == .pass)
        #expect(!meter.isAtBoundary)
    }

    @Test("random bytes never trap", arguments: UInt64(1)...50)
    func noise(seed: UInt64) {
        var state = seed
        var meter = FrameMeter(from: seed % 2 == 0 ? .client : .server, maxMessageBytes: seed % 3 == 0 ? 500 : nil)
        for _ in 0..<200 {
            var bytes: [UInt8] = []
            for _ in 0..<17 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: state >> 40))
            }
            let before = meter.frames
            _ = meter.consume(ByteBuffer(bytes: bytes))
            #expect(meter.frames >= before)
        }
    }

    @Test("close frames of ours are frames that the other end accepts")
    func closeFrames() {
        var client = FrameMeter(from: .client)
        var server = FrameMeter(from: .server)
        let toUpstream = CloseFrame.toUpstream(code: 1001, mask: 0xA1B2_C3D4)
        #expect(client.consume(toUpstream) == .pass)
        #expect(server.consume(CloseFrame.toClient(code: 1001)) == .pass)
        #expect(client.sawClose && client.isAtBoundary && server.sawClose && server.isAtBoundary)
        let bytes = Array(toUpstream.readableBytesView)
        #expect(UInt16(bytes[6] ^ 0xA1) << 8 | UInt16(bytes[7] ^ 0xB2) == 1001)
    }
}
