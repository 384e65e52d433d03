internal import Kernel
public import NIOHTTP1

/// The header fields of a message in order, as bytes: one text that has them as HTTP/1.1 writes them, and a table that
/// says where each line stands and which known field it is. No stage walks over them or compares names to find a field,
/// and a field that nobody asks for never becomes a `String`.
public struct FieldList: Sendable {
    /// A line's copy, for whoever looks at one closely.
    public struct Line: Sendable {
        public let name: String
        public let value: String
        /// nil for a field that no stage asks for.
        public let known: KnownField?
    }

    /// Where a line stands in `text`: `Name: value`, CRLF.
    @usableFromInline
    struct Place: Sendable {
        @usableFromInline var start: UInt32
        /// Behind the colon and the blank.
        @usableFromInline var value: UInt32
        /// Behind the value, where its CRLF begins.
        @usableFromInline var end: UInt32
        @usableFromInline var known: KnownField?

        @usableFromInline
        init(start: Int, value: Int, end: Int, known: KnownField?) {
            self.start = UInt32(truncatingIfNeeded: start)
            self.value = UInt32(truncatingIfNeeded: value)
            self.end = UInt32(truncatingIfNeeded: end)
            self.known = known
        }

        @inlinable var name: Range<Int> { Int(start)..<Swift.max(Int(start), Int(value) &- 2) }
        @inlinable var content: Range<Int> { Int(value)..<Swift.max(Int(value), Int(end)) }
    }

    /// Lines that were taken out stay in it unseen; behind `used` there is room.
    @usableFromInline var text: [UInt8]
    @usableFromInline var used = 0
    @usableFromInline var places: [Place]
    /// The known fields that are there.
    @usableFromInline var present = FieldSet()
    /// Lines that were ever written into `text`.
    @usableFromInline var written = 0
    /// As far as these many bytes and lines, `text` was found to be plain. What is written there never changes.
    var plainBytes = 0
    var plainLines = 0

    public init() {
        text = []
        places = []
    }

    /// With room for a head of usual size.
    init(reservingBytes bytes: Int, lines: Int) {
        text = [UInt8](repeating: 0, count: bytes)
        places = []
        places.reserveCapacity(lines)
    }

    public init(_ headers: HTTPHeaders) {
        guard !headers.isEmpty else {
            self.init()
            return
        }
        var size = 256
        for (name, value) in headers { size &+= name.utf8.count &+ value.utf8.count &+ 4 }
        self.init(reservingBytes: size, lines: headers.count &+ 6)
        for (name, value) in headers { add(name: name, value: value) }
    }

    @inlinable public var count: Int { places.count }
    @inlinable public var indices: Range<Int> { places.indices }

    /// All of them as NIO has them: a copy.
    public var headers: HTTPHeaders { HTTPHeaders(places.map { (string($0.name), string($0.content)) }) }

    /// All of them: a copy.
    public var lines: [Line] {
        places.map { Line(name: string($0.name), value: string($0.content), known: $0.known) }
    }

    // MARK: - Looking

    @inlinable
    public func has(_ field: KnownField) -> Bool { present.contains(field) }

    @inlinable
    public func has(anyOf fields: FieldSet) -> Bool { !present.isDisjoint(with: fields) }

    @inlinable
    public func known(at position: Int) -> KnownField? { places[position].known }

    public func name(at position: Int) -> String { string(places[position].name) }

    public func value(at position: Int) -> String { string(places[position].content) }

    /// A line as HTTP/1.1 writes it, CRLF included.
    @inlinable
    public func withLine<Result>(at position: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let place = places[position]
        return text.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[Int(place.start)..<Int(place.end) &+ 2]))
        }
    }

    /// The bytes of a line's name.
    @inlinable
    public func withName<Result>(at position: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let range = places[position].name
        return text.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// The bytes of a line's value.
    @inlinable
    public func withValue<Result>(at position: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let range = places[position].content
        return text.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Where the first line of a field is.
    @inlinable
    public func position(of field: KnownField) -> Int? {
        guard present.contains(field) else { return nil }
        for position in places.indices where places[position].known == field { return position }
        return nil
    }

    /// Whether no other line of this one's field comes behind it.
    func isLast(_ position: Int) -> Bool {
        let known = places[position].known
        return !places[(position &+ 1)...].contains { $0.known == known }
    }

    /// The first value of a field.
    public func first(_ field: KnownField) -> String? { position(of: field).map { value(at: $0) } }

    /// The bytes of the first value of a field; nil where there is none.
    @inlinable
    public func withFirst<Result>(_ field: KnownField, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard let position = position(of: field) else { return nil }
        return withValue(at: position, body)
    }

    /// Whether the first line of a field has this value; with nil, whether there is none.
    func first(_ field: KnownField, is value: [UInt8]?) -> Bool {
        guard let position = position(of: field) else { return value == nil }
        guard let value else { return false }
        return withValue(at: position) { first in value.withUnsafeBytes { $0.isEqual(to: first) } }
    }

    /// Whether every line is of one of these fields.
    @inlinable
    public func areAll(in fields: FieldSet) -> Bool {
        for position in places.indices {
            guard let known = places[position].known, fields.contains(known) else { return false }
        }
        return true
    }

    /// How many lines of this field there are.
    public func count(_ field: KnownField) -> Int {
        guard present.contains(field) else { return 0 }
        var count = 0
        for position in places.indices where places[position].known == field { count &+= 1 }
        return count
    }

    /// Every value of a field in order.
    public func values(_ field: KnownField) -> [String] {
        guard present.contains(field) else { return [] }
        var values: [String] = []
        for position in places.indices where places[position].known == field { values.append(value(at: position)) }
        return values
    }

    func string(_ range: Range<Int>) -> String {
        text.withUnsafeBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    }

    // MARK: - Changing

    /// Adds a line at the end.
    public mutating func add(name: String, value: String) { add(KnownField(fieldName: name), name, value) }

    /// Adds a line at the end; `name` is the field's own, in the case in which it should go out.
    public mutating func add(_ field: KnownField, _ name: String, _ value: String) {
        add(Optional(field), name, value)
    }

    mutating func add(_ field: KnownField?, _ name: String, _ value: String) {
        name.withBytes { name in value.withBytes { value in add(field, name, value) } }
    }

    private mutating func add(_ field: KnownField?, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        let start = used
        makeRoom(for: name.count &+ value.count &+ 4)
        text.withUnsafeMutableBytes { memory in
            var writer = MemoryWriter(memory, from: start)
            writer.put(name)
            writer.pair(0x3A, 0x20)
            writer.put(value)
            writer.pair(0x0D, 0x0A)
        }
        used = start &+ name.count &+ value.count &+ 4
        noteLine(field, start: start, value: start &+ name.count &+ 2)
    }

    /// Adds a line at the end whose value is written by `write`, in at most `room` bytes.
    @inlinable
    public mutating func add(
        _ field: KnownField?, _ name: StaticString, upTo room: Int, _ write: (inout MemoryWriter) -> Void
    ) {
        let start = used
        makeRoom(for: name.utf8CodeUnitCount &+ room &+ 4)
        used = text.withUnsafeMutableBytes { memory in
            var writer = MemoryWriter(memory, from: start)
            writer.raw(name)
            writer.pair(0x3A, 0x20)
            write(&writer)
            writer.pair(0x0D, 0x0A)
            return writer.count
        }
        noteLine(field, start: start, value: start &+ name.utf8CodeUnitCount &+ 2)
    }

    /// The line behind `start` is written.
    @usableFromInline
    mutating func noteLine(_ field: KnownField?, start: Int, value: Int) {
        written &+= 1
        places.append(Place(start: start, value: value, end: used &- 2, known: field))
        if let field { present.insert(field) }
    }

    /// Adds every line of another list at the end.
    public mutating func add(contentsOf other: borrowing FieldList) {
        let start = used
        makeRoom(for: other.used)
        let count = other.used
        other.text.withUnsafeBytes { lines in
            text.withUnsafeMutableBytes { memory in
                var writer = MemoryWriter(memory, from: start)
                writer.put(UnsafeRawBufferPointer(rebasing: lines[..<count]))
            }
        }
        used = start &+ count
        written &+= other.written
        for position in other.places.indices {
            let place = other.places[position]
            places.append(
                Place(
                    start: Int(place.start) &+ start, value: Int(place.value) &+ start, end: Int(place.end) &+ start,
                    known: place.known))
        }
        present.formUnion(other.present)
    }

    @inlinable
    mutating func makeRoom(for count: Int) {
        if used &+ count > text.count { grow(by: count) }
    }

    @usableFromInline
    mutating func grow(by count: Int) {
        // In one piece: what is written byte by byte takes longer than all of a head.
        var more = [UInt8](repeating: 0, count: text.count &+ Swift.max(text.count, count))
        more.withUnsafeMutableBytes { more in
            text.withUnsafeBytes { more.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<used])) }
        }
        text = more
    }

    /// Writes behind what is there.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        makeRoom(for: bytes.count)
        let end = used
        text.withUnsafeMutableBytes { memory in
            var writer = MemoryWriter(memory, from: end)
            writer.put(bytes)
        }
        used = end &+ bytes.count
    }

    /// Writes two bytes behind what is there: what separates names, values and lines.
    mutating func append(_ first: UInt8, _ second: UInt8) {
        makeRoom(for: 2)
        let end = used
        text.withUnsafeMutableBytes { memory in
            var writer = MemoryWriter(memory, from: end)
            writer.pair(first, second)
        }
        used = end &+ 2
    }

    /// Ends the line that was just written, piece by piece.
    mutating func endLine(start: Int, value: Int) {
        let known = text.withUnsafeBytes { text in
            KnownField(fieldName: UnsafeRawBufferPointer(rebasing: text[start..<(value &- 2)]))
        }
        append(0x0D, 0x0A)
        noteLine(known, start: start, value: value)
    }

    /// One line of this field instead of all that are there.
    public mutating func set(_ field: KnownField, _ name: String, _ value: String) {
        remove(field)
        add(field, name, value)
    }

    /// As `set`, for a field that is told by its name, in any case.
    public mutating func set(name: String, value: String) {
        if let known = KnownField(fieldName: name), known != .banner {
            set(known, name, value)
        } else {
            let folded = name.lowercased()
            removeAll { other, _ in other.isEqualIgnoringCase(to: folded) }
            add(name: name, value: value)
        }
    }

    /// Takes out every line of a field.
    public mutating func remove(_ field: KnownField) {
        guard present.contains(field) else { return }
        present.remove(field)
        // Nearly always there is one, and moving up what is behind it takes next to nothing.
        for position in places.indices where places[position].known == field {
            places.remove(at: position)
            break
        }
        for position in places.indices where places[position].known == field {
            return places.removeAll { $0.known == field }
        }
    }

    /// Takes out every line of these fields.
    public mutating func remove(anyOf fields: FieldSet) {
        guard !present.isDisjoint(with: fields) else { return }
        present = present.subtracting(fields)
        places.removeAll { place in place.known.map { fields.contains($0) } ?? false }
    }

    /// Takes out every line that `unwanted` accepts (name, value) and says whether there was one.
    @discardableResult
    public mutating func removeAll(where unwanted: (String, String) -> Bool) -> Bool {
        removeLines { fields, position in unwanted(fields.name(at: position), fields.value(at: position)) }
    }

    /// Takes out every line whose position `unwanted` accepts and says whether there was one.
    @discardableResult
    public mutating func removeLines(where unwanted: (borrowing FieldList, Int) -> Bool) -> Bool {
        var kept = 0
        for position in places.indices where !unwanted(self, position) {
            if kept < position { places[kept] = places[position] }
            kept &+= 1
        }
        guard kept < places.count else { return false }
        places.removeLast(places.count &- kept)
        present = FieldSet()
        for place in places { if let known = place.known { present.insert(known) } }
        return true
    }

    // MARK: - Writing

    /// Bytes that a line takes on the wire.
    @inlinable
    public func wireSize(at position: Int) -> Int {
        Int(places[position].end) &- Int(places[position].start) &+ 2
    }

    /// Bytes that all lines take on the wire, those that were taken out included.
    @inlinable public var wireSize: Int { used }

    /// Gives lines as HTTP/1.1 writes them, CRLF included, as few pieces as can be.
    ///
    /// - Parameter omitted: fields that are left out.
    @inlinable
    public func forEachRun(without omitted: FieldSet, _ body: (UnsafeRawBufferPointer) -> Void) {
        let omits = !present.isDisjoint(with: omitted)
        text.withUnsafeBytes { text in
            var start = 0
            var end = 0
            for position in places.indices {
                let place = places[position]
                if omits, let known = place.known, omitted.contains(known) { continue }
                if Int(place.start) != end {
                    if end > start { body(UnsafeRawBufferPointer(rebasing: text[start..<end])) }
                    start = Int(place.start)
                }
                end = Int(place.end) &+ 2
            }
            if end > start { body(UnsafeRawBufferPointer(rebasing: text[start..<end])) }
        }
    }
}
