import Foundation
import Testing

@Suite("serve and reload")
struct ServeTests {
    static let anyPort = ["--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"]

    private func serve(_ workspace: Workspace, _ arguments: String...) throws -> Running {
        try workspace.start(["serve", "--upstream", "http://127.0.0.1:9"] + ServeTests.anyPort + arguments)
    }

    @Test(
        "It says what listens where, ends with 0 at SIGTERM and at SIGINT, and takes its pid file with it",
        arguments: [SIGTERM, SIGINT])
    func startsAndEnds(_ number: Int32) async throws {
        let workspace = try Workspace()
        let running = try serve(workspace, "--pid-file", "gateway.pid")
        let doors = try await running.doors()
        #expect(doors["public"]?.hasPrefix("http://127.0.0.1:") == true)
        #expect(doors["operator"]?.hasPrefix("http://127.0.0.1:") == true)
        #expect(doors["public"] != doors["operator"])
        #expect(running.err.contains("in front of http://127.0.0.1:9"))
        #expect(running.err.contains("observe"))
        for line in running.err.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(try workspace.text("gateway.pid") == "\(running.pid)\n")
        running.signal(number)
        let end = try await running.finish(within: .seconds(20))
        #expect(end.status == 0 && !end.wasKilled, "\(end.err)")
        #expect(!workspace.exists("gateway.pid") && !workspace.exists("gateway.pid.reload"))
    }

    @Test("An address that another process has is named with its flag; exit 69")
    func portInUse() async throws {
        let workspace = try Workspace()
        let first = try serve(workspace)
        let doors = try await first.doors()
        for (flag, door) in [("--listen", "public"), ("--operator", "operator"), ("--tls-listen", "public")] {
            let address = try #require(doors[door]).replacing("http://", with: "")
            let second = try serve(workspace, flag, address)
            let end = try await second.finish(within: .seconds(20))
            #expect(end.status == 69, "\(end.err)")
            #expect(end.err.contains("\(address) is in use") && end.err.contains(flag), "\(end.err)")
        }
    }

    @Test("An address that isn't this machine's is named; exit 69")
    func foreignAddress() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run(
            "serve", "--upstream", "http://127.0.0.1:9", "--listen", "192.0.2.1:8080", "--environment", "development",
            "--operator", "127.0.0.1:0")
        #expect(run.status == 69)
        #expect(run.err.contains("192.0.2.1:8080 is not an address of this machine"), "\(run.err)")
    }

    @Test("A running gateway's pid file is not taken; one left behind is")
    func pidFile() async throws {
        let workspace = try Workspace()
        let first = try serve(workspace, "--pid-file", "gateway.pid")
        _ = try await first.doors()
        let second = try await serve(workspace, "--pid-file", "gateway.pid").finish(within: .seconds(20))
        #expect(second.status == 69)
        #expect(second.err.contains("process \(first.pid)"), "\(second.err)")
        #expect(try workspace.text("gateway.pid") == "\(first.pid)\n")
        first.signal(SIGKILL)
        _ = try await first.finish(within: .seconds(20))
        #expect(workspace.exists("gateway.pid"))
        let third = try serve(workspace, "--pid-file", "gateway.pid")
        _ = try await third.doors()
        #expect(try workspace.text("gateway.pid") == "\(third.pid)\n")
        let unwritable = try await serve(workspace, "--pid-file", "nowhere/gateway.pid").finish(within: .seconds(20))
        #expect(unwritable.status == 73)
        #expect(unwritable.err.contains("nowhere/gateway.pid"), "\(unwritable.err)")
    }

    @Test("reload puts a good configuration in force and refuses a bad one with all its errors")
    func reload() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", "pid-file: gateway.pid\nlimits.drain: 1s\n")
        let running = try serve(workspace)
        _ = try await running.doors()
        try workspace.write("seaworthy.yaml", "pid-file: gateway.pid\nlimits.drain: 2s\n")
        let good = try await workspace.run("reload")
        #expect(good.status == 0 && good.out.contains("generation 2"), "\(good.err)")

        try workspace.write("seaworthy.yaml", "pid-file: gateway.pid\nlimits.drain: later\nmoed: observe\n")
        let bad = try await workspace.run("reload", "--pid-file", "gateway.pid")
        #expect(bad.status == 78)
        #expect(bad.err.contains("generation 2 goes on"), "\(bad.err)")
        #expect(bad.err.contains("limits.drain = \"later\"") && bad.err.contains("did you mean mode?"))
        #expect(running.out.contains("\"event\":\"reload-refused\""))

        try FileManager.default.removeItem(atPath: workspace.path("seaworthy.yaml"))
        let gone = try await workspace.run("reload", "--pid-file", "gateway.pid")
        #expect(gone.status == 78 && gone.err.contains("there is no such file"), "\(gone.err)")

        try workspace.write("seaworthy.yaml", "pid-file: gateway.pid\nlisten: 127.0.0.1:1\nthreads: 2\n")
        let later = try await workspace.run("reload")
        #expect(later.status == 0 && later.out.contains("generation 3"))
        #expect(later.err.contains("threads: takes effect at the next start"), "\(later.err)")

        try workspace.write("seaworthy.yaml", "pid-file: gateway.pid\nenvironment: production\nroutes.default: app\n")
        let other = try await workspace.run("reload")
        #expect(other.status == 78 && other.err.contains("can't change while running"), "\(other.err)")
        #expect(running.isRunning)
    }

    @Test("SIGHUP alone reloads, and a bad configuration leaves the gateway running")
    func hangup() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", "limits.drain: 1s\n")
        let running = try serve(workspace)
        _ = try await running.doors()
        running.signal(SIGHUP)
        try await running.wait("the reload") { running.out.contains("\"event\":\"reloaded\"") }
        try workspace.write("seaworthy.yaml", "limits.drain: never\n")
        running.signal(SIGHUP)
        try await running.wait("the refusal") { running.out.contains("\"event\":\"reload-refused\"") }
        #expect(running.out.contains("limits.drain = \\\"never\\\""))
        #expect(running.isRunning)
    }

    @Test("reload harms no process that isn't a gateway")
    func reloadForeign() async throws {
        let workspace = try Workspace()
        let sleeper = Process()
        sleeper.executableURL = URL(filePath: "/bin/sleep")
        sleeper.arguments = ["60"]
        try sleeper.run()
        defer { sleeper.terminate() }
        for (text, expected) in [
            ("\(sleeper.processIdentifier)\n", "is no running gateway"), ("999999999\n", "is no running gateway"),
            ("1\n", "names no process"), ("-1\n", "names no process"), ("0", "names no process"),
            ("", "names no process"),
            ("twelve", "names no process"),
        ] {
            try workspace.write("gateway.pid", text)
            let run = try await workspace.run("reload", "--pid-file", "gateway.pid")
            #expect(run.status == 69 && run.err.contains(expected), "\(text): \(run.err)")
        }
        #expect(sleeper.isRunning)
        let missing = try await workspace.run("reload", "--pid-file", "missing.pid")
        #expect(missing.status == 69)
        let unnamed = try await workspace.run("reload")
        #expect(unnamed.status == 64 && unnamed.err.contains("--pid-file"))
    }
}
