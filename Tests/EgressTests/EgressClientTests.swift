import Egress
import Kernel
import NIOCore
import NIOSSL
import Synchronization
import TestKit
import Testing

@Suite("Calls to the outside")
struct EgressClientTests {
    /// Answers with one list after the other, the last for ever; remembers how often it was asked.
    final class Names: HostResolver {
        private let answers: Mutex<[[String]]>
        let asked = Atomic<Int>(0)
        init(_ answers: [String]...) { self.answers = Mutex(answers) }
        func addresses(of name: String) async throws -> [IPAddress] {
            asked.add(1, ordering: .relaxed)
            let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? [] }
            return answer.compactMap { IPAddress(strict: $0[...]) }
        }
    }

    private static func client(
        _ names: any HostResolver = Names(["127.0.0.1"]), allowed: [String] = ["127.0.0.0/8"],
        roots: NIOSSLTrustRoots = .default, _ change: (inout EgressSettings) -> Void = { _ in }
    ) throws -> EgressClient {
        var settings = EgressSettings(
            allowed: allowed.compactMap { IPNetwork($0) }, allowsPlainHTTP: true, connectTimeout: .seconds(3),
            totalTimeout: .seconds(5), bodyLimit: 10_000, headerLimit: 4000)
        change(&settings)
        return try EgressClient(settings: settings, resolver: names, trustRoots: roots)
    }

    private static func failure(
        _ client: EgressClient, _ request: EgressRequest
    ) async -> EgressError? {
        do throws(EgressError) {
            _ = try await client.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("a call goes out as it was meant, and its answer comes back")
    func call() async throws {
        let server = try await CannedServer([.say("HTTP/1.1 201 Made\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok")])
        let response = try await Self.client().send(
            EgressRequest(
                "POST", "http://hook.test:\(server.port)/a?b=c", headers: [("X-Mine", "1")], body: Array("{}".utf8)))
        #expect(response.status == 201 && response.body == Array("ok".utf8) && response.header("x-a") == "b")
        let request = try #require(server.received.first)
        #expect(request.hasPrefix("POST /a?b=c HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n{}"))
        for field in ["Host: hook.test:\(server.port)", "Connection: close", "Content-Length: 2", "X-Mine: 1"] {
            #expect(request.contains(field + "\r\n"), "\(field)")
        }
        await server.close()
    }

    @Test(
        "an address that isn't public is refused before anything is sent",
        arguments: [
            ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00:ec2::254"], ["fe80::1"], ["0.0.0.0"],
            ["64:ff9b::7f00:1"], ["2002:7f00:1::1"], ["224.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"],
        ])
    func refused(_ addresses: [String]) async throws {
        let server = try await CannedServer([.hangUp])
        let client = try Self.client(Names(addresses), allowed: [])
        let error = await Self.failure(client, EgressRequest("GET", "http://hook.test:\(server.port)/"))
        #expect(error?.code == .refusedAddress)
        if let address = IPAddress(strict: addresses[0][...]), addresses.count == 1 {
            let literal = address.family == .v6 ? "[\(address)]" : "\(address)"
            let error = await Self.failure(client, EgressRequest("GET", "http://\(literal):\(server.port)/"))
            #expect(error?.code == .refusedAddress)
        }
        #expect(server.connections == 0)
        await server.close()
    }

    @Test("a name that changes its mind after the check is asked once only, and the pinned address is called")
    func rebinding() async throws {
        let server = try await CannedServer([.say("HTTP/1.1 204 No\r\n\r\n")])
        // 127.0.0.1 is allowed here and stands for the public address, 127.0.0.2 isn't and stands for the private one.
        let names = Names(["127.0.0.1"], ["127.0.0.2"])
        let client = try Self.client(names, allowed: ["127.0.0.1/32"])
        let request = EgressRequest("GET", "http://hook.test:\(server.port)/")
        let response = try await client.send(request)
        #expect(response.address.description == "127.0.0.1" && names.asked.load(ordering: .relaxed) == 1)
        #expect(await Self.failure(client, request)?.code == .refusedAddress)
        #expect(server.connections == 1)
        await server.close()
    }

    @Test("a redirect is an answer, and nobody follows it")
    func redirect() async throws {
        let inside = try await CannedServer([.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")])
        let server = try await CannedServer([
            .say("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(inside.port)/\r\nContent-Length: 0\r\n\r\n")
        ])
        let response = try await Self.client().send(EgressRequest("GET", "http://hook.test:\(server.port)/"))
        #expect(response.status == 302 && response.body.isEmpty && inside.connections == 0)
        await server.close()
        await inside.close()
    }

    static let hostile: [(String, [CannedServer.Act], EgressError.Code)] = [
        (
            "an endless body", [.say("HTTP/1.1 200 OK\r\n\r\n"), .endless(String(repeating: "a", count: 1000))],
            .tooLarge
        ),
        (
            "endless chunks",
            [
                .say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .endless("1f4\r\n" + String(repeating: "a", count: 500) + "\r\n"),
            ],
            .tooLarge
        ),
        ("a declared body that is too large", [.say("HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n")], .tooLarge),
        (
            "large header fields", [.say("HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 5000))\r\n\r\n")],
            .tooLarge
        ),
        ("silence", [.pause(.seconds(60))], .timeout),
        ("a header that never ends", [.say("HTTP/1.1 200 OK\r\nX: "), .pause(.seconds(60))], .timeout),
        (
            "a drip",
            [
                .say("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"), .say("a"), .pause(.milliseconds(900)),
                .say("a"), .pause(.milliseconds(900)), .say("a"), .pause(.seconds(60)),
            ], .timeout
        ),
        ("a broken connection", [.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), .hangUp], .connection),
        ("nothing at all", [.hangUp], .connection),
        ("something else", [.say("SSH-2.0-OpenSSH_9.2\r\n\r\n")], .malformed),
        ("endless interim responses", [.endless("HTTP/1.1 103 Early Hints\r\n\r\n")], .timeout),
    ]

    @Test("a hostile server costs bounded time and memory", arguments: hostile.indices)
    func bounded(_ index: Int) async throws {
        let (name, acts, code) = Self.hostile[index]
        let server = try await CannedServer(acts)
        let client = try Self.client { $0.totalTimeout = code == .timeout ? .milliseconds(1500) : .seconds(20) }
        let start = ContinuousClock.now
        let error = await Self.failure(client, EgressRequest("GET", "http://hook.test:\(server.port)/"))
        #expect(error?.code == code, "\(name): \(error.map { "\($0)" } ?? "no error")")
        #expect(ContinuousClock.now - start < .seconds(25))
        await server.close()
    }

    @Test("a packed bomb stays packed")
    func bomb() async throws {
        let server = try await CannedServer([
            .say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9000\r\n\r\n"), .bytes(9000),
        ])
        let response = try await Self.client().send(EgressRequest("GET", "http://hook.test:\(server.port)/"))
        #expect(response.body.count == 9000)
        #expect(server.received.first?.contains("Accept-Encoding: identity\r\n") == true)
        await server.close()
    }

    @Test("TLS: the name must be in the certificate, and somebody believed must vouch for it")
    func tls() async throws {
        let directory = try TemporaryDirectory("egress")
        defer { directory.remove() }
        let certificate = try await TestCertificate(directory.path)
        let server = try await CannedServer(
            tls: certificate.server(), [.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")])
        let believed = try Self.client(roots: .file(certificate.path))
        let url = "https://hook.test:\(server.port)/"
        #expect(try await believed.send(EgressRequest("GET", url)).status == 200)
        #expect(try await believed.send(EgressRequest("GET", "https://127.0.0.1:\(server.port)/")).status == 200)
        let other = EgressRequest("GET", "https://other.test:\(server.port)/")
        #expect(await Self.failure(believed, other)?.code == .tls)
        #expect(await Self.failure(try Self.client(), EgressRequest("GET", url))?.code == .tls)
        // Nothing of the request was sent to whoever couldn't prove who they are.
        #expect(server.received.count == 2)
        let plain = try await CannedServer([.say("HTTP/1.1 200 OK\r\n\r\n")])
        let error = await Self.failure(
            try Self.client(roots: .file(certificate.path)) { $0.connectTimeout = .milliseconds(500) },
            EgressRequest("GET", "https://hook.test:\(plain.port)/"))
        #expect(error?.code == .tls || error?.code == .timeout)
        await plain.close()
        await server.close()
    }

    @Test("what isn't sent")
    func requests() async throws {
        let client = try Self.client()
        let bad = [
            EgressRequest("GET", "http://hook.test/", headers: [("X", "a\r\nY: b")]),
            EgressRequest("GET", "http://hook.test/", headers: [("X\r\n", "a")]),
            EgressRequest("GET", "http://hook.test/", headers: [("Host", "other")]),
            EgressRequest("GET", "http://hook.test/", headers: [("transfer-encoding", "chunked")]),
            EgressRequest("GE T", "http://hook.test/"), EgressRequest("CONNECT", "http://hook.test/"),
        ]
        for request in bad { #expect(await Self.failure(client, request)?.code == .request) }
        let secure = try Self.client { $0.allowsPlainHTTP = false }
        #expect(await Self.failure(secure, EgressRequest("GET", "http://hook.test/"))?.code == .target)
        #expect(
            await Self.failure(try Self.client(Names([])), EgressRequest("GET", "http://hook.test/"))?.code
                == .unresolved)
        let port = FreePort.pick()
        #expect(await Self.failure(client, EgressRequest("GET", "http://hook.test:\(port)/"))?.code == .connection)
    }

    @Test("a dead first address: the next is called; a resolver that hangs ends at the deadline")
    func addresses() async throws {
        let server = try await CannedServer([.say("HTTP/1.1 204 No\r\n\r\n")])
        let client = try Self.client(Names(["127.0.0.3", "127.0.0.1"]))
        #expect(try await client.send(EgressRequest("GET", "http://hook.test:\(server.port)/")).status == 204)
        await server.close()
        struct Hanging: HostResolver {
            func addresses(of name: String) async throws -> [IPAddress] {
                try await Task.sleep(for: .seconds(60))
                return []
            }
        }
        let slow = try Self.client(Hanging()) { $0.totalTimeout = .milliseconds(300) }
        #expect(await Self.failure(slow, EgressRequest("GET", "http://hook.test/"))?.code == .timeout)
        let system = try await SystemResolver().addresses(of: "localhost")
        #expect(system.contains { $0.isLoopback })
    }
}
