import Kernel
import NIOCore
import NIOHTTP1
import Web

/// How much a line matters.
public enum AccessLogLevel: String, Sendable, CaseIterable, Comparable {
    case info, warning, error

    init(status: Int, ending: Outcome.Ending) {
        if status >= 500 || ending == .upstreamBroke || ending == .timedOut {
            self = .error
        } else if status == 400 || status == 401 || status == 403 || status >= 405 {
            self = .warning
        } else {
            self = .info
        }
    }

    private var weight: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        }
    }
    public static func < (a: AccessLogLevel, b: AccessLogLevel) -> Bool { a.weight < b.weight }
}

/// One exchange as one JSON object on one line. Nothing that a client sent goes in unredacted or unescaped.
enum AccessLogLine {
    static func write(
        _ exchange: borrowing Exchange, _ outcome: Outcome, level: AccessLogLevel, at time: Timestamp,
        to line: inout JSONText
    ) {
        line.beginObject()
        line.name("time")
        line.rawString { time.appendISO8601(to: &$0) }
        switch level {
        case .info: line.literal(#""level":"info","event":"exchange""#)
        case .warning: line.literal(#""level":"warning","event":"exchange""#)
        case .error: line.literal(#""level":"error","event":"exchange""#)
        }
        // Both are made or validated by Record: nothing in them needs escaping.
        line.member(#""requestID":"#, plain: exchange.requestID)
        line.member(#""traceID":"#, plain: exchange.traceID)
        writeRequest(exchange, to: &line)
        line.name("status")
        line.number(outcome.status)
        line.member(#""origin":"#, plain: exchange.responseOrigin.rawValue)
        line.member(#""ending":"#, plain: outcome.ending.rawValue)
        line.name("requestBytes")
        line.number(outcome.requestBytes)
        line.name("responseBytes")
        line.number(outcome.responseBytes)
        line.name("durationMs")
        line.thousandths(Int(truncatingIfNeeded: outcome.duration.nanoseconds / 1000))
        if let upstream = exchange.upstreamTime {
            line.name("upstreamMs")
            line.thousandths(Int(truncatingIfNeeded: upstream.nanoseconds / 1000))
        }
        writeDecisions(exchange, to: &line)
        line.endObject()
        line.newline()
    }

    private static func writeRequest(_ exchange: borrowing Exchange, to line: inout JSONText) {
        line.member(#""door":"#, plain: exchange.connection.door.rawValue)
        line.name("method")
        line.string(bounded(exchange.request.method.rawValue, 32))
        line.name("target")
        line.string(bounded(Redaction.target(exchange.request.target), 2048))
        if let route = exchange.policy?.route {
            line.name("route")
            line.string(route)
        }
        if let host = exchange.request.first(.host) {
            line.name("host")
            line.string(bounded(host, 256))
        }
        line.name("client")
        if let address = exchange.clientAddress, address != exchange.connection.peer {
            line.string(address.description)
        } else {
            line.string(exchange.connection.peerText)
        }
        line.member(#""scheme":"#, plain: exchange.externalScheme.rawValue)
        line.member(#""protocol":"#, plain: exchange.connection.protocolName)
        if let agent = exchange.request.first(.userAgent) {
            line.name("userAgent")
            line.string(bounded(Redaction.text(bounded(agent, 256)), 256))
        }
        if let caller = exchange.caller {
            line.name("who")
            line.string(caller.account)
        }
    }

    private static func writeDecisions(_ exchange: borrowing Exchange, to line: inout JSONText) {
        if let refusal = exchange.refusal {
            line.name("refusal")
            line.string(refusal.reason.rawValue)
            if let cause = refusal.cause {
                line.name("cause")
                line.string(bounded(Redaction.text(bounded(cause, 512)), 512))
            }
        }
        if !exchange.events.isEmpty {
            line.name("events")
            line.beginArray()
            for event in exchange.events { write(event, to: &line) }
            line.endArray()
        }
        if !exchange.wouldChange.isEmpty {
            line.name("wouldChange")
            line.beginArray()
            for name in exchange.wouldChange { line.string(bounded(name, 64)) }
            line.endArray()
        }
    }

    private static func write(_ event: SecurityEvent, to line: inout JSONText) {
        line.beginObject()
        line.name("control")
        line.string(event.control)
        line.name("reason")
        line.string(event.reason.rawValue)
        line.name("disposition")
        line.string(event.disposition.rawValue)
        if event.status > 0 {
            line.name("status")
            line.number(event.status)
        }
        if let detail = event.detail {
            line.name("detail")
            line.string(bounded(Redaction.text(bounded(detail, 512)), 512))
        }
        line.endObject()
    }

    /// At most `count` bytes; a character that the cut went through becomes U+FFFD.
    private static func bounded(_ text: String, _ count: Int) -> String {
        if text.utf8.count <= count { return text }
        return String(decoding: text.utf8.prefix(count), as: UTF8.self) + "…"
    }
}
