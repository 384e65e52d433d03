import Dispatch
import Glibc
public import Kernel
import NIOCore
import Synchronization

/// Takes finished log lines from event loops and writes them in batches from a thread of its own.
///
/// It never makes an event loop wait: each loop has a buffer of its own, and when the log's reader is too slow, lines
/// are dropped and counted, and a line says how many.
public final class AccessLogWriter: Sendable {
    /// Where the lines go.
    public enum Sink: Sendable {
        /// An open file descriptor, which the writer doesn't close.
        case descriptor(CInt)
        /// Whole lines, several at a time, on the writer's own queue.
        case handler(@Sendable ([UInt8]) -> Void)
    }

    /// One loop's lines that aren't written yet.
    struct Pending {
        var bytes = ByteBuffer()
        fileprivate var dropped = 0
        /// Events as the last line had them, and their text: most lines have the same or none.
        var events: [SecurityEvent] = []
        var eventsText: [UInt8] = []
        private var second: Int64 = -1
        private var wholeSecond: [UInt8] = []

        /// A time as lines have it. Its second is written out once.
        mutating func stamp(of time: Timestamp) -> LogStamp {
            let milliseconds = max(0, time.nanosecondsSinceEpoch / 1_000_000)
            if milliseconds / 1000 != second {
                second = milliseconds / 1000
                wholeSecond.removeAll(keepingCapacity: true)
                Timestamp(nanosecondsSinceEpoch: second &* 1_000_000_000).appendISO8601(to: &wholeSecond)
            }
            return LogStamp(wholeSecond: wholeSecond, millisecond: Int(truncatingIfNeeded: milliseconds % 1000))
        }
    }

    /// A class, because an array can't hold a `Mutex`.
    private final class Shard: Sendable {
        let pending = Mutex(Pending())
        /// Memory that was written out: the next lines go there, instead of into memory that is new each time.
        let spare = Mutex(ByteBuffer())
    }

    private let shards: [Shard]
    private let bound: Int
    private let queue = DispatchQueue(label: "seaworthy.access-log", qos: .utility)
    private let isStopped = Atomic<Bool>(false)
    private let sink: Mutex<Sink>
    private let wallClock: any WallClock
    private let droppedInAll = Atomic<Int>(0)

    /// - Parameters:
    ///   - shardCount: one for each event loop is best.
    ///   - bound: bytes that one shard holds at most while the sink is slow.
    public init(sink: Sink, shardCount: Int, bound: Int = 4 << 20, wallClock: any WallClock) {
        self.sink = Mutex(sink)
        self.shards = (0..<max(1, shardCount)).map { _ in Shard() }
        self.bound = bound
        self.wallClock = wallClock
        scheduleWrite()
    }

    private func scheduleWrite() {
        queue.asyncAfter(deadline: .now() + .milliseconds(20)) { [weak self] in
            guard let self, !self.isStopped.load(ordering: .relaxed) else { return }
            self.write()
            self.scheduleWrite()
        }
    }

    /// Lines that were dropped since the start, because the sink was too slow.
    public var dropped: Int { droppedInAll.load(ordering: .relaxed) }

    /// Hands over one line, its newline included.
    func append(_ shard: Int, _ line: (inout Pending) -> Void) {
        let fits = shards[Int(truncatingIfNeeded: UInt(bitPattern: shard) % UInt(shards.count))].pending.withLock {
            guard $0.bytes.readableBytes < bound else {
                $0.dropped &+= 1
                return false
            }
            line(&$0)
            return true
        }
        if !fits { droppedInAll.wrappingAdd(1, ordering: .relaxed) }
    }

    /// From here on lines go to another sink: what came before is written to the old one first.
    public func redirect(to new: Sink) {
        queue.sync {
            write()
            sink.withLock { $0 = new }
        }
    }

    /// Writes what is there; returns when it is written.
    public func flush() { queue.sync { write() } }

    /// Flushes and ends.
    public func stop() {
        isStopped.store(true, ordering: .relaxed)
        flush()
    }

    private func write() {
        for shard in shards {
            var taken = ByteBuffer()
            shard.spare.withLock { swap(&taken, &$0) }
            taken.clear()
            let dropped = shard.pending.withLock { pending in
                swap(&taken, &pending.bytes)
                let dropped = pending.dropped
                pending.dropped = 0
                return dropped
            }
            if dropped > 0 { deliver(ByteBuffer(bytes: droppedLine(dropped))) }
            if taken.readableBytes > 0 { deliver(taken) }
            guard taken.storageCapacity <= AccessLogWriter.keptMemory else { continue }
            shard.spare.withLock { swap(&taken, &$0) }
        }
    }

    /// Bytes of memory that a shard keeps for its next lines at most.
    private static let keptMemory = 1 << 20

    private func droppedLine(_ count: Int) -> [UInt8] {
        var line = JSONText(reserving: 128)
        line.beginObject()
        line.name("time")
        line.rawString { wallClock.now().appendISO8601(to: &$0) }
        line.name("level")
        line.string("warning")
        line.name("event")
        line.string("log-dropped")
        line.name("count")
        line.number(count)
        line.endObject()
        line.newline()
        return line.bytes
    }

    private func deliver(_ bytes: ByteBuffer) {
        switch sink.withLock({ $0 }) {
        case .handler(let handler): handler(Array(bytes.readableBytesView))
        case .descriptor(let descriptor): AccessLogWriter.writeAll(bytes, to: descriptor)
        }
    }

    /// A log that can't be written (a closed pipe, a full disk) must not end the gateway: what can't be written is lost.
    private static func writeAll(_ bytes: ByteBuffer, to descriptor: CInt) {
        bytes.withUnsafeReadableBytes { whole in
            var rest = whole[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    if errno == EAGAIN {
                        usleep(1000)
                        continue
                    }
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
    }
}
