import Foundation
import TestKit
import Testing

@Suite("What a problem's type leads to")
struct ReasonPageTests {
    private struct Gateway {
        let running: Running
        let ports: [String: Int]
        func ask(_ line: String, door: String = "public", _ fields: String = "") async throws -> RawResponse {
            let port = try #require(ports[door])
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                "\(line) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(fields)\r\n")
            let response = await connection.response(to: String(line.prefix { $0 != " " }))
            await connection.close()
            return try #require(response, "\(line)")
        }
    }

    private func start(_ workspace: Workspace, app: Int, _ arguments: String...) async throws -> Gateway {
        let running = try workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:\(app)"] + ServeTests.anyPort + arguments)
        let ports = try await running.doors().compactMapValues { Int($0.split(separator: ":").last ?? "") }
        return Gateway(running: running, ports: ports)
    }

    private static let html = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"

    @Test("every reason's page is served in either mode, to people and to programs", arguments: ["observe", "enforce"])
    func pages(mode: String) async throws {
        let app = try await scriptedApp { _ in response("200 OK", [], "the app's") }
        let workspace = try Workspace()
        let gateway = try await start(
            workspace, app: app.port, "--mode", mode, "--set", "protection.rate-limit.mode=off")
        let all = try await gateway.ask("GET /seaworthy/problems")
        #expect(all.value("content-type") == "application/json")
        let list = try #require(try JSONSerialization.jsonObject(with: Data(all.body)) as? [[String: Any]])
        #expect(list.count > 70)
        for reason in list.compactMap({ $0["reason"] as? String }) {
            let page = try await gateway.ask("GET /seaworthy/problems/\(reason)", Self.html)
            #expect(page.status == 200 && page.value("content-type") == "text/html; charset=utf-8", "\(reason)")
            #expect(page.value("content-security-policy")?.contains("default-src 'none'") == true, "\(reason)")
            #expect(page.text.contains("<code>\(reason)</code>") && !page.text.contains("<script"), "\(reason)")
        }
        let one = try await gateway.ask("GET /seaworthy/problems/csrf.cross-site")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(one.body)) as? [String: Any])
        #expect(object["statuses"] as? [Int] == [403] && object["key"] as? String == "protection.csrf.trusted-origins")
        #expect(try await gateway.ask("HEAD /seaworthy/problems/csrf.cross-site").status == 200)
        #expect(try await gateway.ask("GET /seaworthy/style.css").value("content-type")?.hasPrefix("text/css") == true)
        #expect(try await gateway.ask("GET /seaworthy/problems/host.unknown", door: "operator").status == 200)
        await app.stop()
        gateway.running.signal(SIGTERM)
        _ = try await gateway.running.finish(within: .seconds(20))
    }

    @Test("the `type` of a refusal leads to its page, wherever our pages are")
    func type() async throws {
        let app = try await scriptedApp { _ in response("200 OK", [], "the app's") }
        let workspace = try Workspace()
        let gateway = try await start(workspace, app: app.port, "--mode", "enforce", "--set", "own-prefix=/_edge/own")
        let refusal = try await gateway.ask("GET /a%00b")
        #expect(refusal.status == 400)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(refusal.body)) as? [String: Any])
        let type = try #require(object["type"] as? String)
        #expect(type == "/_edge/own/problems/request-shape.nul")
        let page = try await gateway.ask("GET \(type)", Self.html)
        #expect(page.status == 200 && page.text.contains("encoded NUL") && page.text.contains("/_edge/own/style.css"))
        let people = try await gateway.ask("GET /a%00b", Self.html)
        #expect(people.text.contains("href=\"\(type)\""))
        #expect(try await gateway.ask("GET /seaworthy/problems").text == "the app's")
        await app.stop()
        gateway.running.signal(SIGTERM)
        _ = try await gateway.running.finish(within: .seconds(20))
    }

    @Test("what isn't a page of ours is the app's while observing, and 404 while enforcing")
    func collision() async throws {
        let app = try await scriptedApp { _ in response("200 OK", [], "the app's") }
        let workspace = try Workspace()
        let observing = try await start(workspace, app: app.port, "--mode", "observe")
        for path in ["/seaworthy/", "/seaworthy/board", "/seaworthy/problems/nothing", "/seaworthy/problems/a/b"] {
            #expect(try await observing.ask("GET \(path)").text == "the app's", "\(path)")
        }
        observing.running.signal(SIGTERM)
        let log = try await observing.running.finish(within: .seconds(20)).out
        #expect(log.contains("own.not-found") && log.contains("would-have"))
        let enforcing = try await start(workspace, app: app.port, "--mode", "enforce")
        for path in ["/seaworthy/", "/seaworthy/board", "/seaworthy/problems/nothing", "/seaworthy/problems/%3Cb%3E"] {
            let answer = try await enforcing.ask("GET \(path)", Self.html)
            #expect(answer.status == 404 && answer.text.contains("own.not-found") && !answer.text.contains("<b>"))
        }
        #expect(try await enforcing.ask("POST /seaworthy/problems/host.unknown").status == 405)
        await app.stop()
        enforcing.running.signal(SIGTERM)
        _ = try await enforcing.running.finish(within: .seconds(20))
    }
}
