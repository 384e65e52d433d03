import NIOCore

/// A request's body kept until a stage has seen all of it: in memory up to 1 MiB, beyond that in a temporary file.
final class BodySpool {
    private var memory = ByteBuffer()
    private var file: SpoolFile?
    private(set) var failure: String?
    private var size = 0
    private var given = 0
    private static let memoryBound = 1 << 20

    init(startingWith bytes: inout ByteBuffer?) {
        if let first = bytes { append(first) }
        bytes = nil
    }

    func append(_ chunk: ByteBuffer) {
        guard failure == nil else { return }
        size += chunk.readableBytes
        var chunk = chunk
        if file == nil, memory.readableBytes + chunk.readableBytes <= BodySpool.memoryBound {
            memory.writeBuffer(&chunk)
            return
        }
        if file == nil {
            file = SpoolFile()
            write(memory)
            memory = ByteBuffer()
        }
        write(chunk)
    }

    private func write(_ bytes: ByteBuffer) {
        if file?.write(bytes) != true { failure = "the temporary file can't be written" }
    }

    /// The whole body; nil when it could not be kept.
    var body: RequestBody? {
        if failure != nil { return nil }
        if let file { return .file(path: file.path, size: size) }
        return .memory(memory, isWhole: true)
    }

    /// The first `count` bytes, fewer where it holds fewer; nil when they could not be kept.
    func prefix(_ count: Int) -> ByteBuffer? {
        guard failure == nil else { return nil }
        guard let file else { return memory.getSlice(at: memory.readerIndex, length: min(count, memory.readableBytes)) }
        let wanted = min(count, size)
        let bytes = file.prefix(wanted)
        return bytes?.readableBytes == wanted ? bytes : nil
    }

    /// Starts reading from the beginning.
    func rewind() {
        given = 0
        file?.rewind()
    }

    /// The next chunk; nil when all have been given, or with `failure` set when the rest can't be read.
    func next() -> ByteBuffer? {
        guard failure == nil, given < size else { return nil }
        if let file {
            guard let chunk = file.read() else {
                failure = "the temporary file can't be read"
                return nil
            }
            given += chunk.readableBytes
            return chunk
        }
        defer { memory = ByteBuffer() }
        given = size
        return memory
    }

    func remove() {
        file?.remove()
        file = nil
        memory = ByteBuffer()
    }
}
