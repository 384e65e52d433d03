import Kernel
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Identity

@Suite("How an app's answer to a login is read")
struct LoginAnswerTests {

    @Test(
        "by what is usual",
        arguments: [
            (302, "/", "", LoginAnswer.Ending.succeeded), (303, "https://app.example/home?x=1", "", .succeeded),
            (302, "/login", "", .failed), (302, "/LOGIN/?next=/", "", .failed), (303, "http://x/login#a", "", .failed),
            (200, nil, "text/html; charset=utf-8", .failed), (401, nil, "application/json", .failed),
            (403, nil, "text/html", .failed), (422, nil, "", .failed), (200, nil, "application/json", .succeeded),
            (204, nil, "", .succeeded), (500, nil, "text/html", .unclear), (201, nil, "text/html", .unclear),
            (302, nil, "", .unclear), (503, nil, "", .unclear),
        ] as [(Int, String?, String, LoginAnswer.Ending)])
    func usual(status: Int, location: String?, type: String, expected: LoginAnswer.Ending) {
        var settings = AdoptionSettings()
        settings.loginPaths = ["/login"]
        var headers = HTTPHeaders()
        if let location { headers.add(name: "Location", value: location) }
        if !type.isEmpty { headers.add(name: "Content-Type", value: type) }
        let head = ResponseHead(status: HTTPResponseStatus(statusCode: status), headers: headers)
        #expect(LoginAnswer(head).ending(settings) == expected)
    }

    @Test("by declared signals: all of one must be there, and both or none are unclear")
    func declared() {
        var settings = AdoptionSettings()
        settings.loginPaths = ["/login"]
        settings.success.statuses = [200]
        settings.success.cookie = "sid"
        settings.failure.body = "Wrong"
        let answer = LoginAnswer(status: 200, cookies: ["sid"], mediaType: "text/html")
        #expect(answer.ending(settings, body: "Welcome") == .succeeded)
        #expect(answer.ending(settings, body: "Wrong") == .unclear)
        #expect(LoginAnswer(status: 200).ending(settings, body: "Wrong password") == .failed)
        #expect(LoginAnswer(status: 200).ending(settings, body: "Sorry") == .unclear)
        #expect(LoginAnswer(status: 302, location: "/").ending(settings, body: "") == .unclear)
        settings.failure = LoginSignal()
        #expect(LoginAnswer(status: 200).ending(settings) == .failed)
        #expect(LoginAnswer(status: 500).ending(settings) == .unclear)
        settings.success = LoginSignal()
        settings.success.redirect = "/app/*/home"
        #expect(LoginAnswer(status: 302, location: "/app/7/home").ending(settings) == .succeeded)
        #expect(LoginAnswer(status: 302, location: "http://h/app/7/home").ending(settings) == .succeeded)
        #expect(LoginAnswer(status: 302, location: "/app/7/settings").ending(settings) == .failed)
    }

    @Test(
        "a cookie that is taken away isn't one that is set",
        arguments: [
            ("sid=1; Path=/", true), ("sid=; Path=/", false), ("sid=1; Max-Age=0", false), ("sid=1; max-age=-5", false),
            ("sid=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false), ("sid=\"\"; Path=/", false), ("nonsense", false),
            ("sid=1; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
        ])
    func cookies(line: String, isSet: Bool) {
        let head = ResponseHead(status: .ok, headers: HTTPHeaders([("Set-Cookie", line)]))
        #expect(LoginAnswer(head).cookies == (isSet ? ["sid"] : []))
    }
}

@Suite("Sealed cookies")
struct SealedCookieTests {
    private let keys = TestKeys()
    private let random = SeededRandomSource(seed: 5)
    private let sample = SealedCookie(
        session: String(repeating: "ab", count: 32), begun: 1_767_323_045, path: "/app", domain: nil,
        value: ".eJy\nwith=odd;\u{e9} \"text\"")

    @Test("come back as they were, under their own name only")
    func roundTrip() throws {
        let text = try sample.sealed(name: "session", keys: keys, random: random)
        #expect(SealedCookie.opened(text, name: "session", keys: keys) == sample)
        #expect(SealedCookie.opened(text, name: "other", keys: keys) == nil)
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.".utf8)
        #expect(!text.contains("eJy"))
        #expect(Set(text.utf8).isSubset(of: allowed))
        #expect(try sample.sealed(name: "session", keys: keys, random: random) != text)
    }

    @Test("open only as a whole: no byte of one can be changed, left out or added")
    func tampering() throws {
        let text = Array(try sample.sealed(name: "session", keys: keys, random: random).utf8)
        for place in text.indices {
            var changed = text
            changed[place] = changed[place] == 0x41 ? 0x42 : 0x41
            #expect(SealedCookie.opened(String(decoding: changed, as: UTF8.self), name: "session", keys: keys) == nil)
            let cut = String(decoding: text.prefix(place), as: UTF8.self)
            #expect(SealedCookie.opened(cut, name: "session", keys: keys) == nil)
        }
        for other in ["", "swa1.", "swa1..", "swa1.a.b", "swa1.a.b.c", "swa1.\u{0}.AAAA"] {
            #expect(SealedCookie.opened(other, name: "session", keys: keys) == nil)
        }
    }
}
