import Foundation
import HTTPTypes
import Identity
import Kernel
import Observability
import Synchronization
import TestKit
import Testing

@testable import Gateway

/// A whole gateway with accounts of its own in front of an app that echoes, and a person at its door.
struct GatewayWithAccounts {
    let gateway: RunningGateway
    let port: Int
    let app: EchoUpstream
    let log: LogText

    final class LogText: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func take(_ more: [UInt8]) { bytes.withLock { $0 += more } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    static func run<Value>(
        _ sets: [String] = [], mode: String = "enforce", without stage: String = "",
        _ work: (GatewayWithAccounts) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("accounts")
        defer { directory.remove() }
        let app = try await EchoUpstream.start()
        let log = LogText()
        var configuration = try GatewayConfiguration.load(
            ConfigurationSources(
                sets: [
                    "upstream=http://127.0.0.1:\(app.port)", "listen=127.0.0.1:0", "operator=127.0.0.1:0", "threads=1",
                    "environment=development", "mode=\(mode)", "worker=none", "database=\(directory.file("a.db"))",
                    "identity.sign-in=own", "identity.sign-up=open", "identity.password.cost=4",
                    "protection.rate-limit.mode=off",
                    "routes=[{path: /members/**, access: signed-in}, {path: /staff/**, access: 'role:administrator'}, "
                        + "{path: /auditors/**, access: 'role:auditor'}, {path: /open/**, access: public}, "
                        + "{path: /reports/**, access: 'permission:reports.read'}]",
                    "identity.roles={auditor: [reports.read]}",
                ] + sets)
        ).configuration
        if !stage.isEmpty { configuration.leftOut = [stage] }
        let gateway = try await RunningGateway.start(configuration, log: .handler { log.take($0) })
        guard let door = gateway.doors.first(where: { $0.isPublic }), case .tcp(_, let port) = door.address else {
            throw CancellationError()
        }
        let running = GatewayWithAccounts(gateway: gateway, port: port, app: app, log: log)
        do {
            let value = try await work(running)
            await gateway.stop()
            await app.stop()
            return value
        } catch {
            await gateway.stop()
            await app.stop()
            throw error
        }
    }

    static let password = "correct horse battery staple"

    func ask(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> RawResponse {
        let connection = try await RawConnection.open(port: port)
        var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if method == "POST" || !body.isEmpty { text += "Content-Length: \(body.count)\r\n" }
        try await connection.send(Array((text + "\r\n").utf8) + body)
        let response = await connection.response(to: method, within: .seconds(20))
        await connection.close()
        let answer = try #require(response, "\(method) \(target)")
        Self.expectDescribed(answer.status, of: method, target)
        return answer
    }

    /// Statuses that the API's description has, by method and path of the route.
    private static let described: [String: Set<Int>] = {
        let bytes = APIDescription.write(APIDescription.routes, under: "/seaworthy")
        let document = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let paths = document?["paths"] as? [String: [String: [String: Any]]] ?? [:]
        var found: [String: Set<Int>] = [:]
        for (path, methods) in paths {
            for (method, operation) in methods {
                let statuses = (operation["responses"] as? [String: Any] ?? [:]).keys.compactMap(Int.init)
                found["\(method.uppercased()) \(path)"] = Set(statuses)
            }
        }
        return found
    }()

    /// Whatever a test makes a route of ours answer stands in the description of the API.
    private static func expectDescribed(_ status: Int, of method: String, _ target: String) {
        let path = target.prefix { $0 != "?" }
        guard
            let route = APIDescription.routes.first(where: {
                $0.method.rawValue == method && $0.covers(path, under: "/seaworthy")
            }), let statuses = described["\(method) \(APIDescription.path(of: route, under: "/seaworthy"))"]
        else { return }
        #expect(statuses.contains(status), "\(method) \(path) answers \(status), which its description doesn't have")
    }

    /// Name and value of the cookies that an answer sets, without attributes.
    static func cookies(_ response: RawResponse) -> [String: String] {
        var found: [String: String] = [:]
        for line in response.values("set-cookie") {
            let pair = line.split(separator: ";").first?.split(separator: "=", maxSplits: 1).map(String.init) ?? []
            if let name = pair.first { found[name] = pair.count == 2 ? pair[1] : "" }
        }
        return found
    }

    /// Sends JSON with the token that belongs to `session`, as a program does.
    func post(
        _ path: String, _ fields: [String: String], session: String? = nil, extra: [(String, String)] = []
    ) async throws -> RawResponse {
        let body = try JSONEncoder().encode(fields)
        return try await post(path, raw: Array(body), session: session, extra: extra)
    }

    func post(
        _ path: String, raw body: [UInt8], type: String = "application/json", session: String? = nil,
        extra: [(String, String)] = []
    ) async throws -> RawResponse {
        let token = try await token(session: session)
        let cookies = ["csrf_token=\(token)"] + (session.map { ["seaworthy-session=\($0)"] } ?? [])
        return try await ask(
            "POST", "/seaworthy\(path)",
            [
                ("Content-Type", type), ("Accept", "application/json"), ("X-CSRF-Token", token),
                ("Cookie", cookies.joined(separator: "; ")),
            ] + extra, body: body)
    }

    func token(session: String?) async throws -> String {
        let answer = try await ask(
            "GET", "/seaworthy/csrf-token", session.map { [("Cookie", "seaworthy-session=\($0)")] } ?? [])
        return try #require(Self.cookies(answer)["csrf_token"])
    }

    /// What an administrator on the command line does, beside the running gateway.
    func administration() throws -> Administration {
        let services = gateway.services
        let (database, trail) = (try #require(services.database), try #require(services.trail))
        let ports = SystemPorts()
        return Administration(
            database: database.database, audit: trail.journal, clock: ports.wallClock, random: ports.random,
            actor: "cli:test")
    }

    /// Makes the first administrator; their session's secret.
    func administrator(_ email: String = "root@example.com") async throws -> String {
        let offer = try #require(try await gateway.administratorLink())
        let token = try #require(offer.link.reveal().split(separator: "=").last.map(String.init))
        let answer = try await post("/choose", ["token": token, "email": email, "password": Self.password])
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(Self.cookies(answer)["seaworthy-session"])
    }
}
