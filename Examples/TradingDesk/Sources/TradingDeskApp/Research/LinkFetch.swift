import Dispatch
import Foundation

/// What the `fetches-any-url` flaw does: connects to whatever address it is told, on this machine.
enum LinkFetch {
    /// The status line of what answers at `http://127.0.0.1:PORT/…`; nil when nobody does.
    static func status(of url: String) async -> String? {
        guard let parts = URLComponents(string: url), parts.scheme == "http",
            ["127.0.0.1", "localhost"].contains(parts.host ?? ""), let port = UInt16(exactly: parts.port ?? 80)
        else { return nil }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: fetch(port, path)) }
        }
    }

    private static func fetch(_ port: UInt16, _ path: String) -> String? {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
        guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return nil }
        var answer = [UInt8](repeating: 0, count: 512)
        let count = recv(socket, &answer, answer.count, 0)
        guard count > 0 else { return nil }
        return String(decoding: answer.prefix(count), as: UTF8.self).split(separator: " ").dropFirst().first.map(
            String.init)
    }
}
