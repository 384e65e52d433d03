import CCurl

/// One mail on its way through libcurl: what is left to send, and what the server said last.
///
/// libcurl calls back on the thread that runs the transfer, and on no other.
final class SMTPTransfer {
    private let content: [UInt8]
    private var sent = 0
    private(set) var stage: DeliveryStage = .connection
    private(set) var reply: SMTPReply?
    /// The server has read all of it, as far as we know.
    private(set) var isHandedOver = false
    /// We said goodbye: what is answered to that is about no mail.
    private var isOver = false

    init(_ content: [UInt8]) { self.content = content }

    /// Gives libcurl the next bytes.
    fileprivate func read(into target: UnsafeMutablePointer<CChar>, room: Int) -> Int {
        stage = .content
        let count = min(room, content.count - sent)
        guard count > 0 else { return 0 }
        content.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            UnsafeMutableRawPointer(target).copyMemory(from: start + sent, byteCount: count)
        }
        sent += count
        if sent == content.count {
            isHandedOver = true
            // The answer to the whole is what counts from here, not the 354 before it.
            reply = nil
        }
        return count
    }

    fileprivate func heard(_ line: UnsafeBufferPointer<UInt8>) {
        if !isOver, let reply = SMTPReply(line: line) {
            self.reply = reply
            if stage == .connection { stage = .greeting }
        }
    }

    /// Looks at the verb of what is sent, at nothing behind it: it may be a password or an address.
    fileprivate func said(_ command: UnsafeBufferPointer<UInt8>) {
        switch String(decoding: command.prefix(5), as: UTF8.self) {
        case "AUTH ": stage = .authentication
        case "MAIL ": stage = .sender
        case "RCPT ": stage = .recipient
        case "QUIT\r":
            isOver = true
            return
        default: return
        }
        reply = nil
    }
}

/// The functions that libcurl calls; each finds its transfer behind the pointer.
enum SMTPCallbacks {
    static let read: seaworthy_curl_bytes = { target, size, count, context in
        guard let target, let transfer = SMTPCallbacks.transfer(context) else { return 0 }
        return transfer.read(into: target, room: size * count)
    }

    /// Answers come as “headers”, line by line.
    static let header: seaworthy_curl_bytes = { bytes, size, count, context in
        guard let bytes, let transfer = SMTPCallbacks.transfer(context) else { return size * count }
        UnsafeRawPointer(bytes).withMemoryRebound(to: UInt8.self, capacity: size * count) {
            transfer.heard(UnsafeBufferPointer(start: $0, count: size * count))
        }
        return size * count
    }

    /// Nothing that a server says is written anywhere.
    static let discard: seaworthy_curl_bytes = { _, size, count, _ in size * count }

    static let trace: seaworthy_curl_trace = { _, kind, bytes, count, context in
        guard kind == CURLINFO_HEADER_OUT, let bytes, let transfer = SMTPCallbacks.transfer(context) else { return 0 }
        UnsafeRawPointer(bytes).withMemoryRebound(to: UInt8.self, capacity: count) {
            transfer.said(UnsafeBufferPointer(start: $0, count: count))
        }
        return 0
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> SMTPTransfer? {
        context.map { Unmanaged<SMTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}
