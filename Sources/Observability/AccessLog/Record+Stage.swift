public import Kernel
import NIOCore
import NIOHTTP1
public import Web

/// Gives every exchange its id and trace, and writes one JSON line about it when its last byte is gone.
///
/// It stands first, so nothing ends without it. The fields are fixed: see `docs/observability/log.md`.
public struct RecordStage: GatewayStage {
    public let name = "Record"
    public let control = "observability.log"
    public let mode = ControlMode.enforce
    public let phases: StagePhases = [.receive, .respond, .finish]

    private let writer: AccessLogWriter
    private let settings: AccessLogSettings
    private let wallClock: any WallClock
    private let correlation: Correlation

    public init(
        writer: AccessLogWriter, settings: AccessLogSettings, wallClock: any WallClock, random: any RandomSource
    ) {
        self.writer = writer
        self.settings = settings
        self.wallClock = wallClock
        self.correlation = Correlation(random: random)
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        let made = correlation.identifier(of: exchange.id.value)
        let number = exchange.id.value
        if exchange.request.fields.has(anyOf: RecordStage.given) { return takeOver(&exchange, else: made) }
        exchange.correlation = .made(made)
        exchange.trace = .made(made)
        withUnsafeBytes(of: made) { made in
            exchange.request.fields.add(.xRequestID, "X-Request-ID", upTo: 32) { $0.put(made) }
            exchange.request.fields.add(.traceparent, "traceparent", upTo: 66) {
                correlation.writeTraceparent(made, of: number, flags: nil, to: &$0)
            }
        }
        return .proceed
    }

    private static let given = FieldSet(.xRequestID, .traceparent)

    /// From a client that sent an id or a trace of its own: what is well-formed stays.
    private func takeOver(_ exchange: inout Exchange, else digits: CorrelationID.Digits) -> Verdict {
        let made = CorrelationID.made(digits)
        let given = exchange.request.first(.xRequestID)
        let isKept = given.map(Correlation.isAcceptable) ?? false && exchange.request.count(.xRequestID) == 1
        exchange.correlation = isKept ? given.map { .given($0) } ?? made : made
        if given != nil && !isKept {
            exchange.note("correlation.request-id-replaced")
            exchange.request.remove(.xRequestID)
        }
        if !isKept { exchange.request.append(.xRequestID, "X-Request-ID", exchange.requestID) }

        let incoming = exchange.request.count(.traceparent) == 1 ? exchange.request.first(.traceparent) : nil
        let trace = incoming.flatMap(Correlation.trace(in:))
        exchange.trace = trace.map { .given(String($0.id)) } ?? made
        if exchange.request.has(.traceparent) {
            exchange.request.remove(.traceparent)
            if trace == nil { exchange.request.remove(.tracestate) }
        }
        let continued = exchange.trace
        let number = exchange.id.value
        let room = 32 + continued.count + (trace?.flags.utf8.count ?? 2)
        exchange.request.fields.add(.traceparent, "traceparent", upTo: room) { writer in
            continued.withBytes {
                correlation.writeTraceparent($0, of: number, flags: trace?.flags, to: &writer)
            }
        }
        return .proceed
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        head.fields.remove(.xRequestID)
        let id = exchange.correlation
        head.fields.add(.xRequestID, "X-Request-ID", upTo: id.count) { text in id.withBytes { text.put($0) } }
        return .pass
    }

    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        let level = AccessLogLevel(status: outcome.status, ending: outcome.ending)
        guard level >= settings.level else { return }
        let now = wallClock.now()
        writer.append(Int(truncatingIfNeeded: exchange.id.value >> 48)) { pending in
            let stamp = pending.stamp(of: now)
            if PlainLogLine.write(exchange, outcome, level: level, at: stamp, to: &pending) { return }
            var line = JSONText(reserving: 1024)
            AccessLogLine.write(exchange, outcome, level: level, at: now, to: &line)
            pending.bytes.writeBytes(line.bytes)
        }
    }
}
