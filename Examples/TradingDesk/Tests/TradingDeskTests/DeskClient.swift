import Dispatch
import Foundation
import Glibc
import TradingDeskApp

/// An answer as it came off the wire.
struct Reply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
    func headers(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
    var json: JSONValue? { try? JSONDecoder().decode(JSONValue.self, from: Data(body)) }
    /// The session cookie's value in `Set-Cookie`.
    var session: String? {
        headers("Set-Cookie").compactMap { cookie -> String? in
            guard cookie.hasPrefix("tradingdesk_session=") else { return nil }
            let value = cookie.dropFirst("tradingdesk_session=".count).prefix { $0 != ";" }
            return value.isEmpty ? nil : String(value)
        }.first
    }
}

/// One connection per request, over a plain socket: what is sent is exactly what is written here.
struct DeskClient: Sendable {
    var port: Int
    var session: String?

    struct Failure: Error { let text: String }

    init(_ desk: RunningDesk) { port = desk.port }

    /// Signed in as one of the seeded people.
    func signedIn(_ name: String) async throws -> DeskClient {
        let reply = try await post(
            "/api/session",
            ["email": .string("\(name)@example.test"), "password": .string("correct horse battery \(name)")])
        guard let session = reply.session else {
            throw Failure(text: "sign-in of \(name): \(reply.status) \(reply.text)")
        }
        var client = self
        client.session = session
        return client
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Reply {
        try await send("GET", path, headers)
    }

    func post(_ path: String, _ body: JSONValue, method: String = "POST", _ headers: [String: String] = [:])
        async throws -> Reply
    {
        let bytes = try JSONEncoder().encode(body)
        return try await send(method, path, headers.merging(["Content-Type": "application/json"]) { $1 }, Array(bytes))
    }

    func form(_ path: String, _ body: String, _ headers: [String: String] = [:]) async throws -> Reply {
        try await send(
            "POST", path, headers.merging(["Content-Type": "application/x-www-form-urlencoded"]) { $1 },
            Array(body.utf8))
    }

    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], _ body: [UInt8]? = nil,
        chunked: Bool = false
    )
        async throws -> Reply
    {
        var fields = headers
        if fields["Host"] == nil { fields["Host"] = "127.0.0.1:\(port)" }
        if fields["Connection"] == nil { fields["Connection"] = "close" }
        if let session, fields["Cookie"] == nil { fields["Cookie"] = "tradingdesk_session=\(session)" }
        var bytes = Array("\(method) \(path) HTTP/1.1\r\n".utf8)
        if let body, !chunked, fields["Content-Length"] == nil { fields["Content-Length"] = String(body.count) }
        if chunked { fields["Transfer-Encoding"] = "chunked" }
        for (name, value) in fields { bytes += Array("\(name): \(value)\r\n".utf8) }
        bytes += Array("\r\n".utf8)
        if let body {
            if chunked {
                var rest = body[...]
                while !rest.isEmpty {
                    let part = rest.prefix(65_536)
                    bytes += Array(String(part.count, radix: 16).utf8) + Array("\r\n".utf8) + part + Array("\r\n".utf8)
                    rest = rest.dropFirst(part.count)
                }
                bytes += Array("0\r\n\r\n".utf8)
            } else {
                bytes += body
            }
        }
        return try await raw(bytes)
    }

    /// Sends bytes and reads one answer.
    func raw(_ bytes: [UInt8]) async throws -> Reply {
        let port = port
        return try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: blocking calls on Swift's own threads would serialise what has to be concurrent.
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.exchange(bytes, port: port) })
            }
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int) throws -> Reply {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(text: "no socket") }
        defer { close(descriptor) }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(text: "connect: \(errno)") }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses early may close while we still send: what it said is read below.
            if count <= 0 { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            received += buffer[..<count]
        }
        return try parse(received)
    }

    private static func parse(_ bytes: [UInt8]) throws -> Reply {
        var rest = bytes[...]
        while true {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
                throw Failure(text: "no answer: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
            }
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            rest = rest[end.upperBound...]
            let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
            if status == 100 { continue }
            let headers = lines.dropFirst().map { line -> (name: String, value: String) in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
            }
            var reply = Reply(status: status, headers: headers, body: Array(rest))
            if reply.header("Transfer-Encoding") == "chunked" { reply.body = unchunk(rest) }
            return reply
        }
    }

    private static func unchunk(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var (rest, body): (ArraySlice<UInt8>, [UInt8]) = (bytes, [])
        while let line = rest.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            rest = rest[line.upperBound...]
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return body
    }
}

/// Starts a desk for the length of a test: bcrypt at cost 4, no request limit unless asked for.
func withDesk<Value: Sendable>(
    _ flaws: Flaw..., tls: Bool = false, requestsPerMinute: Int = 0, hosts: [String] = [],
    _ body: (DeskClient, RunningDesk) async throws -> Value
) async throws -> Value {
    var configuration = DeskConfiguration()
    configuration.flaws = FlawSelection(Set(flaws))
    configuration.bcryptCost = 4
    configuration.requestsPerMinute = requestsPerMinute
    configuration.allowedHosts += hosts
    if tls { configuration.tlsListen = .init(port: 0) }
    let desk = try await TradingDesk.start(configuration)
    do {
        let value = try await body(DeskClient(desk), desk)
        await desk.stop()
        return value
    } catch {
        await desk.stop()
        throw error
    }
}

/// The same request many times at once.
func together(_ count: Int, _ work: @escaping @Sendable (Int) async throws -> Reply) async throws -> [Reply] {
    try await withThrowingTaskGroup(of: Reply.self) { group in
        for index in 0..<count { group.addTask { try await work(index) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
