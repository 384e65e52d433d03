import Foundation
import Identity
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Gateway

/// A whole gateway with accounts and its console, on either engine, with clients of every role.
struct ConsoleUnderTest {
    let running: GatewayWithAccounts
    let port: Int
    var gateway: RunningGateway { running.gateway }

    static func run<Value>(
        _ engine: DatabaseEngine = .sqlite, _ sets: [String] = [], _ work: (ConsoleUnderTest) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("console")
        defer { directory.remove() }
        let address = try TestDatabase.address(engine, in: directory)
        let secret = "secret-key=cWVyYmFzZmRqa2xhc2pkZmxrYXNqZGZsa2phc2RmbGtqYXNkZg"
        return try await GatewayWithAccounts.run(["database=\(address)", secret] + sets) { running in
            guard let door = running.gateway.doors.first(where: { !$0.isPublic }), case .tcp(_, let port) = door.address
            else { throw CancellationError() }
            return try await work(ConsoleUnderTest(running: running, port: port))
        }
    }

    var database: Database {
        get throws { try #require(gateway.services.database?.database) }
    }

    func administration(_ actor: String = "test") throws -> Administration {
        let trail = try #require(gateway.services.trail)
        let ports = SystemPorts()
        return Administration(
            database: try database, audit: trail.journal, clock: ports.wallClock, random: ports.random, actor: actor)
    }

    /// Makes an account with the password of all of them.
    func account(_ email: String, role: String) async throws {
        let handout = try await administration().add(email, role: role, ownPrefix: "/seaworthy")
        let token = try #require(handout.path.reveal().split(separator: "=").last.map(String.init))
        let answer = try await running.post(
            "/choose", ["token": token, "email": email, "password": GatewayWithAccounts.password])
        #expect(answer.status == 200, "\(answer.text)")
    }

    func id(of email: String) async throws -> String {
        try #require(try await administration().list(matching: email).first).id
    }

    /// A client that signed in at the console with a new account of a role.
    func client(_ role: String) async throws -> ConsoleClient {
        let email = "\(role)@example.com"
        try await account(email, role: role)
        var client = ConsoleClient(port: port)
        let answer = try await client.signIn(email)
        #expect(answer.status == 303, "\(answer.text)")
        return client
    }

    var stranger: ConsoleClient { ConsoleClient(port: port) }

    /// How many rows of a kind the trail has.
    func count(_ kind: String) async throws -> Int { try await kinds().count { $0 == kind } }

    /// Kinds of the newest rows of the trail.
    func kinds(_ limit: Int = 2000) async throws -> [String] {
        await gateway.services.trail?.sink.flush(isLast: true)
        return try await database.read("test.trail") { db in
            try Journal.newest(kinds: nil, before: nil, limit: limit, in: db).map(\.kind)
        }
    }
}

/// A browser without a window: keeps cookies, sends forms with the token that the page before had.
struct ConsoleClient {
    let port: Int
    var cookies: [String: String] = [:]
    var token = ""

    mutating func ask(
        _ method: String, _ target: String, _ extra: [(String, String)] = [], host: String? = nil, body: [UInt8] = []
    ) async throws -> RawResponse {
        let connection = try await RawConnection.open(port: port)
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nAccept: text/html\r\n"
        if !cookies.isEmpty {
            text += "Cookie: \(cookies.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "; "))\r\n"
        }
        for (name, value) in extra { text += "\(name): \(value)\r\n" }
        if method == "POST" || !body.isEmpty { text += "Content-Length: \(body.count)\r\n" }
        try await connection.send(Array((text + "\r\n").utf8) + body)
        let answer = await connection.response(to: method, within: .seconds(20))
        await connection.close()
        let response = try #require(answer, "\(method) \(target)")
        for (name, value) in GatewayWithAccounts.cookies(response) {
            cookies[name] = value.isEmpty ? nil : value
        }
        if let start = response.text.range(of: "name=\"csrf_token\" value=\"") {
            token = String(response.text[start.upperBound...].prefix { $0 != "\"" })
        }
        return response
    }

    mutating func get(_ target: String, _ extra: [(String, String)] = []) async throws -> RawResponse {
        try await ask("GET", target, extra)
    }

    mutating func post(
        _ target: String, _ fields: [String: String] = [:], _ extra: [(String, String)] = []
    ) async throws -> RawResponse {
        let pairs = fields.merging(["csrf_token": token]) { given, _ in given }
        let text = pairs.sorted { $0.key < $1.key }.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        let type = [("Content-Type", "application/x-www-form-urlencoded")]
        return try await ask("POST", target, type + extra, body: Array(text.utf8))
    }

    mutating func signIn(
        _ email: String, _ password: String = GatewayWithAccounts.password, at path: String = "/console/sign-in"
    ) async throws -> RawResponse {
        _ = try await get(path)
        let answer = try await post("/console/sign-in", ["email": email, "password": password])
        // The token follows from the new session.
        if answer.status == 303 { _ = try await get("/console/controls") }
        return answer
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { String(format: "%%%02X", $0) }.joined()
    }
}
