import Foundation

/// Somebody else's web app with a login of its own, from PyPI, on loopback; see the programs beside this file.
public final class ForeignApp: Sendable {
    public struct Unavailable: Error, CustomStringConvertible { public let description: String }

    public enum Program: String, Sendable, CaseIterable {
        case flaskLogin = "flask-login-app"
        case djangoAdmin = "django-admin-app"
        /// No login page, only a description; with flaws by name.
        case ticketOffice = "ticket-office-app"
        /// Bearer tokens by a form, numbers of one's own, staff; with flaws by name.
        case clinic = "clinic-app"
        /// Pages and forms alone, messages behind redirects; with flaws by name.
        case notebook = "notebook-app"
    }

    public let port: Int
    private let directory: TemporaryDirectory
    private let process: LifelineProcess

    /// Starts it and waits until it answers.
    public init(_ program: Program, flaws: [String] = []) async throws {
        port = try await FreePort.next()
        directory = try TemporaryDirectory("foreign-app")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("\(program.rawValue).py").path
        let log = directory.file("app.log")
        process = try LifelineProcess(
            "/usr/bin/env", ["python3", "-W", "ignore", script, "\(port)", directory.path] + flaws, signal: "KILL",
            directory: directory.path, log: log)
        for _ in 0..<1200 {
            if let connection = try? await RawConnection.open(port: port) {
                await connection.close()
                return
            }
            try await Task.sleep(for: .milliseconds(25))
        }
        let said = directory.read("app.log")
        process.stop()
        directory.remove()
        throw Unavailable(description: "no \(program.rawValue) (scripts/install-dependencies test): \(said)")
    }

    public func stop() {
        process.stop()
        directory.remove()
    }
}
