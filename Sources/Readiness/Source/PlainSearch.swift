/// A search for one of a few words in the bytes of a text, whatever their case. The library's `contains` builds a table
/// for each question, which was two thirds of a scan's time.
struct PlainSearch: Sendable {
    /// In small letters.
    private let words: [[UInt8]]
    /// Whether a byte begins any of them.
    private let begins: [Bool]

    /// `words`: ASCII.
    init(_ words: [String]) {
        self.words = words.map { $0.utf8.map(Self.small) }.filter { !$0.isEmpty }
        var begins = [Bool](repeating: false, count: 256)
        for word in self.words { if let first = word.first { begins[Int(first)] = true } }
        self.begins = begins
    }

    func isIn(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable(search) ?? Array(text.utf8).withUnsafeBufferPointer(search)
    }

    private static func small(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private func search(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for place in bytes.indices where begins[Int(Self.small(bytes[place]))] {
            for word in words where bytes.count - place >= word.count {
                var index = 0
                while index < word.count, Self.small(bytes[place + index]) == word[index] { index += 1 }
                if index == word.count { return true }
            }
        }
        return false
    }
}
