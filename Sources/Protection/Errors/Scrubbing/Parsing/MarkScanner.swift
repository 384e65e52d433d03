internal import Kernel

/// Finds many marks in one pass: the last four bytes are looked up in a small filter, and only where it says "perhaps"
/// are the few marks compared that begin so.
struct MarkScanner: Sendable {
    /// `ORA-` and five digits.
    static let oracle = "ora-#####"

    private enum Meaning: Sendable {
        case mark(Int)
        case oracle(Int)
        case frame(FrameShape)
        case path
    }
    private struct Entry: Sendable {
        let bytes: [UInt8]
        let meaning: Meaning
    }

    /// What a scan has found.
    struct Findings: Sendable {
        fileprivate var marks: Set<Int> = []
        /// Frames of a stack trace.
        fileprivate(set) var frames = 0
        fileprivate(set) var showsPath = false
        func has(_ mark: Int) -> Bool { marks.contains(mark) }
    }

    private var byHead: [UInt32: [Entry]] = [:]
    /// One bit for each of 4096 hashes of four bytes.
    private var filter: [UInt64] = Array(repeating: 0, count: 64)
    /// Marks of fewer than four bytes, each looked for by itself.
    private var short: [Entry] = []

    init(marks: [String: Int]) {
        for (mark, number) in marks {
            if mark == MarkScanner.oracle { add("ora-", .oracle(number)) } else { add(mark, .mark(number)) }
        }
        for shape in FrameShape.allCases {
            for mark in shape.marks { add(mark, .frame(shape)) }
        }
        for mark in ServerPath.marks { add(mark, .path) }
    }

    private mutating func add(_ mark: String, _ meaning: Meaning) {
        let entry = Entry(bytes: Array(mark.utf8), meaning: meaning)
        guard entry.bytes.count >= 4 else { return short.append(entry) }
        let head = entry.bytes.prefix(4).reduce(UInt32.zero) { $0 &<< 8 | UInt32(truncatingIfNeeded: $1) }
        byHead[head, default: []].append(entry)  // can't trap: a dictionary
        let bit = MarkScanner.hash(head)
        // can't trap: a hash has twelve bits, the upper six choose one of 64 words
        filter[bit >> 6] |= 1 &<< UInt64(truncatingIfNeeded: bit & 63)
    }

    private static func hash(_ head: UInt32) -> Int { Int(truncatingIfNeeded: (head &* 0x9E37_79B1) >> 20) }

    func scan(_ text: ErrorText, requestPath: [UInt8]) -> Findings {
        var findings = Findings()
        var head: UInt32 = 0
        for place in 0..<text.count {
            let byte = text[at: place]
            head = head &<< 8 | UInt32(truncatingIfNeeded: byte)
            let bit = MarkScanner.hash(head)
            // can't trap: a hash has twelve bits, the upper six choose one of 64 words
            if filter[bit >> 6] & (1 &<< UInt64(truncatingIfNeeded: bit & 63)) != 0, place >= 3 {
                compare(head, text, place &- 3, requestPath, &findings)
            }
            for entry in short
            where entry.bytes.last == byte && text.has(entry.bytes, at: place &- entry.bytes.count &+ 1) {
                note(entry, text, place &- entry.bytes.count &+ 1, requestPath, &findings)
            }
        }
        return findings
    }

    private func compare(
        _ head: UInt32, _ text: ErrorText, _ start: Int, _ requestPath: [UInt8], _ findings: inout Findings
    ) {
        guard let entries = byHead[head] else { return }  // can't trap: a dictionary
        for entry in entries where text.has(entry.bytes, at: start) { note(entry, text, start, requestPath, &findings) }
    }

    private func note(
        _ entry: Entry, _ text: ErrorText, _ start: Int, _ requestPath: [UInt8], _ findings: inout Findings
    ) {
        let end = start &+ entry.bytes.count
        switch entry.meaning {
        case .mark(let number): findings.marks.insert(number)
        case .oracle(let number):
            if text.digits(from: end) == 5, !ErrorText.isWord(text[at: start &- 1]) { findings.marks.insert(number) }
        case .frame(let shape): if shape.holds(in: text, from: start, to: end) { findings.frames &+= 1 }
        case .path:
            if !findings.showsPath {
                findings.showsPath = ServerPath.holds(in: text, at: start, requestPath: requestPath)
            }
        }
    }
}
