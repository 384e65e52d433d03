import Kernel
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Protection

@Suite("Addresses and networks")
struct AddressParsingTests {
    @Test(
        "what isn't strictly an address is none",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4",
            "1.2.3.4:80", "0x7f.0.0.1", "1.2.3.a", "١.2.3.4", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::",
            "1::2::3", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "12345::", "g::", "[::1]", "fe80::1%eth0", "::1.2.3",
            "::256.1.1.1",
            "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7::8:9",
        ])
    func refuses(text: String) { #expect(IPAddress(strict: text[...]) == nil) }

    @Test(
        "an address is read and written back in its one form",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
            ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1::", "1::"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ])
    func reads(text: String, written: String) { #expect(IPAddress(strict: text[...])?.description == written) }

    @Test("what is written is read as the same address", arguments: Seeds.first(100))
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let groups = (0..<8).map { _ in generator.oneIn(2) ? 0 : UInt16.random(in: 0...9999, using: &generator) }
        let high = groups.prefix(4).reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let low = groups.suffix(4).reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let address = IPAddress(v6High: high, low: low)
        #expect(IPAddress(strict: address.description[...]) == address)
    }

    @Test(
        "a network holds its own and nobody else",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"), ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "203.0.113.9", "::1"), ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1/128", "::1", "::2"), ("::/0", "fe80::1", "1.2.3.4"),
            ("2001:db8::/64", "2001:db8::ffff", "2001:db8:0:1::"),
            ("2001:db8::/65", "2001:db8::1", "2001:db8:0:0:8000::"), ("192.0.2.0/31", "192.0.2.1", "192.0.2.2"),
            ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ])
    func network(text: String, inside: String, outside: String) throws {
        let network = try #require(IPNetwork(text))
        #expect(try network.contains(#require(IPAddress(strict: inside[...]))))
        #expect(try !network.contains(#require(IPAddress(strict: outside[...]))))
    }

    @Test(
        "what is no network is none",
        arguments: [
            "", "/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "a/8", "10.0.0.0/+8", "10/8",
        ])
    func noNetwork(text: String) { #expect(IPNetwork(text) == nil) }
}

@Suite("The client's address")
struct ClientAddressTests {
    private func client(
        peer: String = "10.0.0.1", _ fields: [(String, String)], trusted: [String] = ["10.0.0.0/8"]
    ) -> (String?, Scheme) {
        var exchange = ExchangeFixture.exchange(.GET, "/", fields, peer: IPAddress(strict: peer[...]))
        let stage = ClientAddressStage(.init(trustedHops: trusted.compactMap { IPNetwork($0) }))
        _ = stage.receive(&exchange)
        return (exchange.clientAddress?.description, exchange.externalScheme)
    }

    @Test("a stranger's claim counts for nothing")
    func stranger() {
        let (address, scheme) = client(
            peer: "203.0.113.9",
            [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=2.2.2.2;proto=https")])
        #expect(address == "203.0.113.9")
        #expect(scheme == .http)
    }

    @Test(
        "the walk from the right ends at the first that isn't trusted",
        arguments: [
            (["203.0.113.7"], "203.0.113.7"), (["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
            (["6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
            (["6.6.6.6", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
            (["10.0.0.3, 10.0.0.2"], "10.0.0.3"), ([""], "10.0.0.1"), (["rubbish"], "10.0.0.1"),
            (["203.0.113.7, unknown"], "10.0.0.1"), (["203.0.113.7, unknown, 10.0.0.2"], "10.0.0.2"),
            (["203.0.113.7:4711"], "203.0.113.7"), (["[2001:db8::7]:4711"], "2001:db8::7"),
            (["2001:db8::7"], "2001:db8::7"),
            (["203.0.113.7:99999999"], "10.0.0.1"), (["[2001:db8::7"], "10.0.0.1"), ([", ,"], "10.0.0.1"),
        ])
    func walk(lines: [String], expected: String) {
        #expect(client(lines.map { ("X-Forwarded-For", $0) }).0 == expected)
    }

    @Test(
        "Forwarded is read where X-Forwarded-For is missing",
        arguments: [
            ("for=203.0.113.7", "203.0.113.7"), ("For=\"[2001:db8::7]:80\";proto=https", "2001:db8::7"),
            ("for=1.1.1.1, for=203.0.113.7;by=10.0.0.1", "203.0.113.7"), ("for=_hidden", "10.0.0.1"),
            ("for=\"1.1.1.1, for=2.2.2.2\"", "10.0.0.1"), ("by=10.0.0.1", "10.0.0.1"), ("for", "10.0.0.1"),
            ("for=\"", "10.0.0.1"),
        ])
    func forwarded(line: String, expected: String) { #expect(client([("Forwarded", line)]).0 == expected) }

    @Test("a trusted hop says which scheme the client used; the last word counts")
    func scheme() {
        #expect(client([("X-Forwarded-Proto", "https")]).1 == .https)
        #expect(client([("X-Forwarded-Proto", "HTTPS")]).1 == .https)
        #expect(client([("X-Forwarded-Proto", "https, http")]).1 == .http)
        #expect(client([("Forwarded", "for=1.2.3.4;proto=https")]).1 == .https)
        #expect(client([("X-Forwarded-Proto", "gopher")]).1 == .http)
    }

    @Test("no chain of claims makes a stranger trusted, and none traps", arguments: Seeds.first(100))
    func survives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let line = generator.text(0...80, of: "0123456789.,:[] =;\"for%a")
        let (address, _) = client(peer: "203.0.113.9", [("X-Forwarded-For", line), ("Forwarded", line)])
        #expect(address == "203.0.113.9")
        _ = client([("X-Forwarded-For", line)])
        _ = client([("Forwarded", line)])
    }
}
