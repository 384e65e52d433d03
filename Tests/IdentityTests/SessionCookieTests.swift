import Kernel
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Our cookies among the app's")
struct SessionCookieTests {
    static let secret = String(repeating: "s", count: 43)
    static let cases: [(line: String, kept: String?)] = [
        ("a=1", "a=1"), ("a=1;  b=2", "a=1;  b=2"), ("", ""), (" ; ;", " ; ;"),
        ("seaworthy-session=\(secret)", nil), ("__Host-seaworthy-session=x", nil), ("seaworthy-session", nil),
        ("a=1; seaworthy-session=\(secret)", "a=1"), ("seaworthy-device=x;a=1 ;\tb=2", "a=1; b=2"),
        ("a=1; seaworthy-step=; seaworthy-provider=y; b=\"x; y\"", "a=1; b=\"x; y\""),
        // Whoever forgives a space around the name reads it as ours.
        ("seaworthy-session =\(secret); a=1", "a=1"), ("a=1; \t seaworthy-session\t=x", "a=1"),
        // Another name.
        ("seaworthy-sessions=1", "seaworthy-sessions=1"), ("Seaworthy-Session=1", "Seaworthy-Session=1"),
        ("x__Host-seaworthy-session=1", "x__Host-seaworthy-session=1"), ("é=seaworthy-session", "é=seaworthy-session"),
        ("é=1; seaworthy-session=x; ü=2", "é=1; ü=2"),
    ]

    /// A `Cookie` value without ours; nil when nothing is left.
    private static func withoutOurs(_ line: String) -> String? {
        line.withBytes { OwnCookies.without($0).rest }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("are taken out, and nothing else", arguments: cases)
    func withoutOurs(line: String, kept: String?) {
        #expect(Self.withoutOurs(line) == kept)
    }

    @Test("the first that can be a session is read, wherever it stands")
    func session() {
        let cookies = SessionCookies(isSecure: false, ownPrefix: "/seaworthy")
        #expect(cookies.session(in: ["a=1;seaworthy-session=\(Self.secret) "]) == Self.secret[...])
        #expect(
            cookies.session(in: ["é=1", "seaworthy-session=short; seaworthy-session=\(Self.secret)"])
                == Self.secret[...])
        #expect(
            cookies.session(in: ["__Host-seaworthy-session=\(Self.secret)", "seaworthy-session =\(Self.secret)"]) == nil
        )
        #expect(
            SessionCookies(isSecure: true, ownPrefix: "/").session(in: ["__Host-seaworthy-session=\(Self.secret)"])
                != nil)
    }

    /// What it was before it read bytes: by characters, part by part.
    private func model(_ line: String) -> String? {
        func trimmed(_ text: Substring) -> Substring {
            var text = text
            while let last = text.unicodeScalars.last, last == " " || last == "\t" { text = text.dropLast() }
            return text.drop { $0 == " " || $0 == "\t" }
        }
        let ours = ["seaworthy-session", "seaworthy-device", "seaworthy-step", "seaworthy-provider"]
        let parts = line.split(separator: ";").map(trimmed)
        let kept = parts.filter { part in
            let name = String(trimmed(part.prefix { $0 != "=" }))
            return !ours.contains(name) && !ours.contains { name == "__Host-" + $0 }
        }
        if kept.count == parts.count { return line }
        let text = kept.filter { !$0.isEmpty }.joined(separator: "; ")
        return text.isEmpty ? nil : text
    }

    @Test("whatever the line, it is the same by bytes as by characters", arguments: Seeds.first(40))
    func lines(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "a", "=", ";", " ", "\t", "; ", "seaworthy-session", "seaworthy-step=", "__Host-",
            "__Host-seaworthy-device=",
            "x=1", "é", "\"", "==", Self.secret,
        ]
        for _ in 0..<200 {
            let line = (0..<generator.number(0...12)).map { _ in generator.pick(pieces) ?? "" }.joined()
            #expect(Self.withoutOurs(line) == model(line), "seed \(seed): \(line.debugDescription)")
        }
    }

    @Test("what bytes say of a line is what texts say of it, and nothing else is kept", arguments: Seeds.first(40))
    func bytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "a", "=", ";", " ", "\t", "; ", "seaworthy-session", "seaworthy-session=", "__Host-seaworthy-session=",
            "__Secure-seaworthy-provider-hint=", "__Host-", "x=1", "é", "==", Self.secret, Self.secret, "s", "_",
        ]
        for _ in 0..<200 {
            let line = (0..<generator.number(0...12)).map { _ in generator.pick(pieces) ?? "" }.joined()
            for isSecure in [false, true] {
                let cookies = SessionCookies(isSecure: isSecure, ownPrefix: "/seaworthy")
                let (secret, own, rest) = Array(line.utf8).withUnsafeBytes { bytes in
                    let own = OwnCookies(bytes, session: SessionCookies.sessionName(isSecure: isSecure))
                    return (
                        own.secret.map { String(decoding: bytes[$0], as: UTF8.self) }, own,
                        OwnCookies.without(bytes)
                    )
                }
                let said = "seed \(seed): \(line.debugDescription)"
                #expect(secret == cookies.session(in: [line]).map(String.init), "\(said)")
                #expect(own.hasOurs == !rest.isWhole, "\(said)")
                #expect(rest.isWhole || own.hasOthers == (rest.rest != nil), "\(said)")
                #expect(!rest.isWhole || rest.rest == Array(line.utf8), "\(said)")
            }
        }
    }

    @Test("bytes that are no UTF-8 pass as they came")
    func odd() {
        let line: [UInt8] = Array("a=".utf8) + [0xFF, 0xC3] + Array("; seaworthy-session=x;b=".utf8) + [0x80]
        let kept = line.withUnsafeBytes { OwnCookies.without($0).rest }
        #expect(kept == Array("a=".utf8) + [0xFF, 0xC3] + Array("; b=".utf8) + [0x80])
    }
}
