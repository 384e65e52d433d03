/// Where bytes go, piece by piece. Used by one thread at a time.
protocol ByteSink: AnyObject {
    func write(_ bytes: [UInt8]) throws
    /// After the last byte; once.
    func finish() throws
}

/// Where bytes come from, piece by piece. Used by one thread at a time.
protocol ByteSource: AnyObject {
    /// At most `count` bytes; empty at the end alone.
    func read(_ count: Int) throws -> [UInt8]
}
