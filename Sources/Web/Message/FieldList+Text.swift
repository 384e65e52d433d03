internal import Kernel

/// What the bytes of a list's text are, and how odd ones are set right.
extension FieldList {
    /// Whether all of it is printable ASCII, but for the CRLF of each line.
    public var isPlain: Bool {
        let unprintable = text.withUnsafeBytes {
            ASCIIText.unprintable(UnsafeRawBufferPointer(rebasing: $0[plainBytes..<used]))
        }
        return unprintable == (written &- plainLines) &* 2
    }

    /// As `isPlain`, and remembers it: nothing that was found plain is looked at again.
    public mutating func notePlain() -> Bool {
        guard isPlain else { return false }
        plainBytes = used
        plainLines = written
        return true
    }

    /// Takes the white space around values off: it is no part of them (RFC 9110 §5.5).
    mutating func trimValues() {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let old = self
        self = FieldList(reservingBytes: text.count &+ 256, lines: places.count &+ 6)
        for place in old.places {
            let value = old.text[place.content].drop(while: isBlank)
            let end = value.lastIndex { !isBlank($0) }.map { $0 &+ 1 } ?? value.startIndex
            add(place.known, old.string(place.name), String(decoding: value.prefix(upTo: end), as: UTF8.self))
        }
    }

    /// Reads values that aren't UTF-8 as Latin-1, without the blanks around them, and says how many there were.
    public mutating func recodeLatin1() -> Int {
        if text.withUnsafeBytes({ ASCIIText.isASCII(UnsafeRawBufferPointer(rebasing: $0[..<used])) }) { return 0 }
        var count = 0
        for position in places.indices {
            let isSound = withValue(at: position) { String(validating: $0, as: UTF8.self) != nil }
            if isSound { continue }
            var scalars = String.UnicodeScalarView()
            withValue(at: position) { bytes in for byte in bytes { scalars.append(Unicode.Scalar(byte)) } }
            let value = String(String(scalars).trimming(while: { $0 == " " || $0 == "\t" }))
            add(places[position].known, name(at: position), value)
            if let last = places.popLast() { places[position] = last }
            count &+= 1
        }
        return count
    }
}
