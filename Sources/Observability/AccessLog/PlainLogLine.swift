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
        to pending: inout AccessLogWriter.Pending
    ) -> Bool {
        guard !exchange.isRefused, exchange.wouldChange.isEmpty else { return false }
        let size =
            1024 &+ exchange.request.target.utf8.count &+ (exchange.policy?.route.utf8.count ?? 0)
            &+ exchange.events.count &* 256
        let events = exchange.events
        let isRepeated = events == pending.events
        let eventsText = isRepeated ? pending.eventsText : []
        var newText: [UInt8]?
        var isPlain = false
        pending.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var line = PlainWriter(memory)
            line.raw(#"{"time":""#)
            line.put(stamp)
            switch level {
            case .info: line.raw(#"Z","level":"info","event":"exchange","requestID":""#)
            case .warning: line.raw(#"Z","level":"warning","event":"exchange","requestID":""#)
            case .error: line.raw(#"Z","level":"error","event":"exchange","requestID":""#)
            }
            exchange.correlation.withBytes { line.put(known: $0) }
            line.raw(#"","traceID":""#)
            exchange.trace.withBytes { line.put(known: $0) }
            writeRequest(exchange, to: &line)
            writeOutcome(exchange, outcome, to: &line)
            if isRepeated {
                line.put(known: eventsText)
            } else if !events.isEmpty {
                let start = line.count
                write(events, to: &line)
                newText = line.written(from: start)
            }
            line.raw("}\n")
            isPlain = line.isPlain
            return isPlain ? line.count : 0
        }
        if isPlain, let newText { (pending.events, pending.eventsText) = (events, newText) }
        return isPlain
    }

    private static func writeRequest(_ exchange: borrowing Exchange, to line: inout PlainWriter) {
        switch (exchange.connection.door, exchange.request.method) {
        case (.public, .GET): line.raw(#"","door":"public","method":"GET","target":""#)
        case (let door, let method):
            line.raw(door == .public ? #"","door":"public","method":""# : #"","door":"operator","method":""#)
            line.put(method.rawValue, atMost: 32)
            line.raw(#"","target":""#)
        }
        line.put(harmless: exchange.request.target, atMost: 2048)
        // A client that a trusted hop named is another one each time.
        guard exchange.clientAddress == exchange.connection.peer, let memory = exchange.memory else {
            return writeClient(exchange, to: &line)
        }
        let scheme = exchange.externalScheme
        if let text = memory.logText(exchange.policy?.route, scheme, exchange.request.fields) {
            return line.put(known: text)
        }
        let start = line.count
        writeClient(exchange, to: &line)
        if line.isPlain {
            memory.log(line.written(from: start), exchange.policy?.route, scheme, exchange.request.fields)
        }
    }

    /// Route, host, client and agent, without the last one's closing quote: the same for most requests of a connection.
    private static func writeClient(_ exchange: borrowing Exchange, to line: inout PlainWriter) {
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
            exchange.request.fields.withValue(at: agent) {
                if Redaction.isPlain($0) { line.put($0, atMost: 256) } else { line.giveUp() }
            }
        }
    }

    private static func writeOutcome(
        _ exchange: borrowing Exchange, _ outcome: Outcome, to line: inout PlainWriter
    ) {
        // Never among what is remembered of a connection: several people may use it.
        if let caller = exchange.caller {
            line.raw(#"","who":""#)
            line.put(caller.account)
        }
        switch (outcome.status, exchange.responseOrigin, outcome.ending) {
        case (200, .upstream, .completed):
            line.raw(#"","status":200,"origin":"upstream","ending":"completed","requestBytes":"#)
        case (let status, let origin, let ending):
            line.raw(#"","status":"#)
            line.put(status)
            line.raw(#","origin":""#)
            line.put(own: origin.rawValue)
            line.raw(#"","ending":""#)
            line.put(own: ending.rawValue)
            line.raw(#"","requestBytes":"#)
        }
        line.put(outcome.requestBytes)
        line.raw(#","responseBytes":"#)
        line.put(outcome.responseBytes)
        line.raw(#","durationMs":"#)
        line.put(thousandths: outcome.duration.nanoseconds / 1000)
        if let upstream = exchange.upstreamTime {
            line.raw(#","upstreamMs":"#)
            line.put(thousandths: upstream.nanoseconds / 1000)
        }
    }

    private static func write(_ events: [SecurityEvent], to line: inout PlainWriter) {
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

    /// Bytes that were found plain and short enough before, or that we made ourselves.
    mutating func put(known bytes: UnsafeRawBufferPointer) { copy(bytes) }

    mutating func put(known bytes: [UInt8]) { bytes.withUnsafeBytes { copy($0) } }

    /// What was written behind the first `start` bytes.
    func written(from start: Int) -> [UInt8] { start <= count ? Array(memory[start..<count]) : [] }

    mutating func put(_ bytes: UnsafeRawBufferPointer, atMost bound: Int) {
        if bytes.count <= bound, JSONText.isPlain(bytes) { copy(bytes) } else { isPlain = false }
    }

    /// Text that also has nothing to redact in it.
    mutating func put(harmless text: String, atMost bound: Int) {
        let isThere: Void? = text.utf8.withContiguousStorageIfAvailable {
            let bytes = UnsafeRawBufferPointer($0)
            if Redaction.isPlain(bytes) { put(bytes, atMost: bound) } else { isPlain = false }
        }
        if isThere == nil { isPlain = false }
    }

    mutating func put(_ stamp: LogStamp) {
        guard stamp.wholeSecond.count == 24 else { return giveUp() }
        stamp.wholeSecond.withUnsafeBytes { copy(UnsafeRawBufferPointer(rebasing: $0.prefix(20))) }
        put(threeDigits: stamp.millisecond)
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
