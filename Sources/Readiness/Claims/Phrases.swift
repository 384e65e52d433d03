/// Phrases that are looked for together, byte by byte: whether any of them occurs in a text, in one pass over it.
struct Phrases: Sendable, ExpressibleByArrayLiteral {
    /// By their first byte.
    private let table: [[[UInt8]]]
    private let starts: [Bool]

    init(_ phrases: [String]) {
        var table = [[[UInt8]]](repeating: [], count: 256)
        for phrase in phrases {
            let bytes = Array(phrase.utf8)
            // can't trap: a byte is below 256.
            if let first = bytes.first { table[Int(first)].append(bytes) }
        }
        self.table = table
        starts = table.map { !$0.isEmpty }
    }

    init(arrayLiteral phrases: String...) { self.init(phrases) }

    func occur(in text: some StringProtocol) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { occur(in: $0) } ?? occur(in: Array(text.utf8))
    }

    func occur(in bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { occur(in: $0) } }

    private func occur(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for (place, byte) in bytes.enumerated() where starts[Int(byte)] {  // can't trap: a byte is below 256.
            let left = bytes.count - place
            for phrase in table[Int(byte)] where phrase.count <= left {  // can't trap: as above.
                // can't trap: `place + phrase.count` is at most `bytes.count`.
                if bytes[place..<(place + phrase.count)].elementsEqual(phrase) { return true }
            }
        }
        return false
    }
}
