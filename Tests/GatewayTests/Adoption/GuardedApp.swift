import Foundation
import Kernel
import Observability
import Synchronization
import TestKit
import Testing

@testable import Gateway

/// A whole gateway in front of an app with a login of its own, and a clock that a test moves.
struct GuardedApp {
    let gateway: RunningGateway
    let port: Int
    let clock: ManualClock
    let log: GatewayWithAccounts.LogText
    let configuration: GatewayConfiguration

    /// Another replica over the same database and app, as long as the work goes on.
    func beside(_ work: (GuardedApp) async throws -> Void) async throws {
        let other = try await RunningGateway.start(
            configuration, SystemPorts(wallClock: clock), log: .handler { [log] in log.take($0) })
        do {
            guard let door = other.doors.first(where: { $0.isPublic }), case .tcp(_, let port) = door.address else {
                throw CancellationError()
            }
            try await work(
                GuardedApp(gateway: other, port: port, clock: clock, log: log, configuration: configuration))
        } catch {
            await other.stop()
            throw error
        }
        await other.stop()
    }

    static func run<Value>(
        app: Int, _ sets: [String], mode: String = "enforce", without stage: String = "",
        _ work: (GuardedApp) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("guarded")
        defer { directory.remove() }
        let (log, clock) = (GatewayWithAccounts.LogText(), ManualClock())
        var configuration = try GatewayConfiguration.load(
            ConfigurationSources(
                sets: [
                    "upstream=http://127.0.0.1:\(app)", "listen=127.0.0.1:0", "operator=127.0.0.1:0", "threads=1",
                    "environment=development", "mode=\(mode)", "worker=none", "database=\(directory.file("g.db"))",
                    "protection.rate-limit.mode=off", "identity.sign-in=adopt",
                    "identity.lockout.address-failures=1000",
                ] + sets)
        ).configuration
        if !stage.isEmpty { configuration.leftOut = [stage] }
        let gateway = try await RunningGateway.start(
            configuration, SystemPorts(wallClock: clock), log: .handler { log.take($0) })
        guard let door = gateway.doors.first(where: { $0.isPublic }), case .tcp(_, let port) = door.address else {
            throw CancellationError()
        }
        do {
            let value = try await work(
                GuardedApp(gateway: gateway, port: port, clock: clock, log: log, configuration: configuration))
            await gateway.stop()
            return value
        } catch {
            await gateway.stop()
            throw error
        }
    }

    func browser() -> TestBrowser { TestBrowser(port: port) }

    /// Returns when what goes on behind answers has been written.
    func settled() async { await gateway.settled() }

    /// What a reason's events came to, such as `would-have 2`.
    func told(_ reason: String) -> [String] {
        gateway.controlEvents.filter { $0.reason == reason }.map { "\($0.disposition) \($0.count)" }.sorted()
    }

    /// That a reason's events come to this, once what was answered is counted: an exchange ends after its answer has gone out.
    func tells(
        _ expected: [String], of reason: String, location: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(within: .seconds(10), "\(reason): \(expected)") { told(reason) == expected }
        await settled()
        #expect(told(reason) == expected, sourceLocation: location)
    }
}

/// As much of a browser as a login needs: it keeps cookies by name and sends forms; it follows nothing by itself.
final class TestBrowser: Sendable {
    let port: Int
    private let jar = Mutex<[String: String]>([:])

    init(port: Int) { self.port = port }

    /// Cookies by name.
    var cookies: [String: String] {
        get { jar.withLock { $0 } }
        set { jar.withLock { $0 = newValue } }
    }

    func get(_ target: String, _ fields: [(String, String)] = []) async throws -> RawResponse {
        try await ask("GET", target, fields)
    }

    /// Sends a form, with the hidden fields that the page before had.
    func post(_ target: String, _ fields: [String: String], page: RawResponse? = nil) async throws -> RawResponse {
        var all = fields
        if let page {
            for (name, value) in TestBrowser.hidden(page.text) where all[name] == nil { all[name] = value }
        }
        let text = all.sorted { $0.key < $1.key }.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }
            .joined(separator: "&")
        return try await ask(
            "POST", target, [("Content-Type", "application/x-www-form-urlencoded")], body: Array(text.utf8))
    }

    func ask(_ method: String, _ target: String, _ fields: [(String, String)] = [], body: [UInt8] = []) async throws
        -> RawResponse
    {
        let connection = try await RawConnection.open(port: port)
        var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        if !fields.contains(where: { $0.0 == "Accept" }) { text += "Accept: text/html\r\n" }
        let cookies = self.cookies
        if !cookies.isEmpty {
            text +=
                "Cookie: "
                + cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: "; ") + "\r\n"
        }
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if method != "GET" { text += "Content-Length: \(body.count)\r\n" }
        try await connection.send(Array((text + "\r\n").utf8) + body)
        let response = await connection.response(to: method, within: .seconds(60))
        await connection.close()
        let answer = try #require(response, "\(method) \(target)")
        keep(answer)
        return answer
    }

    private func keep(_ answer: RawResponse) {
        jar.withLock { jar in
            for line in answer.values("set-cookie") {
                let pair = line.split(separator: ";").first?.split(separator: "=", maxSplits: 1) ?? []
                guard let name = pair.first.map(String.init) else { continue }
                let isGone = line.contains("Max-Age=0") || pair.count < 2
                jar[name] = isGone ? nil : pair.last.map(String.init)
            }
        }
    }

    static func hidden(_ html: String) -> [String: String] {
        var found: [String: String] = [:]
        for match in html.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)"/) {
            found[String(match.output.1)] = String(match.output.2)
        }
        return found
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
