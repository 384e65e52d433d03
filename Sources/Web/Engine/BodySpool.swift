public import NIOCore
import NIOPosix

/// A request's body kept until a stage has seen all of it: in memory up to 1 MiB, beyond that in a temporary file.
///
/// Lives on its exchange's event loop and never waits there: what touches the disk runs on a thread pool, one piece of
/// work at a time and in order; `moved` is called when one is done. While much waits to be written, `wantsMore` is false
/// and the client has to pause.
final class BodySpool {
    enum Held {
        case ready(ByteBuffer)
        case later, failed
    }
    enum Next {
        case chunk(ByteBuffer)
        case later, end, failed
    }

    /// Something was written or read, or has failed: ask again.
    var moved: () -> Void = {}
    private(set) var failure: String?
    private let loop: any EventLoop
    private let makeStore: @Sendable () -> (any BodyStore)?
    /// The whole body, or nothing once there is a file.
    private var memory = ByteBuffer()
    private var size = 0
    // Writing
    private var isFile = false
    private var store: (any BodyStore)?
    private var pending: [ByteBuffer] = []
    private var pendingBytes = 0
    private var written = 0
    // Reading
    private var wanted: Int?
    private var fetched: ByteBuffer?
    private var isReplayed = false
    private var given = 0
    private var ahead = ByteBuffer()
    // Working
    private var isBusy = false
    private var isRemoved = false

    private static let memoryBound = 1 << 20
    private static let pendingBound = 1 << 20
    private static let chunkSize = 65_536
    private static let readSize = 4 * chunkSize

    init(
        startingWith bytes: inout ByteBuffer?, on loop: any EventLoop,
        makeStore: @escaping @Sendable () -> (any BodyStore)?
    ) {
        self.loop = loop
        self.makeStore = makeStore
        if let first = bytes { append(first) }
        bytes = nil
    }

    // MARK: - Keeping

    func append(_ chunk: ByteBuffer) {
        guard failure == nil, !isRemoved else { return }
        size += chunk.readableBytes
        var chunk = chunk
        if !isFile {
            if size <= BodySpool.memoryBound {
                memory.writeBuffer(&chunk)
                return
            }
            isFile = true
            pending.append(memory)
            pendingBytes = memory.readableBytes
            memory = ByteBuffer()
        }
        pending.append(chunk)
        pendingBytes += chunk.readableBytes
        work()
    }

    /// Whether the client may send more just now.
    var wantsMore: Bool { failure != nil || pendingBytes < BodySpool.pendingBound }

    /// Whether all of it is where it belongs.
    private var isSettled: Bool { failure == nil && (!isFile || written == size) }

    /// The whole body; nil while it is still being written.
    var body: RequestBody? {
        guard isSettled else { return nil }
        if isFile { return store.map { .file(path: $0.path, size: size) } }
        return .memory(memory, isWhole: true)
    }

    // MARK: - Reading

    /// The first `count` bytes, fewer where it holds fewer.
    func prefix(_ count: Int) -> Held {
        guard failure == nil else { return .failed }
        let count = min(count, size)
        guard isFile else {
            return .ready(memory.getSlice(at: memory.readerIndex, length: count) ?? ByteBuffer())
        }
        if let fetched, fetched.readableBytes >= count {
            return .ready(fetched.getSlice(at: fetched.readerIndex, length: count) ?? ByteBuffer())
        }
        fetched = nil
        wanted = count
        work()
        return .later
    }

    /// Starts reading from the beginning: nothing is kept from now on.
    func rewind() {
        isReplayed = true
        given = 0
        ahead = ByteBuffer()
        fetched = nil
    }

    /// The next chunk of the body.
    func next() -> Next {
        guard failure == nil else { return .failed }
        guard given < size else { return .end }
        guard isFile else {
            given = size
            defer { memory = ByteBuffer() }
            return .chunk(memory)
        }
        guard let chunk = ahead.readSlice(length: min(BodySpool.chunkSize, ahead.readableBytes)),
            chunk.readableBytes > 0
        else {
            work()
            return .later
        }
        given += chunk.readableBytes
        return .chunk(chunk)
    }

    // MARK: - The disk

    /// Begins the next piece of work, if there is one and none is under way.
    private func work() {
        guard isFile, !isBusy, !isRemoved, failure == nil else { return }
        if !pending.isEmpty {
            write()
        } else if let count = wanted {
            wanted = nil
            read(at: 0, count) { self.fetched = $0 }
        } else if isReplayed, ahead.readableBytes == 0, given < size {
            read(at: given, min(BodySpool.readSize, size - given)) { self.ahead = $0 }
        }
    }

    private func write() {
        let (parts, start, store, makeStore) = (pending, written, store, makeStore)
        let count = parts.reduce(0) { $0 + $1.readableBytes }
        pending = []
        perform {
            guard let store = store ?? makeStore() else { return (any BodyStore)?.none }
            var place = start
            for part in parts {
                guard store.write(part, at: place) else { return nil }
                place += part.readableBytes
            }
            return store
        } done: { store in
            guard let store = store.flatMap(\.self) else { return self.fail("the temporary file can't be written") }
            self.store = store
            self.written += count
            self.pendingBytes -= count
        }
    }

    private func read(at place: Int, _ count: Int, _ keep: @escaping (ByteBuffer) -> Void) {
        guard let store else { return fail("there is no temporary file") }
        perform {
            store.read(at: place, count)
        } done: { bytes in
            guard let bytes = bytes.flatMap(\.self), bytes.readableBytes == count else {
                return self.fail("the temporary file can't be read")
            }
            keep(bytes)
        }
    }

    private func fail(_ reason: String) {
        failure = reason
        pending = []
        pendingBytes = 0
    }

    private func perform<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, done: @escaping (Result?) -> Void
    ) {
        isBusy = true
        NIOThreadPool.singleton.runIfActive(eventLoop: loop, work).assumeIsolated().whenComplete { result in
            self.isBusy = false
            done(try? result.get())
            if self.isRemoved { return self.removeStore() }
            self.work()
            self.moved()
        }
    }

    /// Gives up the body and its file, at once or when the work under way is done.
    func remove() {
        isRemoved = true
        moved = {}
        pending = []
        memory = ByteBuffer()
        ahead = ByteBuffer()
        fetched = nil
        if !isBusy { removeStore() }
    }

    private func removeStore() {
        guard let store else { return }
        self.store = nil
        NIOThreadPool.singleton.submit { _ in store.remove() }
    }
}

/// Where a body is kept that doesn't fit in memory. Called on a thread that may wait, one call at a time.
public protocol BodyStore: Sendable {
    /// Where stages find it.
    var path: String { get }
    /// False when not all of it could be written.
    func write(_ bytes: ByteBuffer, at place: Int) -> Bool
    /// nil when that much can't be read.
    func read(at place: Int, _ count: Int) -> ByteBuffer?
    func remove()
}
