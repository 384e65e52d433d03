import Kernel

/// A server's answer to a command (RFC 5321 §4.2), as far as decisions need it: its code and its enhanced status. Its words
/// are not kept: they often repeat the recipient's address.
public struct SMTPReply: Sendable, Equatable, CustomStringConvertible {
    /// 200…599.
    public let code: Int
    /// RFC 3463, such as `5.1.1`; nil when the server gives none.
    public let status: String?

    public init(code: Int, status: String? = nil) {
        self.code = code
        self.status = status
    }

    /// Reads one line of an answer, such as `550 5.1.1 unknown` or `250-SIZE`; nil for anything else.
    public init?(line: some Sequence<UInt8>) {
        var bytes = line.makeIterator()
        var code = 0
        for _ in 0..<3 {
            guard let byte = bytes.next(), byte.isASCIIDigit else { return nil }
            // can't trap: three digits.
            code = code * 10 + Int(byte & 0xF)
        }
        guard (200...599).contains(code) else { return nil }
        self.code = code
        guard let separator = bytes.next() else {
            status = nil
            return
        }
        guard separator == 0x20 || separator == 0x2D || separator == 0x0D || separator == 0x0A else { return nil }
        var word: [UInt8] = []
        while let byte = bytes.next(), byte.isASCIIDigit || byte == 0x2E, word.count < 12 { word.append(byte) }
        status = SMTPReply.isStatus(word, code: code) ? String(decoding: word, as: UTF8.self) : nil
    }

    /// RFC 3463 §2: `class.subject.detail`, whose class is that of the code.
    private static func isStatus(_ word: [UInt8], code: Int) -> Bool {
        let parts = word.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ (1...3).contains($0.count) }), let kind = parts.first else {
            return false
        }
        return kind.count == 1 && kind.first.map { Int($0 & 0xF) } == code / 100
    }

    public var isTransient: Bool { (400...499).contains(code) }
    public var isPermanent: Bool { (500...599).contains(code) }

    public var description: String { status.map { "\(code) \($0)" } ?? "\(code)" }
}
