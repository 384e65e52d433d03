public import NIOCore

/// Follows a WebSocket's frames in one direction without changing a byte (RFC 6455 §5).
///
/// It unmasks nothing and keeps nothing but counters, so that its cost is a few steps for each frame, not for each
/// byte. Extension bits and compressed payloads pass: they are the two ends' affair.
public struct FrameMeter: Sendable {
    public enum Sender: Sendable {
        /// Its frames are masked.
        case client
        /// Its frames are not.
        case server
    }

    public let sender: Sender
    /// Bytes of one message's payload over all its frames, as sent; nil for no limit.
    public let maxMessageBytes: UInt64?

    /// Whole frames so far, control frames included.
    public private(set) var frames: UInt64 = 0
    /// Whole data messages so far.
    public private(set) var messages: UInt64 = 0
    /// Payload bytes of the largest message so far, the current one included.
    public private(set) var largestMessage: UInt64 = 0
    /// Whether a close frame has begun: nothing but its answer should follow.
    public private(set) var sawClose = false

    private var step = Step.first
    private var message: UInt64 = 0
    private var isInMessage = false
    private var frame = Frame()
    private var violation: FrameViolation?

    private enum Step: Sendable {
        case first
        case second
        /// So many bytes of the extended length or the mask are still to come.
        case length(UInt8)
        case mask(UInt8)
        case payload
    }

    private struct Frame: Sendable {
        var isFinal = false
        var opcode: UInt8 = 0
        var isMasked = false
        /// Payload bytes still to come.
        var remaining: UInt64 = 0

        var isControl: Bool { opcode >= 8 }
    }

    public init(from sender: Sender, maxMessageBytes: UInt64? = nil) {
        self.sender = sender
        self.maxMessageBytes = maxMessageBytes
    }

    /// Whether a frame of our own could be put in here without cutting one of theirs.
    public var isAtBoundary: Bool {
        if case .first = step { return true }
        return false
    }

    /// Looks at the next bytes; after a violation every further call says the same.
    public mutating func consume(_ bytes: ByteBuffer) -> FrameVerdict {
        var rest = bytes
        while violation == nil, rest.readableBytes > 0 { advance(&rest) }
        return violation.map { .violation($0) } ?? .pass
    }

    /// Takes from `bytes` what belongs to the frame that has begun, and counts it: the way to end on a boundary.
    ///
    /// Empty when no frame has begun; all of `bytes` when the frame goes on behind them.
    public mutating func takeRestOfFrame(from bytes: inout ByteBuffer) -> ByteBuffer {
        let all = bytes
        while violation == nil, !isAtBoundary, bytes.readableBytes > 0 { advance(&bytes) }
        let count = all.readableBytes &- bytes.readableBytes
        return all.getSlice(at: all.readerIndex, length: count) ?? ByteBuffer()
    }

    private mutating func advance(_ bytes: inout ByteBuffer) {
        if case .payload = step {
            let count = Int(clamping: min(frame.remaining, UInt64(clamping: bytes.readableBytes)))
            bytes.moveReaderIndex(forwardBy: count)
            frame.remaining &-= UInt64(clamping: count)
            if frame.remaining == 0 { endFrame() }
            return
        }
        guard let byte = bytes.readInteger(as: UInt8.self) else { return }
        switch step {
        case .first: begin(byte)
        case .second: second(byte)
        case .length(let left): length(byte, left)
        case .mask(let left):
            if left > 1 { step = .mask(left &- 1) } else { beginPayload() }
        case .payload: break
        }
    }

    private mutating func begin(_ byte: UInt8) {
        frame = Frame(isFinal: byte & 0x80 != 0, opcode: byte & 0x0F)
        switch frame.opcode {
        case 0: if !isInMessage { return violate(.continuationOfNothing) }
        case 1, 2:
            if isInMessage { return violate(.interruptedMessage) }
            isInMessage = true
            message = 0
        case 8, 9, 10: if !frame.isFinal { return violate(.fragmentedControl) }
        default: return violate(.reservedOpcode)
        }
        if frame.opcode == 8 { sawClose = true }
        step = .second
    }

    private mutating func second(_ byte: UInt8) {
        frame.isMasked = byte & 0x80 != 0
        guard frame.isMasked == (sender == .client) else { return violate(.wrongMasking) }
        let short = byte & 0x7F
        if frame.isControl, short > 125 { return violate(.longControl) }
        switch short {
        case 126: step = .length(2)
        case 127: step = .length(8)
        default:
            frame.remaining = UInt64(short)
            lengthKnown()
        }
    }

    private mutating func length(_ byte: UInt8, _ left: UInt8) {
        frame.remaining = frame.remaining &<< 8 | UInt64(byte)
        if left > 1 {
            step = .length(left &- 1)
        } else if frame.remaining > UInt64(Int64.max) {
            violate(.impossibleLength)
        } else {
            lengthKnown()
        }
    }

    private mutating func lengthKnown() {
        if !frame.isControl {
            let (sum, overflow) = message.addingReportingOverflow(frame.remaining)
            message = overflow ? .max : sum
            if let maxMessageBytes, message > maxMessageBytes { return violate(.messageTooLarge) }
            largestMessage = max(largestMessage, message)
        }
        if frame.isMasked { step = .mask(4) } else { beginPayload() }
    }

    private mutating func beginPayload() {
        step = .payload
        if frame.remaining == 0 { endFrame() }
    }

    private mutating func endFrame() {
        step = .first
        frames &+= 1
        if !frame.isControl, frame.isFinal {
            messages &+= 1
            isInMessage = false
        }
    }

    private mutating func violate(_ what: FrameViolation) { violation = what }
}

/// What the meter says about the bytes it was shown.
public enum FrameVerdict: Sendable, Equatable {
    case pass
    /// The connection should be closed with `violation.closeCode`.
    case violation(FrameViolation)
}

/// Frames that no end may send (RFC 6455 §5.2…5.5), or that a limit forbids.
public enum FrameViolation: String, Sendable, Equatable {
    case reservedOpcode = "reserved-opcode"
    case wrongMasking = "wrong-masking"
    case fragmentedControl = "fragmented-control"
    case longControl = "long-control"
    case continuationOfNothing = "continuation-of-nothing"
    case interruptedMessage = "interrupted-message"
    case impossibleLength = "impossible-length"
    case messageTooLarge = "message-too-large"

    /// The status code for a close frame (RFC 6455 §7.4.1).
    public var closeCode: UInt16 { self == .messageTooLarge ? 1009 : 1002 }
}
