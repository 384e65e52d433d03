import Foundation
import TestKit
import Testing

/// Somebody at the public door of a `serve` process.
struct Visitor: Sendable {
    let port: Int
    static let password = "correct horse battery staple"

    init(_ running: Running) async throws {
        port = try #require(
            try await running.doors()["public"].flatMap { Int($0.split(separator: ":").last ?? "") }, "\(running.err)")
    }

    func ask(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: String = ""
    ) async throws -> RawResponse {
        let connection = try await RawConnection.open(port: port)
        var text = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if method == "POST" { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await connection.send(text + "\r\n" + body)
        let response = await connection.response(to: method, within: .seconds(20))
        await connection.close()
        return try #require(response, "\(method) \(target)")
    }

    static func cookie(_ name: String, _ response: RawResponse) -> String? {
        response.values("set-cookie").compactMap { line -> String? in
            guard line.hasPrefix(name + "=") else { return nil }
            return line.dropFirst(name.count + 1).split(separator: ";").first.map(String.init)
        }.last
    }

    /// Sends JSON to a path under our prefix, with the token that belongs to the session.
    func post(
        _ path: String, _ fields: [String: String], session: String? = nil, cookies more: [String] = []
    ) async throws -> RawResponse {
        let mine = session.map { ["seaworthy-session=\($0)"] } ?? []
        let form = try await ask(
            "GET", "/seaworthy/csrf-token", mine.map { ("Cookie", $0) })
        let token = try #require(Self.cookie("csrf_token", form), "\(form.text)")
        return try await ask(
            "POST", "/seaworthy\(path)",
            [
                ("Content-Type", "application/json"), ("Accept", "application/json"), ("X-CSRF-Token", token),
                ("Cookie", (["csrf_token=\(token)"] + mine + more).joined(separator: "; ")),
            ], body: String(decoding: try JSONEncoder().encode(fields), as: UTF8.self))
    }

    /// The member of an answer's JSON object.
    static func member(_ name: String, _ response: RawResponse) throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        return try #require(object?[name] as? String, "\(response.status) \(response.text)")
    }

    /// A session of an account that the command line has made.
    func account(_ email: String, _ workspace: Workspace, _ database: String, role: String = "person") async throws
        -> String
    {
        let made = try await workspace.run("user", "add", email, "--role", role, "--database", database)
        let token = try #require(made.out.firstMatch(of: /token=([A-Za-z0-9_-]+)/), "\(made.out) \(made.err)").1
        let answer = try await post("/choose", ["token": String(token), "password": Self.password])
        return try #require(Self.cookie("seaworthy-session", answer), "\(answer.text)")
    }
}
