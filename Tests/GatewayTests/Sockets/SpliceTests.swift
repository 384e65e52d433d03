import Kernel
import NIOCore
import NIOEmbedded
import Proxy
import Synchronization
import TestKit
import Testing
import Web

@testable import Gateway

/// One open WebSocket on a loop whose time a test moves.
@Suite("A splice under terms")
struct SpliceTests {
    /// The app's half: keeps what it gets.
    private final class AppHalf: UpgradedUpstream {
        var written: [UInt8] = []
        var isClosed = false
        private var received: ((ByteBuffer) -> Void)?

        func start(
            received: @escaping (ByteBuffer) -> Void, closed: @escaping () -> Void,
            writable: @escaping (Bool) -> Void
        ) { self.received = received }
        func write(_ bytes: ByteBuffer) { written += Array(buffer: bytes) }
        func responseFlow(_ isOpen: Bool) {}
        func close() { isClosed = true }
        func say(_ bytes: [UInt8]) { received?(ByteBuffer(bytes: bytes)) }
    }

    /// What its caller has become.
    private final class Standing: Sendable {
        let review = Mutex(SocketReview.goesOn)
        let asked = Mutex<[Bool]>([])
        func becomes(_ value: SocketReview) { review.withLock { $0 = value } }
    }

    private final class Bench {
        let loop = EmbeddedEventLoop()
        let channel: EmbeddedChannel
        let app = AppHalf()
        let standing = Standing()
        let watch: SocketWatch
        let splice: Splice
        let endings = Mutex<[SocketEnding]>([])
        private var toClient: [UInt8] = []

        init(_ mode: ControlMode = .enforce) throws {
            channel = EmbeddedChannel(loop: loop)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            watch = SocketWatch(eventLoop: loop)
            let terms = SocketTerms(
                control: "protection.websocket", mode: mode, maxMessageBytes: 1000, admits: { _, _ in true },
                review: { [standing] isInUse in
                    standing.asked.withLock { $0.append(isInUse) }
                    return standing.review.withLock { $0 }
                }, random: SeededRandomSource(seed: 9))
            let kept = Kept()
            splice = Splice(channel: channel, upstream: app, terms: terms, watch: watch) { kept.ended($0) }
            kept.bench = self
            splice.start()
        }

        private final class Kept {
            weak var bench: Bench?
            func ended(_ ending: SocketEnding) { bench?.endings.withLock { $0.append(ending) } }
        }

        var client: [UInt8] {
            while let bytes = try? channel.readOutbound(as: ByteBuffer.self) { toClient += Array(buffer: bytes) }
            return toClient
        }

        func clientSays(_ bytes: some Sequence<UInt8>) { splice.clientSent(ByteBuffer(bytes: Array(bytes))) }
        var reasons: [String] { endings.withLock { $0.flatMap(\.objections).map(\.reason.rawValue) } }
    }

    private static let over = SocketReview.ends(SocketObjection("websocket.session-over", code: 1008))

    /// Frames in a row, each unmasked.
    private static func frames(_ bytes: [UInt8]) -> [RawFrame] {
        var (rest, frames) = (bytes, [RawFrame]())
        while let (frame, length, _) = RawFrame.parse(rest) {
            frames.append(frame)
            rest.removeFirst(length)
        }
        #expect(rest.isEmpty, "half a frame: \(rest)")
        return frames
    }

    @Test(
        "finishes the frames that both sides had begun, puts the close frames behind them, and lets nothing more pass")
    func boundaries() throws {
        let bench = try Bench()
        let theirs = RawFrame.text(String(repeating: "w", count: 300)).bytes(masked: false)
        let mine = RawFrame.text("from the client").bytes(masked: true)
        bench.app.say(Array(theirs.prefix(100)))
        bench.clientSays(mine.prefix(3))
        bench.standing.becomes(Self.over)
        bench.loop.advanceTime(by: SocketWatch.pace)
        #expect(bench.client == Array(theirs.prefix(100)) && bench.app.written == Array(mine.prefix(3)))
        bench.clientSays(mine.dropFirst(3) + RawFrame.text("too late").bytes(masked: true))
        bench.app.say(Array(theirs.dropFirst(100)) + RawFrame.text("too late").bytes(masked: false))
        let (told, app) = (Self.frames(bench.client), Self.frames(bench.app.written))
        #expect(told.count == 2 && told.first?.text.count == 300)
        #expect(app.count == 2 && app.first?.text == "from the client")
        for last in [told.last, app.last] {
            #expect(last?.closeCode == 1008 && last?.closeText == "websocket.session-over")
        }
        #expect(bench.channel.isActive)
        bench.clientSays(RawFrame.close(1008).bytes(masked: true))
        bench.loop.run()
        #expect(!bench.channel.isActive && bench.app.isClosed && bench.reasons == ["websocket.session-over"])
        #expect(bench.watch.count == 0)
    }

    @Test("doesn't wait for a frame that never ends, nor for a client that says nothing")
    func patience() throws {
        let bench = try Bench()
        let theirs = RawFrame.text(String(repeating: "w", count: 300)).bytes(masked: false)
        bench.app.say(Array(theirs.prefix(100)))
        bench.standing.becomes(Self.over)
        bench.loop.advanceTime(by: SocketWatch.pace)
        #expect(Self.frames(bench.app.written).last?.closeCode == 1008)
        bench.loop.advanceTime(by: .milliseconds(299))
        #expect(bench.channel.isActive)
        bench.loop.advanceTime(by: .milliseconds(1))
        #expect(!bench.channel.isActive && bench.app.isClosed)
        // Nothing of ours was cut into the app's frame.
        #expect(bench.client == Array(theirs.prefix(100)))
        #expect(bench.endings.withLock { $0.count } == 1)
    }

    @Test("observing goes on, and tells each reason once at its end")
    func observing() throws {
        let bench = try Bench(.observe)
        bench.standing.becomes(Self.over)
        for _ in 0..<5 { bench.loop.advanceTime(by: SocketWatch.pace) }
        bench.app.say(RawFrame.text("on").bytes(masked: false))
        bench.clientSays(RawFrame.text(String(repeating: "x", count: 2000)).bytes(masked: true))
        bench.clientSays(RawFrame.text("and on").bytes(masked: true))
        #expect(Self.frames(bench.client).map(\.text) == ["on"])
        #expect(Self.frames(bench.app.written).map(\.text.count) == [2000, 6])
        #expect(bench.channel.isActive && bench.reasons.isEmpty)
        bench.splice.clientClosed()
        #expect(bench.reasons == ["websocket.session-over", "websocket.message-size"])
    }

    @Test("a caller that can't be told is waited for half a minute in a row, then asked to come again")
    func unknown() throws {
        let bench = try Bench()
        let start = NIODeadline.now()
        func review(_ value: SocketReview, after seconds: Int64) {
            bench.standing.becomes(value)
            bench.splice.review(at: start + .seconds(seconds))
        }
        review(.unknown, after: 0)
        review(.unknown, after: 30)
        review(.goesOn, after: 31)
        review(.unknown, after: 32)
        review(.unknown, after: 62)
        #expect(bench.client.isEmpty)
        review(.unknown, after: 63)
        #expect(Self.frames(bench.client).last?.closeCode == 1013)
    }

    @Test("asks four times a second whether it may go on, and says whether a message came since")
    func asking() throws {
        let bench = try Bench()
        #expect(bench.watch.count == 1)
        bench.loop.advanceTime(by: SocketWatch.pace)
        bench.clientSays(RawFrame(9, []).bytes(masked: true))
        bench.app.say(RawFrame.text("a push").bytes(masked: false))
        bench.loop.advanceTime(by: SocketWatch.pace)
        bench.clientSays(RawFrame.text("a message").bytes(masked: true))
        bench.loop.advanceTime(by: SocketWatch.pace)
        bench.loop.advanceTime(by: SocketWatch.pace)
        #expect(bench.standing.asked.withLock { $0 } == [false, false, true, false])
        bench.splice.clientClosed()
        #expect(bench.watch.count == 0)
        bench.loop.advanceTime(by: .seconds(5))
        #expect(bench.standing.asked.withLock { $0.count } == 4)
    }

    @Test("a process that ends says 1001 to both sides")
    func goingAway() throws {
        let bench = try Bench()
        bench.splice.shutDown()
        #expect(Self.frames(bench.client).last?.closeCode == 1001)
        #expect(Self.frames(bench.app.written).last?.closeCode == 1001)
        #expect(!bench.channel.isActive)
    }

    @Test("what breaks a limit isn't passed on; an app that has half of it is cut off, not told")
    func violations() throws {
        let whole = try Bench()
        whole.clientSays(RawFrame.text(String(repeating: "x", count: 1001)).bytes(masked: true))
        #expect(Self.frames(whole.client).last?.closeCode == 1009)
        #expect(Self.frames(whole.app.written).map(\.closeCode) == [1009])
        let half = try Bench()
        let large = RawFrame.text(String(repeating: "x", count: 1001)).bytes(masked: true)
        half.clientSays(large.prefix(2))
        half.clientSays(large.dropFirst(2))
        #expect(Self.frames(half.client).last?.closeCode == 1009)
        #expect(half.app.written == Array(large.prefix(2)) && half.app.isClosed)
    }
}
