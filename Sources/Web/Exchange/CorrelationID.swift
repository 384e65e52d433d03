/// The id of a request or of a trace: made by us, or taken over from the client.
public enum CorrelationID: Sendable {
    /// 32 hexadecimal digits, which take no memory of their own.
    case made(Digits)
    case given(String)

    /// Eight digits to a word, in the order in which they are read.
    public struct Digits: Sendable {
        @usableFromInline var first: UInt64
        @usableFromInline var second: UInt64
        @usableFromInline var third: UInt64
        @usableFromInline var fourth: UInt64

        @inlinable
        public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
            (self.first, self.second, self.third, self.fourth) = (first, second, third, fourth)
        }
    }

    public var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }

    /// Bytes of the text.
    @inlinable
    public var count: Int {
        switch self {
        case .made: 32
        case .given(let text): text.utf8.count
        }
    }

    /// The bytes of the text.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .made(let digits): withUnsafeBytes(of: digits, body)
        case .given(let text): text.withBytes(body)
        }
    }
}
