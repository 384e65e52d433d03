/// How a column's text is read, by its type's object id (`pg_type.dat`).
enum PostgresType {
    case integer, real, truth, bytes, number, text

    init(oid: UInt32) {
        switch oid {
        case 20, 21, 23, 26: self = .integer
        case 700, 701: self = .real
        case 16: self = .truth
        case 17: self = .bytes
        case 1700: self = .number
        default: self = .text
        }
    }

    func value(_ text: UnsafeRawBufferPointer) throws(DatabaseError) -> SQLValue {
        switch self {
        case .text: return .text(String(decoding: text, as: UTF8.self))
        case .truth: return .integer(text.first == UInt8(ascii: "t") ? 1 : 0)
        case .bytes:
            guard let bytes = PostgresType.hexadecimal(text) else { break }
            return .blob(bytes)
        case .integer:
            guard let number = Int64(String(decoding: text, as: UTF8.self)) else { break }
            return .integer(number)
        case .real:
            guard let number = Double(String(decoding: text, as: UTF8.self)) else { break }
            return .real(number)
        case .number:
            // `sum(bigint)` is a numeric.
            let text = String(decoding: text, as: UTF8.self)
            if let number = Int64(text) { return .integer(number) }
            guard let number = Double(text) else { break }
            return .real(number)
        }
        throw DatabaseError(.decoding, "the server sent a value that isn't a \(self)")
    }

    /// `\x` and two digits for each byte.
    private static func hexadecimal(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else {
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        var index = 2
        while index + 1 < text.count {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
