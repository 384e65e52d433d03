import NIOCore

/// A request's body kept until a stage has seen all of it: in memory up to 1 MiB, beyond that in a temporary file.
final class BodySpool {
    private var memory = ByteBuffer()
    private var file: SpoolFile?
    private(set) var failure: String?
    private var size = 0
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

    /// Starts reading from the beginning.
    func rewind() { file?.rewind() }

    /// The next chunk; nil when all have been given.
    func next() -> ByteBuffer? {
        if let file { return file.read() }
        guard memory.readableBytes > 0 else { return nil }
        defer { memory = ByteBuffer() }
        return memory
    }

    func remove() {
        file?.remove()
        file = nil
        memory = ByteBuffer()
    }
}
