import Foundation
import Kernel
import NIOCore
import NIOHTTP1
import Synchronization
import TestKit
import Testing
import Web

/// A body that goes to disk, on a disk that takes its time or doesn't work.
@Suite("A body that goes to disk", .timeLimit(.minutes(1)))
struct SpoolTests {
    /// Keeps bytes in memory, each call as slowly as it is told to.
    final class SlowStore: BodyStore {
        struct State {
            var bytes: [UInt8] = []
            var writes = 0
            var isBusy = false
            var overlaps = 0
            var isRemoved = false
            var onLoop = 0
        }
        let path = "/nowhere"
        let delay: Duration
        /// Fails from this write or read on.
        let failingWrite: Int
        let failsReading: Bool
        let loop = Mutex<(any EventLoop)?>(nil)
        /// While true no call returns.
        let hangs = Mutex(false)
        private let state = Mutex(State())

        init(delay: Duration, failingWrite: Int = .max, failsReading: Bool = false) {
            self.delay = delay
            self.failingWrite = failingWrite
            self.failsReading = failsReading
        }

        var seen: State { state.withLock { $0 } }

        private func slowly<Result>(_ work: (inout State) -> Result) -> Result {
            let isOnLoop = loop.withLock { $0?.inEventLoop == true }
            state.withLock { state in
                if state.isBusy { state.overlaps += 1 }
                state.isBusy = true
                if isOnLoop { state.onLoop += 1 }
            }
            usleep(UInt32(delay / .microseconds(1)))
            while hangs.withLock({ $0 }) { usleep(500) }
            return state.withLock { state in
                state.isBusy = false
                return work(&state)
            }
        }

        func write(_ bytes: ByteBuffer, at place: Int) -> Bool {
            slowly { state in
                state.writes += 1
                guard state.writes < failingWrite, place == state.bytes.count else { return false }
                state.bytes += Array(bytes.readableBytesView)
                return true
            }
        }

        func read(at place: Int, _ count: Int) -> ByteBuffer? {
            slowly { state in
                guard !failsReading, place + count <= state.bytes.count else { return nil }
                return ByteBuffer(bytes: state.bytes[place..<place + count])
            }
        }

        func remove() { slowly { $0.isRemoved = true } }
    }

    private func bench(_ store: SlowStore, _ need: BodyNeed = .spooled(max: 1 << 28)) async throws -> EngineBenchHandle
    {
        let bench = try await EngineBench.on { loop in
            store.loop.withLock { $0 = loop }
            return EngineBench(
                [ScriptedStage("spools") { _ in .body(need) { _, _ in .proceed } }],
                request: EngineBench.request(.POST), bodyStore: { store }, on: loop)
        }
        try await bench.run { $0.driver.start() }
        return bench
    }

    /// 64 KiB that say which they are.
    private static func piece(_ number: Int) -> ByteBuffer {
        ByteBuffer(bytes: (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7 &+ $0 >> 8) })
    }

    private static func joined(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { Array(piece($0).readableBytesView) }
    }

    @Test("the event loop goes on while the disk hangs")
    func hangingDisk() async throws {
        let store = SlowStore(delay: .zero)
        store.hangs.withLock { $0 = true }
        let bench = try await bench(store)
        for number in 0..<20 { try await bench.run { $0.driver.receiveBody(Self.piece(number)) } }
        #expect(try await bench.holds { _ in store.seen.isBusy })
        for _ in 0..<10 { #expect(try await bench.run { $0.upstream.opened } == 0) }
        #expect(store.seen.isBusy, "the disk has answered by itself")
        try await bench.run { $0.driver.receiveEnd(nil) }
        store.hangs.withLock { $0 = false }
        #expect(try await bench.holds { $0.upstream.hasEnded })
        #expect(try await bench.run { Array($0.upstream.bytes.readableBytesView) } == Self.joined(20))
    }

    @Test("on a slow disk the client waits, and nothing is lost or out of order")
    func slowDisk() async throws {
        let store = SlowStore(delay: .milliseconds(20))
        let bench = try await bench(store)
        let count = 96
        var paused = 0
        for number in 0..<count {
            // As a transport does: nothing is read while the flow is closed.
            #expect(try await bench.holds { $0.transport.isFlowing })
            let isFlowing = try await bench.run { bench in
                bench.driver.receiveBody(Self.piece(number))
                return bench.transport.isFlowing
            }
            if !isFlowing { paused += 1 }
        }
        try await bench.run { $0.driver.receiveEnd(nil) }
        #expect(try await bench.holds(within: .seconds(20)) { $0.upstream.hasEnded })
        #expect(try await bench.run { Array($0.upstream.bytes.readableBytesView) } == Self.joined(count))
        #expect(store.seen.onLoop == 0, "the disk was touched on the event loop")
        #expect(store.seen.overlaps == 0)
        #expect(paused > 0, "the client was never paused")
        #expect(try await bench.holds { _ in store.seen.isRemoved })
        #expect(try await bench.run { $0.upstream.violations + $0.transport.violations } == [])
    }

    @Test("what a slow disk holds back stays bounded")
    func bounded() async throws {
        let store = SlowStore(delay: .milliseconds(200))
        let bench = try await bench(store)
        let sent = try await bench.run { bench in
            var sent = 0
            while bench.transport.isFlowing, sent < 1000 {
                bench.driver.receiveBody(Self.piece(sent))
                sent += 1
            }
            return sent
        }
        #expect(sent <= 33, "\(sent) pieces of 64 KiB were taken at once")
        try await bench.run { $0.driver.clientClosed() }
        #expect(try await bench.holds { _ in store.seen.isRemoved })
    }

    @Test(
        "a disk that fails makes a clean refusal, whatever came of the body", arguments: [1, 2, 4])
    func failingWrite(_ number: Int) async throws {
        let store = SlowStore(delay: .milliseconds(1), failingWrite: number)
        let bench = try await bench(store)
        for number in 0..<64 {
            _ = try await bench.holds { $0.transport.isFlowing }
            try await bench.run { $0.driver.receiveBody(Self.piece(number)) }
        }
        try await bench.run { $0.driver.receiveEnd(nil) }
        #expect(try await bench.holds { $0.transport.status == 503 })
        #expect(try await bench.run { $0.upstream.opened } == 0)
        #expect(try await bench.run { $0.transport.violations } == [])
    }

    @Test("a disk that can't be read from any more breaks the request off and says so")
    func failingRead() async throws {
        let store = SlowStore(delay: .milliseconds(1), failsReading: true)
        let bench = try await bench(store)
        for number in 0..<20 { try await bench.run { $0.driver.receiveBody(Self.piece(number)) } }
        try await bench.run { $0.driver.receiveEnd(nil) }
        #expect(try await bench.holds { $0.transport.status == 503 })
        #expect(try await bench.run { $0.upstream.aborts } == 1)
        #expect(try await bench.run { $0.upstream.hasEnded } == false)
    }

    @Test("a client that leaves while the disk works leaves nothing behind", arguments: [1, 17, 30, 60])
    func clientLeaves(_ pieces: Int) async throws {
        // The complete body takes far longer to write than a busy machine takes to notice that the client left.
        let store = SlowStore(delay: .milliseconds(pieces == 60 ? 100 : 20))
        let bench = try await bench(store)
        for number in 0..<pieces { try await bench.run { $0.driver.receiveBody(Self.piece(number)) } }
        if pieces == 60 { try await bench.run { $0.driver.receiveEnd(nil) } }
        try await Task.sleep(for: .milliseconds(pieces))
        try await bench.run { $0.driver.clientClosed() }
        #expect(try await bench.holds { _ in store.seen.writes == 0 || store.seen.isRemoved })
        try await Task.sleep(for: .milliseconds(60))
        #expect(try await bench.run { $0.upstream.opened } == 0)
        #expect(store.seen.overlaps == 0)
    }
}
