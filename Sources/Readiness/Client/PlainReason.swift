import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// What went wrong on a connection, in words for a person instead of a library's.
func plainReason(_ error: any Error) -> String {
    if let error = error as? NIOConnectionError {
        if let first = error.connectionErrors.first { return plainReason(first.error) }
        if error.dnsAError != nil { return "no address for \(visible(error.host, limit: 80))" }
    }
    if let error = error as? IOError {
        let words = String(cString: strerror(error.errnoCode))
        return words.prefix(1).lowercased() + words.dropFirst()
    }
    if let error = error as? ChannelError, case .connectTimeout = error { return "nobody answered within 5 s" }
    let text = "\(error)"
    // BoringSSL: `error:10000410:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE`
    if error is NIOSSLError, let place = text.range(of: "OPENSSL_internal:") {
        let code = text[place.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return code.replacing("_", with: " ").lowercased()
    }
    return visible(text, limit: 120)
}
