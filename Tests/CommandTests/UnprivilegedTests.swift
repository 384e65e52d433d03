import Foundation
import TestKit
import Testing

/// Nothing that a user without any right may do must need one: not serving, not checking.
@Suite("A user without rights")
struct UnprivilegedTests {
    private static func start(_ workspace: Workspace, _ arguments: [String]) throws -> Running {
        let program: [String] =
            geteuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Workspace.seaworthy.path]
            : [Workspace.seaworthy.path]
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: workspace.folder.path)
        return try Running(
            program: URL(filePath: program[0]), arguments: program.dropFirst() + arguments, environment: [:],
            folder: workspace.folder)
    }

    @Test("serves an app, and checks one")
    func serves() async throws {
        let app = try await scriptedApp { _ in response("200 OK", ["Content-Type: text/html"], "<p>the app's</p>") }
        let workspace = try Workspace()
        let running = try Self.start(
            workspace, ["serve", "--upstream", "http://127.0.0.1:\(app.port)"] + ServeTests.anyPort)
        #expect(try await running.statuses("GET / HTTP/1.1\r\nHost: 127.0.0.1") == [200])
        let url = try #require(try await running.doors()["public"])
        let check = try await Self.start(workspace, ["check", url, "--format", "json"]).finish(within: .seconds(60))
        // 0 go or 1 no-go: it could look.
        #expect([0, 1].contains(check.status) && check.out.contains("headers."), "\(check.status) \(check.err)")
        try await running.end()
        await app.stop()
    }
}
