import Foundation
import Gateway
import Kernel

/// Asks one question per connection over plain HTTP/1.1: bounded in time and size, and free to send what no client would.
struct PlainClient {
    let address: UpstreamAddress
    /// What goes into `Host`.
    let authority: String
    var timeout = 5.0
    static let sizeLimit = 512 * 1024

    struct Unreachable: Error { let reason: String }

    struct Answer {
        let status: Int
        /// Names in lower case.
        let headers: [(name: String, value: String)]
        let body: String

        func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
        func first(_ name: String) -> String? { all(name).first }
        /// Names of the cookies that it sets.
        var cookieNames: [String] {
            all("set-cookie").compactMap {
                $0.split(separator: "=").first.map { String($0).trimmingCharacters(in: .whitespaces) }
            }
        }
    }

    /// nil: connected, but no answer that is HTTP came in time.
    func ask(
        _ method: String, _ target: String, host: String? = nil, _ fields: [(String, String)] = [], body: String = ""
    )
        throws -> Answer?
    {
        let descriptor = try connect()
        defer { close(descriptor) }
        var text =
            "\(method) \(target) HTTP/1.1\r\nHost: \(host ?? authority)\r\nUser-Agent: seaworthy-init\r\n"
        if !fields.contains(where: { $0.0 == "Accept" }) { text += "Accept: text/html,*/*\r\n" }
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if !fields.contains(where: { $0.0 == "Connection" }) { text += "Connection: close\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        text += "\r\n" + body
        guard send(descriptor, text) else { return nil }
        return parse(receive(descriptor))
    }

    private func connect() throws -> Int32 {
        switch address {
        case .unix(let path):
            let descriptor = socket(AF_UNIX, PlainClient.stream, 0)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(descriptor, $0, size) }
            }
            return try checked(descriptor, result)
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = PlainClient.stream
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &list) == 0 else { throw Unreachable(reason: "no such host") }
            defer { freeaddrinfo(list) }
            var last = Unreachable(reason: "no address")
            var next = list
            while let info = next {
                next = info.pointee.ai_next
                let descriptor = socket(info.pointee.ai_family, info.pointee.ai_socktype, info.pointee.ai_protocol)
                guard descriptor >= 0 else { continue }
                limit(descriptor)
                do {
                    return try checked(
                        descriptor, Foundation.connect(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen))
                } catch let error as Unreachable {
                    last = error
                }
            }
            throw last
        }
    }

    private static var stream: Int32 {
        #if canImport(Glibc)
            Int32(SOCK_STREAM.rawValue)
        #else
            SOCK_STREAM
        #endif
    }

    private func checked(_ descriptor: Int32, _ result: Int32) throws -> Int32 {
        guard descriptor >= 0, result == 0 else {
            let reason =
                errno == EINPROGRESS ? "no connection within \(Int(timeout)) s" : String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw Unreachable(reason: reason)
        }
        limit(descriptor)
        return descriptor
    }

    /// Bounds connecting and each read and write.
    private func limit(_ descriptor: Int32) {
        var time = timeval()
        time.tv_sec = Int(timeout)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func send(_ descriptor: Int32, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL.rawValueOrSelf)) == bytes.count
    }

    private func receive(_ descriptor: Int32) -> [UInt8] {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(timeout))
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < PlainClient.sizeLimit, clock.now < deadline {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
            if isComplete(bytes) { break }
        }
        return bytes
    }

    /// Whether a response without a body to wait for, or of a known length, is all there: some apps never close.
    private func isComplete(_ bytes: [UInt8]) -> Bool {
        guard let end = headEnd(bytes), let answer = parse(bytes) else { return false }
        if answer.status == 101 || answer.status == 204 || answer.status == 304 { return true }
        guard let length = answer.first("content-length").flatMap({ Int($0) }) else {
            return answer.first("transfer-encoding") != nil && answer.body.hasSuffix("0\r\n\r\n")
        }
        return bytes.count - end >= length
    }

    private func headEnd(_ bytes: [UInt8]) -> Int? {
        guard let range = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { return nil }
        return range.upperBound
    }

    private func parse(_ bytes: [UInt8]) -> Answer? {
        guard let end = headEnd(bytes) else { return nil }
        let lines = String(decoding: bytes.prefix(end), as: UTF8.self).components(separatedBy: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
        return Answer(
            status: status, headers: headers, body: String(decoding: bytes.dropFirst(end), as: UTF8.self))
    }
}

extension BinaryInteger {
    /// `MSG_NOSIGNAL` is a number on one system and an enumeration on another.
    fileprivate var rawValueOrSelf: Self { self }
}

extension RawRepresentable where RawValue: BinaryInteger {
    fileprivate var rawValueOrSelf: RawValue { rawValue }
}
