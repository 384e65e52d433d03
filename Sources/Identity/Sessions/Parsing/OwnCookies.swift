import Glibc
internal import Kernel

/// What of a `Cookie` value is ours, by its bytes as they came (RFC 6265 §5.4): it is looked at on every request, so nothing of it
/// becomes a text.
struct OwnCookies {
    /// Where the first value stands that can be a session's secret.
    private(set) var secret: Range<Int>?
    /// Whether there is one by a name of ours.
    private(set) var hasOurs = false
    /// Whether there is something else.
    private(set) var hasOthers = false

    /// - Parameter session: the name under which a session counts here.
    init(_ line: UnsafeRawBufferPointer, session: [UInt8]) {
        var parts = Parts(line)
        while let part = parts.next() {
            guard SessionCookies.isOurs(part.name) else {
                if !part.all.isEmpty { hasOthers = true }
                continue
            }
            hasOurs = true
            if secret == nil { secret = part.value(of: session) }
        }
    }

    /// The value without ours, the very bytes where none is in it; nil when nothing is left. And whether none was.
    static func without(_ line: UnsafeRawBufferPointer) -> (rest: [UInt8]?, isWhole: Bool) {
        var kept: [UInt8] = []
        var isWhole = true
        var parts = Parts(line)
        while let part = parts.next() {
            // Whatever reads a cookie with spaces around its name must not read ours.
            if SessionCookies.isOurs(part.name) {
                isWhole = false
            } else if !part.all.isEmpty {
                if !kept.isEmpty { kept.append(contentsOf: [0x3B, 0x20]) }
                kept.append(contentsOf: Parts.withoutSpaceBehind(part.all))
            }
        }
        if isWhole { return (Array(line), true) }
        return (kept.isEmpty ? nil : kept, false)
    }

    /// What stands between semicolons.
    private struct Part {
        /// Without spaces before it.
        let all: UnsafeRawBufferPointer
        /// Where in the line it begins.
        let start: Int
        /// The first equals sign, from `start` on; nil where there is none.
        let equals: Int?

        /// The name, or all of it where there is no value, without spaces around it.
        var name: UnsafeRawBufferPointer {
            Parts.withoutSpaceBehind(UnsafeRawBufferPointer(rebasing: all.prefix(equals ?? all.count)))
        }

        /// Where its value stands, if this is that session's and can be one.
        func value(of session: [UInt8]) -> Range<Int>? {
            guard let equals, equals == session.count,
                session.withUnsafeBytes({ UnsafeRawBufferPointer(rebasing: all.prefix(equals)).isEqual(to: $0) })
            else { return nil }
            let value = Parts.withoutSpaceBehind(UnsafeRawBufferPointer(rebasing: all.dropFirst(equals &+ 1)))
            guard OneTimeSecret.isPlausible(value) else { return nil }
            let first = start &+ equals &+ 1
            return first..<(first &+ value.count)  // can't trap: a count isn't negative
        }
    }

    private struct Parts {
        private let line: UnsafeRawBufferPointer
        private var place = 0

        init(_ line: UnsafeRawBufferPointer) { self.line = line }

        /// What stands up to the next semicolon; nil at the end.
        mutating func next() -> Part? {
            guard place < line.count else { return nil }
            while place < line.count, Parts.isBlank(line[place]) { place &+= 1 }  // can't trap: place < count
            let start = place
            let rest = UnsafeRawBufferPointer(rebasing: line.dropFirst(start))
            let all = UnsafeRawBufferPointer(rebasing: rest.prefix(Parts.first(0x3B, in: rest) ?? rest.count))
            place = start &+ all.count &+ 1
            return Part(all: all, start: start, equals: Parts.first(0x3D, in: all))
        }

        /// Where the first such byte is. By the C library, because the app's own cookies may be long.
        private static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
            guard let base = bytes.baseAddress,
                let found = memchr(base, Int32(truncatingIfNeeded: byte), bytes.count)
            else { return nil }
            return base.distance(to: UnsafeRawPointer(found))
        }

        static func withoutSpaceBehind(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
            var count = text.count
            while count > 0, isBlank(text[count &- 1]) { count &-= 1 }  // can't trap: 0 < count
            return UnsafeRawBufferPointer(rebasing: text.prefix(count))
        }

        private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    }
}
