import Kernel
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Protection

@Suite("Header hygiene")
struct HeaderHygieneTests {
    private func pass(_ fields: [(String, String)], _ settings: HeaderHygieneStage.Settings = .init()) -> Exchange {
        var exchange = ExchangeFixture.exchange(.GET, "/", fields)
        _ = HeaderHygieneStage(settings).receive(&exchange)
        return exchange
    }

    @Test(
        "a stranger's claims are dropped, under every alias, and told",
        arguments: [
            "X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "X.Forwarded.For", "X-Forwarded_For",
            "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Anything", "Forwarded", "FORWARDED", "X-Real-IP",
            "X_Real_IP", "True-Client-IP", "CF-Connecting-IP", "X-Original-URL", "X-Rewrite-URL", "Remote-User",
            "REMOTE_USER", "X-Remote-User", "X-User", "X_User_Id", "X-Seaworthy-Identity", "x_seaworthy_role",
            "X-Auth-Request-Email", "X-SSL-Client-Cert", "Client-IP",
        ])
    func claims(name: String) {
        let exchange = pass([(name, "canary")])
        #expect(!exchange.request.headers.contains { $0.value == "canary" })
        #expect(exchange.events.map(\.reason) == ["headers.claim-dropped"])
    }

    @Test("we say in their place what is so")
    func own() {
        let exchange = pass([("X-Forwarded-For", "6.6.6.6"), ("x_forwarded_proto", "https")])
        #expect(exchange.request.headers["X-Forwarded-For"] == ["192.0.2.1"])
        #expect(exchange.request.headers["X-Forwarded-Proto"] == ["http"])
        #expect(exchange.request.headers["X-Forwarded-Host"] == ["app.test"])
    }

    @Test("what a connection remembers of one host, scheme or client is never said of another")
    func remembered() {
        let memory = ConnectionMemory()
        let stage = HeaderHygieneStage(.init())
        let other = IPAddress(v4: 0x0A00_0001)
        for _ in 0..<3 {
            for (host, scheme, client) in [
                ("app.test", Scheme.http, nil), ("app.test", .http, nil), ("app.tesT", .http, nil),
                ("app.test", .https, nil), ("app.test:81", .https, other), ("app.test", .http, other),
                (nil, .http, nil),
            ] {
                var exchange = ExchangeFixture.exchange(
                    .GET, "/", host.map { [("Host", $0), ("X-Forwarded-Host", "evil.test")] } ?? [],
                    addsHost: false, memory: memory)
                exchange.externalScheme = scheme
                if let client { exchange.clientAddress = client }
                _ = stage.receive(&exchange)
                #expect(exchange.request.headers["X-Forwarded-For"] == [client?.description ?? "192.0.2.1"])
                #expect(exchange.request.headers["X-Forwarded-Proto"] == [scheme.rawValue])
                #expect(exchange.request.headers["X-Forwarded-Host"] == (host.map { [$0] } ?? []))
            }
        }
    }

    @Test("everything else keeps its case, order and bytes")
    func untouched() {
        let fields = [
            ("aCCept", "a/b ;q=0"), ("X-Custom", "  ä\t"), ("x_y", "1"), ("Cookie", "a=b; c"),
            ("Authorization", "Basic x"),
            ("x-custom", "twice"), ("X-Forwarde", "near"), ("Users", "x"), ("X-Usera", "x"), ("Referer", "r"),
            ("empty", ""),
            ("Via", "1.1 x"), ("User-Agent", "u"), ("X-Requested-With", "XMLHttpRequest"), ("X-CSRF-Token", "t"),
        ]
        let exchange = pass(fields)
        let kept = exchange.request.headers.prefix(fields.count).map { "\($0.name): \($0.value)" }
        #expect(kept == fields.map { "\($0.0): \($0.1)" })
        #expect(exchange.events.isEmpty)
    }

    @Test("what belongs to this connection stays on it, and what Connection names too")
    func hops() {
        let exchange = pass([
            ("Connection", "keep-alive, X-Secret-Hop, Host, Cookie"), ("X-Secret-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authorization", "Basic x"), ("Proxy-Connection", "close"), ("TE", "gzip"), ("Upgrade", "TLS/1.0"),
            ("Cookie", "kept"),
        ])
        let names = exchange.request.headers.map { $0.name.lowercased() }
        for gone in [
            "connection", "x-secret-hop", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade",
        ] {
            #expect(!names.contains(gone), "\(gone)")
        }
        #expect(names.contains("cookie") && names.contains("host"))
        #expect(pass([("TE", "trailers")]).request.headers.contains(name: "te"))
    }

    @Test("framing is left to the proxy")
    func framing() {
        #expect(
            pass([("Content-Length", "3"), ("Connection", "Content-Length")]).request.headers["Content-Length"] == ["3"]
        )
    }

    @Test("a validated WebSocket upgrade keeps what it needs")
    func upgrade() {
        var exchange = ExchangeFixture.exchange(.GET, "/", WebSocketUpgradeTests.sound)
        exchange.isWebSocketUpgrade = true
        _ = HeaderHygieneStage(.init()).receive(&exchange)
        for (name, value) in WebSocketUpgradeTests.sound { #expect(exchange.request.headers[name] == [value]) }
    }

    @Test(
        "method overrides are stripped unless they may pass",
        arguments: ["X-HTTP-Method-Override", "X_HTTP_Method", "x-method-override"])
    func overrides(name: String) {
        #expect(!pass([(name, "DELETE")]).request.headers.contains { $0.value == "DELETE" })
        #expect(
            pass([(name, "DELETE")], .init(passesMethodOverride: true)).request.headers.contains {
                $0.value == "DELETE"
            })
    }

    @Test("a claim that the configuration keeps passes")
    func kept() {
        #expect(pass([("X-User-Id", "7")], .init(keptClaims: ["x-user-id"])).request.headers["x-user-id"] == ["7"])
    }

    @Test("the app can't speak with our names")
    func response() {
        var exchange = ExchangeFixture.exchange()
        var head = ResponseHead(
            .ok,
            [
                ("X-Seaworthy-Mode", "off"), ("Set-Cookie", "__Host-seaworthy=1"), ("Set-Cookie", "app=1"),
                ("X-App", "1"),
                ("Keep-Alive", "timeout=5"),
            ])
        _ = HeaderHygieneStage(.init()).respond(&exchange, &head)
        #expect(head.headers.map { $0.name } == ["Set-Cookie", "X-App"])
        #expect(head.value("set-cookie") == "app=1")
    }

    @Test(
        "trailers may not do what headers may not",
        arguments: [
            "Content-Length", "transfer_encoding", "Host", "Authorization", "X-Forwarded-For", "Cookie", "X_User", "",
            "a b", "X-Request-ID",
        ])
    func forbiddenTrailer(name: String) { #expect(HeaderHygiene.isForbiddenTrailer(name)) }

    @Test("ordinary trailers pass", arguments: ["X-Checksum", "Server-Timing", "grpc-status", "Digest"])
    func allowedTrailer(name: String) { #expect(!HeaderHygiene.isForbiddenTrailer(name)) }

    @Test("any mix of case, `_` and `.` is found out", arguments: Seeds.first(100))
    func aliases(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let base = generator.pick(["x-forwarded-for", "remote-user", "x-real-ip", "x-seaworthy-person"]) ?? ""
        let alias = String(
            base.map { character -> Character in
                if character == "-" { return generator.pick(["-", "_", "."]) ?? "-" }
                return generator.oneIn(2) ? Character(character.uppercased()) : character
            })
        #expect(!pass([(alias, "canary")]).request.headers.contains { $0.value == "canary" }, "\(alias)")
    }
}
