/// Copies strings into memory of a known size and looks at every byte on the way: a head that could be read in two
/// ways, or doesn't fit, is never clean again.
struct HeadWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private(set) var isClean = true

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// Text of our own.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { copy(UnsafeRawBufferPointer($0)) }
    }

    /// `name: value` and the line's end.
    mutating func field(_ name: String, _ value: String) {
        token(name)
        raw(": ")
        put(value) { byte in (byte < 0x20 && byte != 0x09) || byte == 0x7F }
        raw("\r\n")
    }

    /// A method or a field name: no space, no colon, no control, ASCII (RFC 9110 §5.6.2).
    mutating func token(_ text: String) {
        if text.utf8.isEmpty { isClean = false }
        put(text) { byte in byte <= 0x20 || byte >= 0x7F || byte == 0x3A }
    }

    /// A request target: no space, no control (RFC 9112 §3.2).
    mutating func visible(_ text: String) {
        if text.utf8.isEmpty { isClean = false }
        put(text) { byte in byte <= 0x20 || byte == 0x7F }
    }

    private mutating func put(_ text: String, _ isBad: (UInt8) -> Bool) {
        var text = text
        text.withUTF8 { bytes in
            var bad = false
            // No early way out: so the loop runs over many bytes at once.
            for byte in bytes { bad = bad || isBad(byte) }
            if bad { isClean = false }
            copy(UnsafeRawBufferPointer(bytes))
        }
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        let end = count &+ bytes.count
        guard end <= memory.count, let start = memory.baseAddress else {
            isClean = false
            return
        }
        guard let source = bytes.baseAddress else { return }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        count = end
    }
}
