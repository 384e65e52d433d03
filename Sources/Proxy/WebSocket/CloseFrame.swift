public import NIOCore

/// A close frame of our own, to be put in at a frame boundary (RFC 6455 §5.5.1).
public enum CloseFrame {
    /// Going away: the server shuts down (RFC 6455 §7.4.1).
    public static let goingAway: UInt16 = 1001
    /// A policy of ours ended it, such as a session that was revoked.
    public static let policyViolation: UInt16 = 1008
    /// It can't be told just now whether it may go on (IANA's registry, RFC 6455 §11.7).
    public static let tryAgainLater: UInt16 = 1013

    /// To the client: unmasked.
    ///
    /// - Parameter text: why, in ASCII; cut after 123 bytes, so that the frame stays a control frame.
    public static func toClient(code: UInt16, text: String = "") -> ByteBuffer {
        let payload = payload(code, text)
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(0x88 as UInt8, UInt8(truncatingIfNeeded: payload.count))
        frame.writeBytes(payload)
        return frame
    }

    /// To the app, for which we stand in the client's place: masked with `mask`, which must be unpredictable.
    public static func toUpstream(code: UInt16, text: String = "", mask: UInt32) -> ByteBuffer {
        let payload = payload(code, text)
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(0x88 as UInt8, 0x80 | UInt8(truncatingIfNeeded: payload.count), mask)
        for (place, byte) in payload.enumerated() {
            frame.writeInteger(byte ^ UInt8(truncatingIfNeeded: mask >> UInt32(24 &- place % 4 &* 8)))
        }
        return frame
    }

    private static func payload(_ code: UInt16, _ text: String) -> [UInt8] {
        [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)] + text.utf8.prefix(123)
    }
}
