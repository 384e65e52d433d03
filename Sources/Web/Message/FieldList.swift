internal import Kernel
public import NIOHTTP1

/// The header fields of a message in order, each known one marked as what it is when it comes in: no stage walks over
/// them or compares names to find a field.
public struct FieldList: Sendable {
    public struct Line: Sendable {
        public let name: String
        public let value: String
        /// nil for a field that no stage asks for.
        public let known: KnownField?

        public init(name: String, value: String, known: KnownField?) {
            self.name = name
            self.value = value
            self.known = known
        }
    }

    public private(set) var lines: [Line] = []
    /// The known fields that are there.
    public private(set) var present = FieldSet()

    public init() {}

    /// - Parameter spare: room for that many lines more.
    public init(_ headers: HTTPHeaders, spare: Int = 6) {
        self.init(headers, without: FieldSet(), spare: spare) { _, _ in }
    }

    /// - Parameters:
    ///   - unwanted: fields that are left out, and told to `taken` with their values.
    ///   - spare: room for that many lines more.
    public init(
        _ headers: HTTPHeaders, without unwanted: FieldSet, spare: Int = 6, taken: (KnownField, String) -> Void
    ) {
        lines.reserveCapacity(headers.count &+ spare)
        for (name, value) in headers {
            let known = KnownField(fieldName: name)
            if let known {
                if unwanted.contains(known) {
                    taken(known, value)
                    continue
                }
                present.insert(known)
            }
            lines.append(Line(name: name, value: value, known: known))
        }
    }

    public var count: Int { lines.count }

    /// All of them as NIO has them: a copy.
    public var headers: HTTPHeaders { HTTPHeaders(lines.map { ($0.name, $0.value) }) }

    // MARK: - Looking

    public func has(_ field: KnownField) -> Bool { present.contains(field) }

    public func has(anyOf fields: FieldSet) -> Bool { !present.isDisjoint(with: fields) }

    /// The first value of a field.
    public func first(_ field: KnownField) -> String? {
        guard present.contains(field) else { return nil }
        for position in lines.indices where lines[position].known == field { return lines[position].value }
        return nil
    }

    /// How many lines of this field there are.
    public func count(_ field: KnownField) -> Int {
        guard present.contains(field) else { return 0 }
        var count = 0
        for position in lines.indices where lines[position].known == field { count &+= 1 }
        return count
    }

    /// Every value of a field in order.
    public func values(_ field: KnownField) -> [String] {
        guard present.contains(field) else { return [] }
        var values: [String] = []
        for position in lines.indices where lines[position].known == field { values.append(lines[position].value) }
        return values
    }

    // MARK: - Changing

    /// Adds a line at the end.
    public mutating func add(name: String, value: String) {
        let known = KnownField(fieldName: name)
        if let known { present.insert(known) }
        lines.append(Line(name: name, value: value, known: known))
    }

    /// Adds a line at the end; `name` is the field's own, in the case in which it should go out.
    public mutating func add(_ field: KnownField, _ name: String, _ value: String) {
        present.insert(field)
        lines.append(Line(name: name, value: value, known: field))
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
        for position in lines.indices where lines[position].known == field {
            lines.remove(at: position)
            break
        }
        for position in lines.indices where lines[position].known == field {
            return lines.removeAll { $0.known == field }
        }
    }

    /// Takes out every line of these fields.
    public mutating func remove(anyOf fields: FieldSet) {
        guard !present.isDisjoint(with: fields) else { return }
        present = present.subtracting(fields)
        lines.removeAll { line in line.known.map { fields.contains($0) } ?? false }
    }

    /// Takes out every line that `unwanted` accepts (name, value) and says whether there was one.
    @discardableResult
    public mutating func removeAll(where unwanted: (String, String) -> Bool) -> Bool {
        var first = lines.startIndex
        while first < lines.endIndex, !unwanted(lines[first].name, lines[first].value) { first &+= 1 }
        guard first < lines.endIndex else { return false }
        lines.removeAll { unwanted($0.name, $0.value) }
        present = FieldSet()
        for line in lines { if let known = line.known { present.insert(known) } }
        return true
    }
}
