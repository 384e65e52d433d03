import Foundation
import Synchronization

/// A real PostgreSQL for tests: a cluster of its own in a temporary directory, on a free loopback port.
///
/// It ends with the process that started it, however that ends: a shell holds its other end of a pipe and stops the server when
/// the pipe closes.
public final class PostgresServer: Sendable {
    public struct Unavailable: Error, CustomStringConvertible {
        public let description: String
    }

    public let port: Int
    public let directory: String
    private let process = Mutex<LifelineProcess?>(nil)
    private let databases = Atomic<Int>(0)

    private static let started = Mutex<Result<PostgresServer, Unavailable>?>(nil)

    /// The server that all suites of a run share.
    public static var ofThisRun: PostgresServer {
        get throws {
            try started.withLock { started in
                if let started { return try started.get() }
                let result = Result { () throws(Unavailable) in try PostgresServer() }
                started = result
                return try result.get()
            }
        }
    }

    /// A cluster of its own, for tests that stop it.
    public init() throws(Unavailable) {
        guard let bin = PostgresServer.binaries else {
            throw Unavailable(description: "PostgreSQL isn't installed: scripts/install-dependencies test")
        }
        do {
            directory = try TemporaryDirectory("postgres").path
        } catch {
            throw Unavailable(description: "\(error)")
        }
        port = FreePort.pick()
        let data = directory + "/data"
        if geteuid() == 0 { PostgresServer.run("/bin/chown", ["postgres", directory]) }
        let made = PostgresServer.run(
            PostgresServer.unprivileged(
                "\(bin)/initdb",
                ["-D", data, "-U", "seaworthy", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]))
        guard made.status == 0 else { throw Unavailable(description: "initdb: \(made.output)") }
        try start()
    }

    /// Starts it (again) on the same port and data.
    public func start() throws(Unavailable) {
        guard let bin = PostgresServer.binaries else { throw Unavailable(description: "PostgreSQL is gone") }
        let server = PostgresServer.unprivileged(
            "\(bin)/postgres",
            [
                "-D", directory + "/data", "-p", "\(port)", "-k", directory, "-c", "listen_addresses=127.0.0.1",
                "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=800",
                "-c", "shared_buffers=32MB", "-c", "log_min_messages=fatal",
            ])
        let log = directory + "/server.log"
        do {
            // Immediate shutdown is enough: the data is thrown away.
            let started = try LifelineProcess(
                server.executable, server.arguments, signal: "QUIT", directory: directory, log: log)
            process.withLock { $0 = started }
        } catch {
            throw Unavailable(description: "\(error)")
        }
        for _ in 0..<400 {
            let ready = PostgresServer.run("\(bin)/pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"])
            if ready.status == 0 { return }
            usleep(25_000)
        }
        let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
        throw Unavailable(description: "PostgreSQL didn't start: \(text)")
    }

    /// Stops it at once, as a crash would: connections break, nothing is written out.
    public func crash() {
        process.withLock { process in
            process?.stop()
            process = nil
        }
    }

    /// Ends it and removes its data.
    public func remove() {
        crash()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A new empty database (a copy of `template` where one is named) and its address.
    public func makeDatabase(template: String = "template0") throws(Unavailable) -> String {
        let name = "test_\(getpid())_\(databases.add(1, ordering: .relaxed).newValue)"
        try sql("CREATE DATABASE \(name) TEMPLATE \(template)")
        return url(name)
    }

    public func url(_ name: String, user: String = "seaworthy") -> String {
        "postgres://\(user)@127.0.0.1:\(port)/\(name)"
    }

    /// Runs a statement as the superuser, and gives what psql prints.
    @discardableResult
    public func sql(_ text: String, database: String = "postgres") throws(Unavailable) -> String {
        guard let bin = PostgresServer.binaries else { throw Unavailable(description: "PostgreSQL is gone") }
        let result = PostgresServer.run(
            "\(bin)/psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c", text])
        guard result.status == 0 else { throw Unavailable(description: "\(text): \(result.output)") }
        return result.output
    }

    /// Replaces who may connect how (`pg_hba.conf`), at once.
    public func configure(access: String) throws(Unavailable) {
        write(access, to: "pg_hba.conf")
        try reload()
    }

    /// The postmaster reads its files when it next looks up: new connections tell when it has.
    private func reload() throws(Unavailable) {
        let before = try sql("SELECT pg_conf_load_time()")
        try sql("SELECT pg_reload_conf()")
        for _ in 0..<100 {
            if try sql("SELECT pg_conf_load_time()") != before { return }
            usleep(10_000)
        }
    }

    /// Gives it a certificate, or takes TLS away, at once.
    public func configure(certificate: (certificate: String, key: String)?) throws(Unavailable) {
        if let certificate {
            for (from, to) in [(certificate.certificate, "server.crt"), (certificate.key, "server.key")] {
                write(
                    FileManager.default.contents(atPath: from).map { String(decoding: $0, as: UTF8.self) } ?? "", to: to
                )
            }
        }
        try sql("ALTER SYSTEM SET ssl = \(certificate == nil ? "off" : "on")")
        try reload()
    }

    private func write(_ text: String, to name: String) {
        let path = directory + "/data/" + name
        try? Data(text.utf8).write(to: URL(fileURLWithPath: path))
        if geteuid() == 0 { PostgresServer.run("/bin/chown", ["postgres", path]) }
        chmod(path, 0o600)
    }

    // MARK: Programs

    /// Debian keeps each version's programs apart.
    private static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let newest = versions.compactMap { Int($0) }.max()
        return newest.map { "\(root)/\($0)/bin" }
    }()

    /// PostgreSQL refuses to run as root.
    private static func unprivileged(
        _ executable: String, _ arguments: [String]
    ) -> (executable: String, arguments: [String]) {
        guard geteuid() == 0 else { return (executable, arguments) }
        return (
            "/usr/bin/setpriv",
            ["--reuid=postgres", "--regid=postgres", "--clear-groups", executable] + arguments
        )
    }

    @discardableResult
    private static func run(_ command: (executable: String, arguments: [String])) -> (status: Int32, output: String) {
        run(command.executable, command.arguments)
    }

    @discardableResult
    private static func run(_ executable: String, _ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do { try process.run() } catch { return (127, "\(error)") }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
