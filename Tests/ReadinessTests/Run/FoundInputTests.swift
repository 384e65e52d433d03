import Foundation
import Synchronization
import TestKit
import Testing

@testable import Readiness

@Suite("Parameters that the app's own links and forms show are tried, with nothing declared")
struct FoundInputTests {
    private static let ids = [
        "injection.sql", "injection.reflected-script", "injection.path-traversal", "redirects.open",
    ]
    private static let home = """
        <a href="/books?title=moby&sort=year">Moby</a> <a href="/book?id=7">Seven</a> <a href="/file?name=read.txt">Read</a>
        <a href="/go?next=/books">Go</a> <a href="/drop?action=empty&id=1">Empty</a> <a href="/cart/delete?id=2">Delete</a>
        <form action="/hello"><input name="who"></form> <form action="/enter"><input name=p type=password></form>
        """

    /// An app with four inputs, each of them sound or not.
    private func app(isSound: Bool) async throws -> (RawUpstream, AskedTargets) {
        let asked = AskedTargets()
        let server = try await answering { request in
            let target = request.target
            asked.add(target)
            let path = String(target.prefix { $0 != "?" })
            let query = Self.query(target)
            switch path {
            case "/": return page("200 OK", Self.home)
            case "/books": return Self.search(query["title"] ?? "", ["moby"], quoted: true, isSound)
            case "/book": return Self.search(query["id"] ?? "", ["7"], quoted: false, isSound)
            case "/file":
                if query["name"] == "read.txt" { return page("200 OK", "read me") }
                if !isSound, query["name"]?.hasSuffix("../etc/passwd") == true {
                    return page("200 OK", "root:x:0:0:root:/root:/bin/sh")
                }
                return page("404 Not Found", "none")
            case "/go":
                let next = query["next"] ?? "/"
                if isSound, !next.hasPrefix("/") { return page("400 Bad Request", "no") }
                return page("302 Found", "", "Location: \(next)\r\n")
            case "/hello":
                let who = query["who"] ?? ""
                return page("200 OK", "Hello " + (isSound ? who.replacing("<", with: "&lt;") : who))
            default: return page("404 Not Found", "none")
            }
        }
        return (server, asked)
    }

    /// As a statement built out of text would answer: a lone quote breaks it, a condition finds all.
    private static func search(_ value: String, _ known: [String], quoted: Bool, _ isSound: Bool) -> String {
        let isCondition = value.contains("OR '1%'='1") || value.contains("OR 1=1")
        if !isSound, isCondition { return page("200 OK", "<ul><li>a<li>b<li>c</ul>") }
        if !isSound, value.contains("'") { return page("500 Internal Server Error", "oops") }
        // Sound or not, a word where a number belongs is a fault of another kind.
        if !quoted, value.contains(where: { !$0.isNumber }) { return page("500 Internal Server Error", "oops") }
        return page("200 OK", known.contains(value) ? "<ul><li>\(value)</ul>" : "nothing")
    }

    private static func query(_ target: String) -> [String: String] {
        var found: [String: String] = [:]
        for pair in target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let name = String(pair.prefix { $0 != "=" })
            found[name] = String(pair.dropFirst(name.count + 1)).removingPercentEncoding ?? ""
        }
        return found
    }

    @Test("each flaw is found, and the sound twin passes", arguments: ids, [true, false])
    func twins(id: String, isSound: Bool) async throws {
        let (server, _) = try await app(isSound: isSound)
        let report = try await check(port: server.port, only: [id], configuration: ReadinessConfiguration())
        await server.stop()
        let seen = try #require(report[check: id])
        #expect(seen.outcome == (isSound ? .holds : .fails), "\(seen.summary)")
    }

    @Test("what a link does is left alone: actions, deletions, and everything beside the value stays as it was")
    func leftAlone() async throws {
        let (server, asked) = try await app(isSound: true)
        _ = try await check(port: server.port, only: Self.ids, configuration: ReadinessConfiguration())
        await server.stop()
        let targets = asked.all
        #expect(!targets.contains { $0.hasPrefix("/cart") || $0.contains("action=") && !$0.contains("action=empty") })
        #expect(targets.contains { $0.hasPrefix("/books?sort=year&title=") })
        #expect(targets.count <= 80, "\(targets.count)")
    }

    @Test("an app without any parameter: nothing is judged, and the words to declare are named")
    func none() async throws {
        let server = try await answering {
            $0.target == "/" ? page("200 OK", "<p>Hello") : page("404 Not Found", "none")
        }
        let report = try await check(port: server.port, only: Self.ids, configuration: ReadinessConfiguration())
        await server.stop()
        for check in report.checks { #expect([.notAvailable, .notApplicable].contains(check.outcome), "\(check.id)") }
        #expect(report[check: "injection.path-traversal"]?.outcome == .notApplicable)
    }

    @Test(
        "an address that the app itself links and that breaks is found; the sound twin passes",
        arguments: [true, false])
    func broken(isSound: Bool) async throws {
        let server = try await answering { request in
            switch request.target {
            case "/":
                page(
                    "200 OK", "<a href='/fine'>fine</a> <a href='/report?year=2026'>report</a> <a href='/gone'>gone</a>"
                )
            case "/fine": page("200 OK", "fine")
            case "/report?year=2026": page(isSound ? "200 OK" : "500 Internal Server Error", "report")
            default: page("404 Not Found", "none")
            }
        }
        let report = try await check(
            port: server.port, only: ["errors.broken-routes"], configuration: ReadinessConfiguration())
        await server.stop()
        let seen = try #require(report.checks.first)
        #expect(seen.outcome == (isSound ? .holds : .fails), "\(seen.summary)")
        #expect(isSound || seen.observations.first?.subject.contains("/report") == true)
    }

    @Test("a redirect that takes no notice of what it is given holds nothing")
    func heedless() async throws {
        let server = try await answering {
            $0.target.hasPrefix("/login") ? page("301 Moved", "", "Location: /login/\r\n") : page("200 OK", "<p>Hello")
        }
        let report = try await check(
            port: server.port, only: ["redirects.open"], configuration: ReadinessConfiguration())
        await server.stop()
        #expect(report.checks.first?.outcome == .notAvailable, "\(report.checks.map(\.summary))")
    }

    @Test(
        "hostile links make no request that isn't one",
        arguments: [
            "<a href='/x?a={b}&c=d'>", "<a href='//evil.example/?q=1'>", "<a href='/x?%zz=%'>", "<a href='?'>",
            "<a href='/x?\u{202E}=1'>", "<form action='http://evil.example/'><input name=q></form>",
            "<form action='/x'><input name='a&b=c d'></form>",
            "<a href='/x?" + String(repeating: "a=1&", count: 2000) + "'>",
        ])
    func hostile(markup: String) async throws {
        let server = try await answering { $0.target == "/" ? page("200 OK", markup) : page("404 Not Found", "none") }
        let report = try await check(port: server.port, only: Self.ids, configuration: ReadinessConfiguration())
        await server.stop()
        #expect(
            report.checks.allSatisfy { $0.outcome != .error && $0.outcome != .fails }, "\(report.checks.map(\.summary))"
        )
    }
}

/// What was asked, in order.
final class AskedTargets: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ target: String) { list.withLock { $0.append(target) } }
    var all: [String] { list.withLock { $0 } }
}
