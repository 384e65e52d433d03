import CZlib
import NIOCore
import TestKit
import Testing

@testable import Protection

@Suite("gzip, chunk by chunk")
struct GzipTransformTests {
    /// An independent reader: zlib's whole-stream inflate.
    static func inflated(_ body: ByteBuffer) -> [UInt8]? {
        let prefix = BodyPrefix.read(body, coding: "gzip", most: 4_000_000)
        return prefix.flatMap { $0.isWhole ? $0.bytes : nil }
    }

    @Test("any body cut into any chunks comes out as it was, with flushes in between", arguments: Seeds.first(24))
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let length = generator.number(0...200_000)
        let hint: Int? = generator.oneIn(2) ? nil : length
        let transform = try #require(GzipTransform(level: generator.number(1...9), length: hint))
        let isRandom = generator.oneIn(3)
        var body: [UInt8] = []
        for position in 0..<length {
            body.append(
                isRandom
                    ? UInt8(truncatingIfNeeded: generator.next()) : UInt8(truncatingIfNeeded: 97 + position / 7 % 20))
        }
        var out = ByteBuffer()
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(generator.number(1...20_000))
            rest = rest.dropFirst(piece.count)
            var bytes = transform.transform(ByteBuffer(bytes: piece))
            out.writeBuffer(&bytes)
            if generator.oneIn(3) {
                var flushed = transform.flush()
                out.writeBuffer(&flushed)
                // What came is readable now: nothing waits inside.
                let seen = BodyPrefix.read(out, coding: "gzip", most: 4_000_000)
                #expect(seen?.bytes.count == body.count - rest.count)
            }
        }
        var end = transform.finish()
        out.writeBuffer(&end)
        #expect(Self.inflated(out) == body)
    }

    @Test("a flush without new bytes sends nothing, and nothing comes after the end")
    func emptyFlush() throws {
        let transform = try #require(GzipTransform(level: 5, length: nil))
        #expect(transform.flush().readableBytes == 0)
        _ = transform.transform(ByteBuffer(string: "hello"))
        #expect(transform.flush().readableBytes > 0)
        #expect(transform.flush().readableBytes == 0)
        #expect(transform.finish().readableBytes > 0)
        #expect(transform.finish().readableBytes == 0)
        #expect(transform.transform(ByteBuffer(string: "late")).readableBytes == 0)
    }

    @Test("an empty body becomes a whole gzip stream of nothing")
    func empty() throws {
        let transform = try #require(GzipTransform(level: 5, length: 0))
        #expect(Self.inflated(transform.finish()) == [])
    }

    @Test(
        "short bodies take little memory, unknown and long ones never more than 192 KiB",
        arguments: [(1000, 24), (2000, 24), (10_000, 96), (1_000_000, 192), (nil, 192)] as [(Int?, Int)])
    func memory(length: Int?, most: Int) {
        let (window, memory) = GzipTransform.size(for: length)
        #expect((1 << (Int(window) + 2)) + (1 << (Int(memory) + 9)) <= most * 1024)
        #expect(window >= 9 && window <= 15 && memory >= 1 && memory <= 9)
    }
}

@Suite("The beginning of an encoded body")
struct BodyPrefixTests {
    private func gzip(_ text: String) throws -> ByteBuffer {
        let transform = try #require(GzipTransform(level: 9, length: nil))
        var out = transform.transform(ByteBuffer(string: text))
        var end = transform.finish()
        out.writeBuffer(&end)
        return out
    }

    @Test("a gzip bomb gives no more than was asked for and isn't called whole")
    func bomb() throws {
        let body = try gzip(String(repeating: "a", count: 3_000_000))
        #expect(body.readableBytes < 20_000)
        let prefix = try #require(BodyPrefix.read(body, coding: "gzip", most: 1000))
        #expect(prefix.bytes.count == 1000)
        #expect(!prefix.isWhole)
    }

    @Test("a stream that was cut off shows what came")
    func cutOff() throws {
        let whole = try gzip(String((0..<20_000).map { Character(UnicodeScalar(UInt8(97 + $0 * $0 % 23))) }))
        let half = try #require(whole.getSlice(at: 0, length: whole.readableBytes / 2))
        let prefix = try #require(BodyPrefix.read(half, coding: "GZIP", most: 16_384))
        #expect(prefix.bytes.count > 10)
        #expect(!prefix.isWhole)
    }

    @Test(
        "what isn't what it says, and codings that can't be read here, are nil",
        arguments: ["gzip", "br", "zstd", "gzip, br"])
    func unreadable(coding: String) {
        #expect(BodyPrefix.read(ByteBuffer(string: "plain text, not packed"), coding: coding, most: 100) == nil)
    }

    @Test("without a coding the bytes are themselves", arguments: [nil, "", "identity"] as [String?])
    func plain(coding: String?) {
        let prefix = BodyPrefix.read(ByteBuffer(string: "abcdef"), coding: coding, most: 4)
        #expect(prefix == BodyPrefix(bytes: Array("abcd".utf8), isWhole: false))
    }
}
