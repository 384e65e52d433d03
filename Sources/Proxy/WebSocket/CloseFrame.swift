public import NIOCore

/// A close frame of our own, to be put in at a frame boundary (RFC 6455 §5.5.1).
public enum CloseFrame {
    /// Going away: the server shuts down (RFC 6455 §7.4.1).
    public static let goingAway: UInt16 = 1001
    /// A policy of ours ended it, such as a session that was revoked.
    public static let policyViolation: UInt16 = 1008

    /// To the client: unmasked.
    public static func toClient(code: UInt16) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(0x88 as UInt8, 2 as UInt8, code)
        return frame
    }

    /// To the app, for which we stand in the client's place: masked with `mask`, which must be unpredictable.
    public static func toUpstream(code: UInt16, mask: UInt32) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(0x88 as UInt8, 0x82 as UInt8, mask, code ^ UInt16(truncatingIfNeeded: mask >> 16))
        return frame
    }
}
