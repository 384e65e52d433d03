/// Text in UTF-8 for bytes that may begin with a mark: UTF-16 (as PowerShell's `>` writes it) is decoded, the mark of UTF-8 dropped.
/// What has no mark is given back as it is.
func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
    guard bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) else { return bytes }
    let isLittle = bytes.first == 0xFF
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    var iterator = bytes.dropFirst(2).makeIterator()
    while let first = iterator.next(), let second = iterator.next() {
        let (low, high) = isLittle ? (first, second) : (second, first)
        // can't trap: both bytes fit into an Int
        units.append(UInt16(truncatingIfNeeded: Int(high) << 8 | Int(low)))
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
}
