import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Protection

@Suite("The request's shape")
struct RequestShapeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let reason: String
        let status: Int
        var method = HTTPMethod.GET
        var target = "/"
        var version = HTTPVersion.http1_1
        var fields: [(String, String)] = []
        var hasHost = true
        var testDescription: String { "\(reason) \(method) \(target) \(fields.map { "\($0.0): \($0.1)" })" }
    }

    static let ambiguous: [Row] = [
        Row(reason: "request-shape.missing-host", status: 400, hasHost: false),
        Row(reason: "request-shape.duplicate-host", status: 400, fields: [("Host", "a"), ("host", "a")]),
        Row(
            reason: "request-shape.both-lengths", status: 400, method: .POST,
            fields: [("Content-Length", "3"), ("Transfer-Encoding", "chunked")]),
        Row(
            reason: "request-shape.duplicate-length", status: 400, method: .POST,
            fields: [("Content-Length", "3"), ("content-length", "3")]),
        Row(reason: "request-shape.bad-length", status: 400, method: .POST, fields: [("Content-Length", "-1")]),
        Row(reason: "request-shape.bad-length", status: 400, method: .POST, fields: [("Content-Length", "+1")]),
        Row(reason: "request-shape.bad-length", status: 400, method: .POST, fields: [("Content-Length", "")]),
        Row(reason: "request-shape.bad-length", status: 400, method: .POST, fields: [("Content-Length", "3, 3")]),
        Row(reason: "request-shape.bad-length", status: 400, method: .POST, fields: [("Content-Length", "0x10")]),
        Row(
            reason: "request-shape.bad-length", status: 400, method: .POST,
            fields: [("Content-Length", "18446744073709551617")]),
        Row(
            reason: "request-shape.coding-in-http10", status: 400, method: .POST, version: .http1_0,
            fields: [("Transfer-Encoding", "chunked")]),
        Row(
            reason: "request-shape.unknown-coding", status: 501, method: .POST,
            fields: [("Transfer-Encoding", "xchunked")]),
        Row(
            reason: "request-shape.unknown-coding", status: 501, method: .POST,
            fields: [("Transfer-Encoding", "gzip, chunked")]),
        Row(
            reason: "request-shape.unknown-coding", status: 501, method: .POST,
            fields: [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]),
        Row(reason: "request-shape.connect", status: 405, method: .CONNECT, target: "app.test:443"),
        Row(reason: "request-shape.asterisk-form", status: 400, method: .OPTIONS, target: "*"),
        Row(reason: "request-shape.absolute-form", status: 400, target: "http://app.test/"),
        Row(reason: "request-shape.authority-form", status: 400, target: "app.test"),
        Row(reason: "request-shape.empty-target", status: 400, target: ""),
        Row(reason: "request-shape.target-bytes", status: 400, target: "/a b"),
        Row(reason: "request-shape.bad-percent", status: 400, target: "/%zz"),
        Row(reason: "request-shape.nul", status: 400, target: "/%00"),
        Row(reason: "request-shape.dot-segment", status: 400, target: "/public/../admin"),
        Row(reason: "request-shape.overlong", status: 400, target: "/%c0%ae"),
        Row(reason: "request-shape.bad-method", status: 400, method: .RAW(value: "GE T")),
        Row(reason: "request-shape.bad-method", status: 400, method: .RAW(value: "")),
        Row(reason: "request-shape.field-name", status: 400, fields: [("X Y", "1")]),
        Row(reason: "request-shape.field-name", status: 400, fields: [("", "1")]),
        Row(reason: "request-shape.field-name", status: 400, fields: [("X\u{e9}", "1")]),
        Row(reason: "request-shape.field-value", status: 400, fields: [("X-A", "a\r\nX-B: c")]),
        Row(reason: "request-shape.field-value", status: 400, fields: [("X-A", "a\n b")]),
        Row(reason: "request-shape.field-value", status: 400, fields: [("X-A", "a\u{0}")]),
        Row(reason: "request-shape.field-value", status: 400, fields: [("X-A", "long enough a value \u{7F}")]),
        Row(reason: "request-shape.bad-encoding", status: 400, fields: [("X-A", "caf\u{FFFD}")]),
        Row(reason: "request-shape.h2c", status: 400, fields: [("Upgrade", "h2c"), ("Connection", "Upgrade")]),
        Row(reason: "request-shape.h2c", status: 400, fields: [("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")]),
        Row(reason: "request-shape.expectation", status: 417, fields: [("Expect", "tea")]),
        Row(
            reason: "request-shape.trailer", status: 400, method: .POST,
            fields: [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum, Content-Length")]),
        Row(
            reason: "request-shape.trailer", status: 400, method: .POST,
            fields: [("Transfer-Encoding", "chunked"), ("Trailer", "X_Forwarded_For")]),
        Row(
            reason: "request-shape.websocket", status: 400,
            fields: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "8")]),
    ]

    private func judge(_ row: Row, mode: ControlMode) -> Verdict {
        var exchange = ExchangeFixture.exchange(
            row.method, row.target, row.fields, version: row.version, mode: mode, addsHost: row.hasHost)
        return RequestShapeStage(RequestShapeStage.Settings(mode: mode)).receive(&exchange)
    }

    @Test("what can be read in two ways is refused in every mode, and closes the connection", arguments: ambiguous)
    func refusesAmbiguity(row: Row) {
        for mode in ControlMode.allCases {
            let verdict = judge(row, mode: mode)
            #expect(verdict.reason == row.reason, "\(mode)")
            #expect(verdict.status == row.status, "\(mode)")
            #expect(verdict.isAlways, "\(mode)")
            #expect(verdict.problem?.closesConnection == true)
        }
    }

    static let excessive: [Row] = [
        Row(
            reason: "request-shape.header-count", status: 431,
            fields: (0..<120).map { ("X-\($0)", "1") }),
        Row(
            reason: "request-shape.header-size", status: 431,
            fields: [("X-A", String(repeating: "a", count: 40_000))]),
        Row(reason: "request-shape.target-length", status: 414, target: "/" + String(repeating: "a", count: 9000)),
        Row(reason: "request-shape.overlong-query", status: 400, target: "/?q=%c0%af"),
        Row(reason: "request-shape.overlong-query", status: 400, target: "/?q=a%E0%80%AF"),
        Row(reason: "request-shape.overlong-query", status: 400, target: "/a%20b?q=%f0%80%80%af"),
        Row(reason: "request-shape.method", status: 405, method: .TRACE),
        Row(reason: "request-shape.method", status: 405, method: .RAW(value: "TRACK")),
        Row(reason: "request-shape.method", status: 501, method: .RAW(value: "FROBNICATE")),
        Row(reason: "request-shape.method", status: 501, method: .RAW(value: "get")),
        Row(
            reason: "request-shape.body-size", status: 413, method: .POST, fields: [("Content-Length", "10485761")]),
    ]

    @Test("what is too much is refused in enforce", arguments: excessive)
    func refusesExcess(row: Row) {
        let verdict = judge(row, mode: .enforce)
        #expect(verdict.reason == row.reason)
        #expect(verdict.status == row.status)
        #expect(!verdict.isAlways)
    }

    @Test("observe lets pass what enforce refuses, and records it", arguments: excessive)
    func observes(row: Row) {
        var exchange = ExchangeFixture.exchange(row.method, row.target, row.fields, mode: .observe)
        let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: .observe)).receive(&exchange)
        #expect(verdict.status == nil)
        #expect(exchange.events.map(\.reason.rawValue) == [row.reason])
        #expect(exchange.events.first?.disposition == .wouldHave)
    }

    @Test("off judges no sizes", arguments: excessive)
    func off(row: Row) {
        #expect(judge(row, mode: .off).status == nil)
    }

    @Test("a malformation of the decoder is refused in every mode")
    func malformation() {
        for mode in ControlMode.allCases {
            let sound = ExchangeFixture.exchange(mode: mode)
            var exchange = Exchange(
                id: sound.id, connection: sound.connection, request: sound.request,
                malformation: Problem("http.bare-lf", status: 400, title: "x"), startedAt: .now())
            let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: mode)).receive(&exchange)
            #expect(verdict.reason == "http.bare-lf")
            #expect(verdict.isAlways)
        }
    }

    @Test(
        "odd but legal requests pass untouched",
        arguments: [
            Row(reason: "", status: 0, fields: [("Cookie", String(repeating: "a", count: 8192))]),
            Row(reason: "", status: 0, fields: [("X_Y", "1"), ("X.Z", ""), ("x-empty", "")]),
            Row(reason: "", status: 0, fields: [("X-A", "caf\u{e9} \t ok")]),
            Row(reason: "", status: 0, fields: [("X-A", "a\u{10FFFF}b and more of it")]),
            Row(reason: "", status: 0, method: .RAW(value: "PROPFIND"), target: "/a;b=@"),
            Row(reason: "", status: 0, method: .RAW(value: "MKCALENDAR")),
            Row(
                reason: "", status: 0, method: .POST, fields: [("Transfer-Encoding", "Chunked"), ("Trailer", "X-Sum")]),
            Row(reason: "", status: 0, method: .POST, fields: [("Content-Length", "00010")]),
            Row(reason: "", status: 0, method: .PUT, fields: [("Expect", "100-Continue"), ("Content-Length", "1")]),
            Row(reason: "", status: 0, version: .http1_0, hasHost: false),
            Row(reason: "", status: 0, fields: [("Upgrade", "TLS/1.0"), ("Connection", "Upgrade")]),
        ])
    func passes(row: Row) {
        var exchange = ExchangeFixture.exchange(
            row.method, row.target, row.fields, version: row.version, addsHost: row.hasHost)
        let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce)).receive(&exchange)
        #expect(verdict.status == nil, "\(verdict)")
        #expect(exchange.request.target == row.target)
        for (name, value) in row.fields { #expect(exchange.request.headers[name].contains(value)) }
    }

    @Test(
        "bytes of an older encoding pass, unless UTF-8 is asked for",
        arguments: ["/%ff", "/caf%E9", "/?q=%c3%28", "/?ville=%C0+c%F4t%E9", "/%E4%F6%FC?a=%DF"])
    func latin1(target: String) {
        var exchange = ExchangeFixture.exchange(.GET, target)
        #expect(RequestShapeStage(RequestShapeStage.Settings(mode: .enforce)).receive(&exchange).status == nil)
        var strict = ExchangeFixture.exchange(.GET, target)
        let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce, requiresUTF8: true)).receive(&strict)
        #expect(verdict.reason == "request-shape.not-utf8" && verdict.status == 400 && !verdict.isAlways)
        var utf8 = ExchangeFixture.exchange(.GET, "/caf%C3%A9?q=%E2%82%AC")
        let passes = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce, requiresUTF8: true)).receive(&utf8)
        #expect(passes.status == nil)
    }

    @Test(
        "white space around a value is no part of it, and nothing else of it is changed",
        arguments: [
            ("Host", "app.test \t", "app.test"), ("Content-Length", " 3\t ", "3"), ("X-A", "\t ", ""),
            ("Transfer-Encoding", "chunked ", "chunked"), ("X-A", " caf\u{E9} \t au lait\t", "caf\u{E9} \t au lait"),
        ])
    func padding(name: String, sent: String, value: String) {
        var exchange = ExchangeFixture.exchange(
            .POST, "/", [("X-Before", "a"), (name, sent), ("X-After", "b")], addsHost: name != "Host")
        let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce)).receive(&exchange)
        #expect(verdict.status == nil, "\(verdict)")
        #expect(exchange.request.headers[name] == [value])
        #expect(exchange.request.headers["X-Before"] == ["a"] && exchange.request.headers["X-After"] == ["b"])
        if name == "Host" { #expect(exchange.request.first(.host) == value) }
    }

    @Test("the body limit holds for bodies whose length nobody declared, and not for requests without one")
    func bodyLimit() {
        var chunked = ExchangeFixture.exchange(.POST, "/", [("Transfer-Encoding", "chunked")])
        _ = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce, bodyLimit: 10)).receive(&chunked)
        #expect(chunked.bodyLimit == 10)
        var lifted = ExchangeFixture.exchange(.POST, "/", [("Content-Length", "99999999")])
        let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce, bodyLimit: .max)).receive(&lifted)
        #expect(verdict.status == nil)
        #expect(lifted.bodyLimit == nil)
    }

    @Test("exactly the limit passes")
    func exactLimit() {
        #expect(
            judge(Row(reason: "", status: 0, method: .POST, fields: [("Content-Length", "10485760")]), mode: .enforce)
                .status == nil)
    }

    @Test("a 405 says what is allowed")
    func allow() {
        let problem = judge(Row(reason: "", status: 0, method: .TRACE), mode: .enforce).problem
        #expect(problem?.headers.first { $0.name == "Allow" }?.value.hasPrefix("GET, HEAD, POST") == true)
    }

    @Test("no header bytes at all make it trap", arguments: Seeds.first(100))
    func survives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let fields = (0..<generator.number(0...20)).map { _ in
            (generator.text(0...20, of: "aZ-_ :\u{0}é"), generator.text(0...40, of: "a \t\u{0}\r\n\u{FFFD}é,;=\""))
        }
        var exchange = ExchangeFixture.exchange(.POST, "/" + generator.text(0...20, of: "a%2e/."), fields)
        let verdict = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce)).receive(&exchange)
        let isDirty = fields.contains { name, value in
            name.isEmpty || name.utf8.contains { !$0.isTokenCharacter }
                || value.utf8.contains { ($0 < 0x20 && $0 != 9) || $0 == 0x7F }
        }
        if isDirty { #expect(verdict.status != nil) }
    }
}

@Suite("A WebSocket upgrade")
struct WebSocketUpgradeTests {
    static let sound = [
        ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    private func judge(
        _ method: HTTPMethod = .GET, version: HTTPVersion = .http1_1, replacing name: String = "",
        by value: String? = nil, adding more: [(String, String)] = []
    ) -> WebSocketUpgrade {
        var fields = WebSocketUpgradeTests.sound.filter { $0.0 != name }
        if let value { fields.append((name, value)) }
        return WebSocketUpgrade(ExchangeFixture.exchange(method, "/", fields + more, version: version).request)
    }

    @Test("is recognised when it keeps to RFC 6455")
    func sound() {
        #expect(judge() == .wellFormed)
        var exchange = ExchangeFixture.exchange(.GET, "/", WebSocketUpgradeTests.sound)
        _ = RequestShapeStage(RequestShapeStage.Settings(mode: .enforce)).receive(&exchange)
        let isUpgrade = exchange.isWebSocketUpgrade
        #expect(isUpgrade)
    }

    @Test("is none without its Upgrade")
    func none() {
        #expect(judge(replacing: "Upgrade") == .none)
        #expect(judge(replacing: "Upgrade", by: "TLS/1.0") == .none)
    }

    @Test("is malformed when anything is missing or odd")
    func malformed() {
        let all = [
            judge(.POST), judge(version: .http1_0), judge(replacing: "Connection"),
            judge(replacing: "Connection", by: "close"), judge(replacing: "Sec-WebSocket-Version"),
            judge(replacing: "Sec-WebSocket-Version", by: "12"), judge(replacing: "Sec-WebSocket-Key"),
            judge(replacing: "Sec-WebSocket-Key", by: "short=="),
            judge(replacing: "Sec-WebSocket-Key", by: "dGhlIHNhbXBsZSBub25jZQ=a"),
            judge(adding: [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]),
            judge(adding: [("Content-Length", "4")]),
            judge(adding: [("Transfer-Encoding", "chunked")]), judge(replacing: "Upgrade", by: "websocket, h2c"),
        ]
        for upgrade in all {
            guard case .malformed = upgrade else {
                Issue.record("\(upgrade)")
                continue
            }
        }
    }
}
