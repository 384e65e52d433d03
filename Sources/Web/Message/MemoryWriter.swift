/// Copies texts one behind the other into memory; what doesn't fit is left out, never written beyond the end.
public struct MemoryWriter {
    @usableFromInline let memory: UnsafeMutableRawBufferPointer
    /// Where the next byte goes.
    public var count: Int

    @inlinable
    public init(_ memory: UnsafeMutableRawBufferPointer, from start: Int = 0) {
        self.memory = memory
        count = start
    }

    @inlinable
    public mutating func raw(_ text: StaticString) { text.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) } }

    @inlinable
    public mutating func put(_ text: String) { text.withBytes { put($0) } }

    @inlinable
    public mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let start = memory.baseAddress, bytes.count <= memory.count &- count
        else { return }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inlinable
    public mutating func pair(_ first: UInt8, _ second: UInt8) {
        guard count &+ 2 <= memory.count else { return }
        memory[count] = first
        memory[count &+ 1] = second
        count &+= 2
    }

    @inlinable
    public mutating func put(byte: UInt8) {
        guard count < memory.count else { return }
        memory[count] = byte
        count &+= 1
    }

    /// The decimal digits of a number that isn't negative.
    @inlinable
    public mutating func put(_ value: Int) {
        if value < 10 { return put(byte: 0x30 &+ UInt8(truncatingIfNeeded: value)) }
        var length = 1
        var bound = 10
        while bound <= value, length < 18 {
            bound &*= 10
            length &+= 1
        }
        if bound <= value { length = 19 }
        guard length <= memory.count &- count else { return }
        var rest = value
        var position = count &+ length
        while rest > 0 {
            position &-= 1
            memory[position] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= length
    }
}

extension String {
    /// The bytes of its UTF-8, without a copy where they lie in one piece, as nearly all do.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
