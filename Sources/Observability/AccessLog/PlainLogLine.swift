import Kernel
import NIOCore
import NIOHTTP1
import Web

/// A time of day as log lines have it, the second written out already.
struct LogStamp {
    /// `2026-11-21T04:18:07.000Z`
    let wholeSecond: [UInt8]
    let millisecond: Int
}

/// The line of an ordinary exchange, written straight into memory.
///
/// It gives the very bytes that `AccessLogLine` gives, or nothing: whatever needs escaping, shortening or redaction is
/// left to that.
enum PlainLogLine {
    /// False when the line isn't plain: then nothing was written.
    static func write(
        _ exchange: borrowing Exchange, _ outcome: Outcome, level: AccessLogLevel, at stamp: LogStamp,
        to bytes: inout ByteBuffer
    ) -> Bool {
        guard !exchange.isRefused, exchange.wouldChange.isEmpty else { return false }
        let size =
            1024 &+ exchange.request.target.utf8.count &+ (exchange.policy?.route.utf8.count ?? 0)
            &+ exchange.events.count &* 256
        var isPlain = false
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var line = PlainWriter(memory)
            line.raw(#"{"time":""#)
            line.put(stamp)
            switch level {
            case .info: line.raw(#"","level":"info","event":"exchange","requestID":""#)
            case .warning: line.raw(#"","level":"warning","event":"exchange","requestID":""#)
            case .error: line.raw(#"","level":"error","event":"exchange","requestID":""#)
            }
            line.put(own: exchange.requestID)
            line.raw(#"","traceID":""#)
            line.put(own: exchange.traceID)
            writeRequest(exchange, to: &line)
            line.raw(#","status":"#)
            line.put(outcome.status)
            line.raw(#","origin":""#)
            line.put(own: exchange.responseOrigin.rawValue)
            line.raw(#"","ending":""#)
            line.put(own: outcome.ending.rawValue)
            line.raw(#"","requestBytes":"#)
            line.put(outcome.requestBytes)
            line.raw(#","responseBytes":"#)
            line.put(outcome.responseBytes)
            line.raw(#","durationMs":"#)
            line.put(thousandths: outcome.duration.nanoseconds / 1000)
            if let upstream = exchange.upstreamTime {
                line.raw(#","upstreamMs":"#)
                line.put(thousandths: upstream.nanoseconds / 1000)
            }
            writeEvents(exchange.events, to: &line)
            line.raw("}\n")
            isPlain = line.isPlain
            return isPlain ? line.count : 0
        }
        return isPlain
    }

    private static func writeRequest(_ exchange: borrowing Exchange, to line: inout PlainWriter) {
        switch exchange.connection.door {
        case .public: line.raw(#"","door":"public","method":""#)
        case .operator: line.raw(#"","door":"operator","method":""#)
        }
        line.put(exchange.request.method.rawValue, atMost: 32)
        line.raw(#"","target":""#)
        line.put(harmless: exchange.request.target, atMost: 2048)
        if let route = exchange.policy?.route {
            line.raw(#"","route":""#)
            line.put(route)
        }
        if let host = exchange.request.fields.position(of: .host) {
            line.raw(#"","host":""#)
            exchange.request.fields.withValue(at: host) { line.put($0, atMost: 256) }
        }
        line.raw(#"","client":""#)
        if let address = exchange.clientAddress, address != exchange.connection.peer {
            line.put(own: address.description)
        } else {
            line.put(own: exchange.connection.peerText)
        }
        switch exchange.externalScheme {
        case .http: line.raw(#"","scheme":"http","protocol":""#)
        case .https: line.raw(#"","scheme":"https","protocol":""#)
        }
        line.put(own: exchange.connection.protocolName)
        if let agent = exchange.request.fields.position(of: .userAgent) {
            line.raw(#"","userAgent":""#)
            let memory = exchange.memory
            exchange.request.fields.withValue(at: agent) { agent in
                if let memory, memory.knowsPlainAgent(agent) { return line.put(known: agent) }
                guard Redaction.isPlain(agent) else { return line.giveUp() }
                line.put(agent, atMost: 256)
                if line.isPlain, !agent.isEmpty { memory?.foundPlainAgent(agent) }
            }
        }
        line.raw("\"")
        if let caller = exchange.caller {
            line.raw(#","who":""#)
            line.put(caller.account)
            line.raw("\"")
        }
    }

    private static func writeEvents(_ events: [SecurityEvent], to line: inout PlainWriter) {
        guard !events.isEmpty else { return }
        line.raw(#","events":["#)
        for position in events.indices {
            if position > 0 { line.raw(",") }
            line.raw(#"{"control":""#)
            line.put(own: events[position].control)
            line.raw(#"","reason":""#)
            line.put(own: events[position].reason.rawValue)
            line.raw(#"","disposition":""#)
            line.put(own: events[position].disposition.rawValue)
            line.raw("\"")
            if events[position].status > 0 {
                line.raw(#","status":"#)
                line.put(events[position].status)
            }
            if events[position].detail != nil { line.giveUp() }
            line.raw("}")
        }
        line.raw("]")
    }
}

/// Copies texts one behind the other into memory; what doesn't fit, or isn't plain, ends it.
private struct PlainWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private(set) var isPlain = true

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func giveUp() { isPlain = false }

    /// Text of our own.
    @inline(__always)
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { copy(UnsafeRawBufferPointer($0)) }
    }

    /// Text that we made or judged ourselves: nothing in it needs escaping.
    mutating func put(own text: String) {
        let isCopied: Void? = text.utf8.withContiguousStorageIfAvailable { copy(UnsafeRawBufferPointer($0)) }
        if isCopied == nil { isPlain = false }
    }

    /// Text that stands in a JSON string as it is, of at most `bound` bytes.
    mutating func put(_ text: String, atMost bound: Int = .max) {
        let isThere: Void? = text.utf8.withContiguousStorageIfAvailable {
            put(UnsafeRawBufferPointer($0), atMost: bound)
        }
        if isThere == nil { isPlain = false }
    }

    /// Bytes that were found plain and short enough before.
    mutating func put(known bytes: UnsafeRawBufferPointer) { copy(bytes) }

    mutating func put(_ bytes: UnsafeRawBufferPointer, atMost bound: Int) {
        if bytes.count <= bound, JSONText.isPlain(bytes) { copy(bytes) } else { isPlain = false }
    }

    /// Text that also has nothing to redact in it.
    mutating func put(harmless text: String, atMost bound: Int) {
        if Redaction.isPlain(text) { put(text, atMost: bound) } else { isPlain = false }
    }

    mutating func put(_ stamp: LogStamp) {
        guard stamp.wholeSecond.count == 24 else { return giveUp() }
        stamp.wholeSecond.withUnsafeBytes { copy(UnsafeRawBufferPointer(rebasing: $0.prefix(20))) }
        put(threeDigits: stamp.millisecond)
        raw("Z")
    }

    mutating func put(_ value: Int) {
        guard value >= 0 else { return giveUp() }
        if value < 10 { return put(byte: 0x30 &+ UInt8(truncatingIfNeeded: value)) }
        var length = 0
        var rest = value
        while rest > 0 {
            rest /= 10
            length &+= 1
        }
        guard length <= memory.count &- count else { return giveUp() }
        rest = value
        var position = count &+ length
        while rest > 0 {
            position &-= 1
            memory[position] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= length
    }

    /// 1250 is `1.250`.
    mutating func put(thousandths value: Int64) {
        guard value >= 0 else { return giveUp() }
        put(Int(truncatingIfNeeded: value / 1000))
        raw(".")
        put(threeDigits: Int(truncatingIfNeeded: value % 1000))
    }

    private mutating func put(threeDigits value: Int) {
        put(byte: 0x30 &+ UInt8(truncatingIfNeeded: value / 100))
        put(byte: 0x30 &+ UInt8(truncatingIfNeeded: value / 10 % 10))
        put(byte: 0x30 &+ UInt8(truncatingIfNeeded: value % 10))
    }

    private mutating func put(byte: UInt8) {
        guard count < memory.count else { return giveUp() }
        memory[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        guard bytes.count <= memory.count &- count, let start = memory.baseAddress else { return giveUp() }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }
}
