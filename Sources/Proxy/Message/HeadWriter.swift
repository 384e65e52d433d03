import Kernel
import Web

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
        fieldValue(value)
    }

    /// The line at `position` as it came; the names of known fields need no second look.
    mutating func line(_ fields: borrowing FieldList, _ position: Int) {
        if fields.known(at: position) == nil, !fields.withName(at: position, HeadWriter.isName) { isClean = false }
        if !fields.withValue(at: position, HeadWriter.isValue) { isClean = false }
        fields.withLine(at: position) { copy($0) }
    }

    /// Every line as it came, but for those of `omitted`: of a list that is plain, so that only the names of unknown
    /// fields need a look.
    mutating func lines(_ fields: borrowing FieldList, without omitted: FieldSet) {
        for position in fields.indices where fields.known(at: position) == nil {
            if !fields.withName(at: position, HeadWriter.isName) { isClean = false }
        }
        fields.forEachRun(without: omitted) { copy($0) }
    }

    private mutating func fieldValue(_ value: String) {
        raw(": ")
        put(value, HeadWriter.isValue)
        raw("\r\n")
    }

    @inline(__always)
    private static func isValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        !ASCIIText.hasControl(bytes) || bytes.allSatisfy { byte in byte >= 0x20 && byte != 0x7F || byte == 0x09 }
    }

    /// A method or a field name: no space, no colon, no control, ASCII (RFC 9110 §5.6.2).
    mutating func token(_ text: String) {
        if text.utf8.isEmpty { isClean = false }
        put(text, HeadWriter.isToken)
    }

    private static func isName(_ bytes: UnsafeRawBufferPointer) -> Bool { !bytes.isEmpty && isToken(bytes) }

    @inline(__always)
    private static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { byte in byte > 0x20 && byte < 0x7F && byte != 0x3A }
    }

    /// A request target: no space, no control (RFC 9112 §3.2).
    mutating func visible(_ text: String) {
        if text.utf8.isEmpty { isClean = false }
        put(text) { bytes in bytes.allSatisfy { byte in byte > 0x20 && byte != 0x7F } }
    }

    @inline(__always)
    private mutating func put(_ text: String, _ isGood: (UnsafeRawBufferPointer) -> Bool) {
        let isNative: Void? = text.utf8.withContiguousStorageIfAvailable { put(UnsafeRawBufferPointer($0), isGood) }
        guard isNative == nil else { return }
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0), isGood) }
    }

    @inline(__always)
    private mutating func put(_ bytes: UnsafeRawBufferPointer, _ isGood: (UnsafeRawBufferPointer) -> Bool) {
        if !isGood(bytes) { isClean = false }
        copy(bytes)
    }

    @inline(__always)
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
