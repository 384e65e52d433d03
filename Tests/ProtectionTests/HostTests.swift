import Kernel
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Protection

@Suite("Hosts")
struct HostTests {
    @Test(
        "what is no host is none",
        arguments: [
            "", ":", ":80", "a:b", "a:-1", "a:65536", "a:80:90", "a b", "a/b", "a@b", "user:pw@a", "a,b", "a..b", ".a",
            "[::1",
            "::1", "[1.2.3.4]", "[::1]x", "[::1]:x", "a\"b", "ä.test", "a%41", "http://a", "a?b", "a#b", "a\\b", "*",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "aaaa",
        ])
    func refuses(text: String) { #expect(HostName(text) == nil) }

    @Test(
        "a host is read in one form",
        arguments: [
            ("APP.Test", "app.test", nil), ("app.test.", "app.test", nil), ("app.test:8080", "app.test", 8080),
            ("a_b.test", "a_b.test", nil), ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]", "::1", nil),
            ("[::1]:443", "::1", 443),
            ("app.test:", "app.test", nil), ("xn--bcher-kva.example", "xn--bcher-kva.example", nil),
        ] as [(String, String, Int?)])
    func reads(text: String, host: String, port: Int?) throws {
        let name = try #require(HostName(text))
        #expect(name.host == host)
        #expect(name.port == port)
    }

    @Test("no bytes make the parsers trap", arguments: Seeds.first(100))
    func survives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let text = generator.text(0...30, of: "aA.:[]0-9@ /é%*h")
        if let name = HostName(text) { #expect(HostName(name.text) == name) }
        _ = WebOrigin("https://" + text)
    }

    private func verdict(
        _ host: String, hosts: [String] = [], publicURL: String? = nil,
        environment: DeploymentEnvironment = .production,
        mode: ControlMode = .enforce
    ) -> (Verdict, [SecurityEvent]) {
        var exchange = ExchangeFixture.exchange(.GET, "/", [("Host", host)], mode: mode)
        let edge = EdgeFacts(environment: environment, publicOrigin: publicURL.flatMap { WebOrigin($0) })
        let verdict = HostCheckStage(.init(mode: mode, hosts: hosts), edge: edge).receive(&exchange)
        return (verdict, exchange.events)
    }

    @Test(
        "only listed hosts pass",
        arguments: [
            ("app.test", true), ("APP.test:8443", true), ("app.test.", true), ("www.shop.test", true),
            ("a.b.shop.test", true),
            ("shop.test", false), ("evilshop.test", false), ("evil.example", false), ("app.test.evil.example", false),
            ("127.0.0.1", false), ("localhost", false),
        ])
    func listed(host: String, passes: Bool) {
        let (verdict, _) = verdict(host, hosts: ["app.test", "*.shop.test"])
        #expect(verdict.status == (passes ? nil : 421))
    }

    @Test("what a connection remembers of one configuration says nothing to another, nor of another host")
    func remembers() {
        let memory = ConnectionMemory()
        let edge = EdgeFacts(environment: .production, publicOrigin: nil)
        let before = HostCheckStage(.init(mode: .enforce, hosts: ["app.test"]), edge: edge)
        let after = HostCheckStage(.init(mode: .enforce, hosts: ["new.test"]), edge: edge)
        func status(_ stage: HostCheckStage, _ host: String) -> Int? {
            var exchange = ExchangeFixture.exchange(.GET, "/", [("Host", host)], memory: memory)
            return stage.receive(&exchange).status
        }
        for _ in 0..<2 {
            #expect(status(before, "APP.test:80") == nil)
            #expect(status(before, "evil.test:8") == 421)
        }
        #expect(status(after, "APP.test:80") == 421)
        #expect(status(after, "new.test") == nil)
        #expect(status(before, "new.test") == 421)
    }

    @Test("the public URL's host is listed by itself")
    func publicURL() {
        #expect(verdict("app.example", publicURL: "https://app.example").0.status == nil)
        #expect(verdict("evil.example", publicURL: "https://app.example").0.status == 421)
    }

    @Test("development lets loopback names and addresses in, and nobody else")
    func development() {
        for host in ["localhost:8080", "app.localhost", "127.0.0.1:8080", "[::1]:8080", "192.168.1.5"] {
            #expect(verdict(host, environment: .development).0.status == nil, "\(host)")
        }
        #expect(verdict("evil.example", environment: .development).0.status == 421)
    }

    @Test("production without a list tells, and checks the syntax alone")
    func unlisted() {
        let (passed, events) = verdict("evil.example")
        #expect(passed.status == nil)
        #expect(events.map(\.reason) == ["host.unlisted"])
        #expect(verdict("a b").0.status == 400)
    }

    @Test("`any` lets every host in")
    func any() { #expect(verdict("evil.example", hosts: ["any"]).0.status == nil) }

    @Test("observe lets pass what enforce refuses, with the event")
    func observe() {
        let (verdict, events) = verdict("evil.example", hosts: ["app.test"], mode: .observe)
        #expect(verdict.status == nil)
        #expect(events.map(\.reason) == ["host.unknown"])
        #expect(events.first?.disposition == .wouldHave)
    }
}

@Suite("The redirect to HTTPS")
struct HTTPSRedirectTests {
    private func redirect(
        host: String = "app.test", target: String = "/a?b=%2F", scheme: Scheme = .http, door: Door = .public,
        tlsPort: Int? = nil, publicURL: String? = nil, redirects: Bool = true
    ) -> String? {
        var exchange = ExchangeFixture.exchange(.POST, target, [("Host", host)], scheme: scheme, door: door)
        let edge = EdgeFacts(
            environment: .production, publicOrigin: publicURL.flatMap { WebOrigin($0) }, tlsPort: tlsPort)
        let stage = HTTPSRedirectStage(.init(mode: .enforce, redirects: redirects), edge: edge)
        guard stage.phases.contains(.receive), stage.mode != .off else { return nil }
        let response = stage.receive(&exchange).response
        if let response { #expect(response.head.status.code == 308) }
        return response?.head.value("location")
    }

    @Test("goes to the same place on the TLS listener, byte for byte")
    func toListener() {
        #expect(redirect(tlsPort: 8443) == "https://app.test:8443/a?b=%2F")
        #expect(redirect(host: "app.test:8080", tlsPort: 443) == "https://app.test/a?b=%2F")
        #expect(redirect(host: "[::1]:8080", tlsPort: 8443) == "https://[::1]:8443/a?b=%2F")
    }

    @Test("goes to the public URL where there is no listener, whatever the host says")
    func toPublicURL() {
        #expect(redirect(host: "evil.example", publicURL: "https://app.example") == "https://app.example/a?b=%2F")
        #expect(
            redirect(host: "app.example", tlsPort: 8443, publicURL: "https://app.example")
                == "https://app.example/a?b=%2F")
    }

    @Test("doesn't happen over TLS, on the operator's door, without a place to go to, or when switched off")
    func stays() {
        #expect(redirect(scheme: .https, tlsPort: 443) == nil)
        #expect(redirect(door: .operator, tlsPort: 443) == nil)
        #expect(redirect() == nil)
        #expect(redirect(publicURL: "http://app.example") == nil)
        #expect(redirect(tlsPort: 443, redirects: false) == nil)
        #expect(redirect(host: "a b", tlsPort: 443) == nil)
    }
}
