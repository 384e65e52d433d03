/// A pattern of paths: `*` within a part, `**` across parts, `?` one character. Without a slash it stands for a name
/// anywhere.
struct PathPattern: Sendable, Equatable {
    private enum Piece: Equatable {
        case byte(UInt8)
        case one, many, across
    }
    private let pieces: [Piece]
    let text: String

    init(_ text: String) {
        self.text = text
        var pieces: [Piece] = []
        var rest = Array(text.utf8.prefix(400))[...]
        if rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                guard rest.first == UInt8(ascii: "*") else {
                    pieces.append(.many)
                    continue
                }
                rest = rest.dropFirst()
                // `**/` also stands for no part at all.
                if rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
                pieces.append(.across)
            case UInt8(ascii: "?"): pieces.append(.one)
            default: pieces.append(.byte(byte))
            }
        }
        if pieces.last == .byte(UInt8(ascii: "/")) { pieces.append(.across) }
        self.pieces = pieces
    }

    /// Whether the whole of a path matches. Takes time by the product of both lengths at most.
    func matches(_ path: String) -> Bool {
        var states: Set<Int> = closure([0])
        for byte in path.utf8.prefix(4_096) {
            var next: Set<Int> = []
            for state in states {
                guard state < pieces.count else { continue }
                switch pieces[state] {
                case .byte(let wanted): if wanted == byte { next.insert(state + 1) }
                case .one: if byte != UInt8(ascii: "/") { next.insert(state + 1) }
                case .many: if byte != UInt8(ascii: "/") { next.insert(state) }
                case .across: next.insert(state)
                }
            }
            if next.isEmpty { return false }
            states = closure(next)
        }
        return states.contains(pieces.count)
    }

    private func closure(_ start: Set<Int>) -> Set<Int> {
        var all = start
        var open = Array(start)
        while let state = open.popLast() {
            guard state < pieces.count, pieces[state] == .many || pieces[state] == .across else { continue }
            if all.insert(state + 1).inserted { open.append(state + 1) }
        }
        return all
    }
}
