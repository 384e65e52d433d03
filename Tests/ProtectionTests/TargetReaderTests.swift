import TestKit
import Testing
import Web

@testable import Protection

@Suite("The target reader")
struct TargetReaderTests {
    @Test(
        "refuses what could be read in two ways",
        arguments: [
            ("", TargetFlaw.empty), ("*", .asteriskForm), ("app.test:443", .authorityForm), ("admin", .authorityForm),
            ("http://app.test/", .absoluteForm), ("https://app.test/a?b", .absoluteForm),
            ("/a b", .forbiddenByte), ("/a\tb", .forbiddenByte), ("/a\u{0}", .forbiddenByte), ("/ä", .forbiddenByte),
            ("/a#b", .forbiddenByte), ("/a\\b", .forbiddenByte), ("/\u{7F}", .forbiddenByte), ("/?a=ü", .forbiddenByte),
            ("/%", .badPercentEncoding), ("/%4", .badPercentEncoding), ("/%zz", .badPercentEncoding),
            ("/a?x=%g0", .badPercentEncoding), ("/a?x=5%", .badPercentEncoding), ("/%%41", .badPercentEncoding),
            ("/a%00b", .nul), ("/a%2500", .nul),
            ("/..", .dotSegment), ("/../", .dotSegment), ("/a/../b", .dotSegment), ("/public/..", .dotSegment),
            ("/%2e%2e/b", .dotSegment), ("/.%2e/b", .dotSegment), ("/%2E./b", .dotSegment), ("/a/%2e%2e", .dotSegment),
            ("/a%2f..%2fb", .dotSegment), ("/a/..;/b", .dotSegment), ("/a/..;x=1/b", .dotSegment),
            ("/a/..%3b/b", .dotSegment), ("/%252e%252e/b", .dotSegment), ("/%25252e%25252e/b", .dotSegment),
            ("/a%5c..%5cb", .dotSegment), ("/..%5cb", .dotSegment), ("/a/..%255cb", .dotSegment),
            ("/%c0%ae%c0%ae/b", .overlongUTF8), ("/a%c0%afb", .overlongUTF8), ("/%e0%80%ae", .overlongUTF8),
            ("/%f0%80%80%ae", .overlongUTF8), ("/%C1%9C", .overlongUTF8), ("/%E9/%c0%af", .overlongUTF8),
            ("/%C0-la-carte", .overlongUTF8), ("/%E9%00", .nul), ("/%E9/%2e%2e/b", .dotSegment),
        ])
    func refuses(target: String, flaw: TargetFlaw) {
        #expect(throws: flaw) { try TargetReader.read(target) }
    }

    @Test(
        "lets odd but legal targets pass as they came",
        arguments: [
            "/", "//", "/a", "/a/", "/a;b=1", "/a;b=1/c", "/@a", "/a@b", "/a+b", "/%2B", "/a%20b", "/?", "/?a", "/?a=",
            "/?=a", "/?&&", "/a?b?c", "/...", "/a/.../b", "/.a", "/a..b", "/..a", "/a..", "/?x=../..", "/?x=%2e%2e",
            "/~user", "/a'b", "/(a)", "/a,b", "/a:b", "/a!b$c&d", "/%E4%BD%A0", "/a%2Fb", "/a%3Fb", "/a|b", "/{a}",
            "/[a]",
            "/^", "/a\"b", "/<a>", "/`",
        ])
    func passes(target: String) throws {
        let readings = try TargetReader.read(target)
        let whole = readings.query.map { "\(readings.path)?\($0)" } ?? readings.path
        #expect(whole == target)
        #expect(readings.readings.first == readings.path)
        #expect(Set(readings.readings).count == readings.readings.count)
    }

    @Test(
        "finds the reading that some framework would make of it",
        arguments: [
            ("/ADMIN", "/admin"), ("/admin/", "/admin"), ("//admin", "/admin"), ("/admin//", "/admin"),
            ("/%61dmin", "/admin"), ("/%2561dmin", "/admin"), ("/admin;x=1", "/admin"), ("/admin;x/", "/admin"),
            ("/admin.json", "/admin"), ("/./admin", "/admin"), ("/admin/.", "/admin"), ("/Admin;a=b.json", "/admin"),
            ("/%41DMIN%3Bx/", "/admin"), ("/a%2fb", "/a/b"), ("/a%252fb", "/a/b"), ("/.%65nv", "/.env"),
            ("/caf%E9", "/caf\u{E9}"), ("/Stra%DFe/", "/stra\u{DF}e"), ("/caf%25E9;x", "/caf\u{E9}"),
            ("/caf%C3%A9", "/caf\u{E9}"),
            ("/admin%2f", "/admin"), ("/%2fadmin", "/admin"), ("//ADMIN.html;v=2//", "/admin"),
        ])
    func reads(target: String, reading: String) throws {
        #expect(try TargetReader.read(target).readings.contains(reading))
    }

    @Test("makes one reading of a plain path and keeps the query apart")
    func plain() throws {
        #expect(try TargetReader.read("/orders/open?A=%41&b=../x").readings == ["/orders/open"])
        #expect(try TargetReader.read("/orders?x").query == "x")
        #expect(try TargetReader.read("/orders").query == nil)
    }

    @Test("a dot file keeps its name", arguments: ["/.env", "/a/.git"])
    func dotFile(target: String) throws { #expect(try TargetReader.read(target).readings == [target]) }

    @Test("never traps, and never makes more readings than it may", arguments: Seeds.first(200))
    func survives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let target = "/" + generator.text(0...60, of: "aA/.;%25cefF0\\?&=~2E9")
            guard let readings = try? TargetReader.read(target) else { continue }
            #expect(readings.readings.count <= TargetReader.mostReadings)
            #expect(!readings.readings.contains { $0.split(separator: "/").contains("..") })
        }
    }

    @Test("whatever hides `..` by encoding it any number of times is refused", arguments: Seeds.first(100))
    func hiddenDots(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var dots = ""
        for _ in 0..<2 { dots += generator.pick([".", "%2e", "%2E", "%252e", "%25%32%65"]) ?? "." }
        let separator = generator.pick(["/", "%2f", "%5c", "%252F"]) ?? "/"
        #expect(throws: TargetFlaw.dotSegment) { try TargetReader.read("/a\(separator)\(dots)\(separator)b") }
    }
}
