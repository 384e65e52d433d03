import Foundation
import TestKit
import Testing

@Suite("The worker")
struct WorkerTests {
    @Test("It is started again when it is killed, and ends with serve")
    func restarts() async throws {
        let workspace = try Workspace()
        let running = try workspace.serving("a.db")
        let first = try await running.worker()
        #expect(try await running.dependency("worker")?.holds == true)
        kill(first, SIGKILL)
        let second = try await running.worker(after: first)
        #expect(running.out.contains("\"event\":\"worker-ended\"") && running.out.contains("\"status\":137"))
        #expect(try await running.operatorAnswer("/metrics").text.contains("seaworthy_worker_restarts_total 1"))
        // One that is told to stop before it has begun ends without a word.
        try await running.wait("the second one's start") {
            running.out.split(separator: "\n").count { $0.contains("\"event\":\"work-started\"") } == 2
        }
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        #expect(!isAlive(second))
        try await running.wait("the worker's last line") { running.out.contains("\"event\":\"work-stopped\"") }
    }

    @Test("It ends when serve is killed without a word")
    func orphan() async throws {
        let workspace = try Workspace()
        let running = try workspace.serving("a.db")
        let worker = try await running.worker()
        running.signal(SIGKILL)
        try await running.wait("the worker's end", within: .seconds(10)) { !isAlive(worker) }
        #expect(running.out.contains("serve is gone"))
    }

    @Test("One that stays down, or says nothing, turns ready red after ten seconds", arguments: [true, false])
    func staysDown(_ isBroken: Bool) async throws {
        let workspace = try Workspace()
        if isBroken { try workspace.write("worker.yaml", "app.database: x\n") }
        chmod(workspace.path("worker.yaml"), 0o644)
        let running = try workspace.serving("a.db")
        if isBroken {
            try await running.wait("its end") { running.out.contains("\"worker-ended\"") }
            #expect(running.err.contains("chmod 600"))
        } else {
            kill(try await running.worker(), SIGSTOP)
        }
        try await Task.sleep(for: .seconds(12))
        let red = try await running.dependency("worker")
        #expect(red?.holds == false && red?.detail?.contains("has not been at work") == true)
        if isBroken {
            // Half a second, a second, two, four …: five in twelve seconds; a busy machine may take longer to look.
            #expect((3...8).contains(running.workers.count), "\(running.workers)")
            chmod(workspace.path("worker.yaml"), 0o600)
        } else {
            kill(try #require(running.workers.last), SIGCONT)
        }
        let began = ContinuousClock.now
        while try await running.dependency("worker")?.holds != true, began.duration(to: .now) < .seconds(60) {
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await running.dependency("worker")?.holds == true)
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("worker: external and none start none; an external one works beside, drains at SIGTERM and needs the schema")
    func external() async throws {
        let workspace = try Workspace()
        let early = try await workspace.run("work", "--database", "a.db")
        #expect(early.status == 78 && early.err.contains("seaworthy migrate up"), "\(early.err)")
        for kind in ["none", "external"] {
            let running = try workspace.serving("a.db", "--set", "worker=\(kind)")
            _ = try await running.doors()
            #expect(try await running.dependency("worker") == nil)
            if kind == "external" {
                let worker = try workspace.start(["work", "--database", "a.db"])
                try await worker.wait("its start") { worker.out.contains("\"work-started\"") }
                #expect(worker.out.contains("\"pid\":\(worker.pid)"))
                worker.signal(SIGTERM)
                #expect(try await worker.finish(within: .seconds(10)).status == 0)
                #expect(worker.out.contains("\"work-stopped\""))
            }
            #expect(running.workers.isEmpty)
            running.signal(SIGTERM)
            #expect(try await running.finish(within: .seconds(20)).status == 0)
        }
        #expect(try await workspace.run("work", "--database", "none").status == 78)
        try workspace.write("worker.yaml", "app.databse: x\n")
        chmod(workspace.path("worker.yaml"), 0o600)
        let typo = try await workspace.run("work", "--database", "a.db")
        #expect(typo.status == 78 && typo.err.contains("did you mean app.database?"), "\(typo.err)")
    }

    @Test("What stands in worker.yaml is in the worker, and nowhere in the edge: environment, files or memory")
    func separation() async throws {
        let workspace = try Workspace()
        let canary = "canary-" + UUID().uuidString
        try workspace.write("worker.yaml", "app.database: postgres://app:\(canary)@127.0.0.1/app\n")
        chmod(workspace.path("worker.yaml"), 0o600)
        let running = try workspace.serving("a.db", environment: ["UNRELATED": "a variable of the surroundings"])
        let worker = try await running.worker()
        // Traffic, a reload and a scrape, so that whatever might read it has run.
        _ = try await running.operatorAnswer("/metrics")
        running.signal(SIGHUP)
        let renewed = try await running.worker(after: worker)
        _ = try await running.operatorAnswer("/health/ready")

        #expect(ProcessInsight(running.pid).memoryHolds(canary) == false)
        #expect(ProcessInsight(renewed).memoryHolds(canary) == true)
        for pid in [running.pid, renewed] {
            let insight = ProcessInsight(pid)
            #expect(!insight.environment.contains(canary) && !insight.commandLine.contains(canary))
            #expect(!insight.openFiles.contains { $0.contains("worker.yaml") })
        }
        #expect(ProcessInsight(running.pid).environment.contains("UNRELATED"))
        #expect(!ProcessInsight(renewed).environment.contains("UNRELATED"))
        // Of serve's own descriptors the worker has none: standard streams and what it opened itself.
        let inherited = ProcessInsight(renewed).openFiles.filter { $0.hasPrefix("socket:") }
        #expect(inherited.count == 1, "\(inherited)")
        #expect(!running.out.contains(canary) && !running.err.contains(canary))
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("A database's password on serve's command line is not on its worker's")
    func commandLine() async throws {
        let workspace = try Workspace()
        let secret = "a-\(UUID().uuidString).db"
        for arguments in [["--database", secret], ["--set", "database=\(secret)"]] {
            let running = try workspace.start(
                ["serve", "--upstream", "http://127.0.0.1:9", "--mode", "observe"] + arguments + ServeTests.anyPort)
            let insight = ProcessInsight(try await running.worker())
            #expect(!insight.commandLine.contains(secret) && insight.commandLine.contains("--mode"))
            #expect(insight.openFiles.contains { $0.hasSuffix(secret) })
            running.signal(SIGTERM)
            #expect(try await running.finish(within: .seconds(20)).status == 0)
        }
    }
}

/// What the kernel shows of another process (proc(5)).
struct ProcessInsight {
    let pid: Int32
    init(_ pid: Int32) { self.pid = pid }

    var environment: String { text("environ") }
    var commandLine: String { text("cmdline") }
    var openFiles: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)") }
    }

    private func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// Whether any readable page holds it; nil when the memory can't be read.
    func memoryHolds(_ text: String) -> Bool? {
        let memory = open("/proc/\(pid)/mem", O_RDONLY)
        guard memory >= 0 else { return nil }
        defer { close(memory) }
        let needle = Data(text.utf8)
        var read = 0
        for line in self.text("maps").split(separator: "\n") where line.contains(" r") {
            let range = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard range.count == 2 else { continue }
            var start = range[0]
            while start < range[1] {
                // Pieces overlap, so that nothing hides between two.
                var buffer = Data(count: Int(min(range[1] - start, 8 << 20)))
                let count = buffer.withUnsafeMutableBytes {
                    pread(memory, $0.baseAddress, $0.count, off_t(truncatingIfNeeded: start))
                }
                guard count > 0 else { break }
                read += count
                if buffer.prefix(count).range(of: needle) != nil { return true }
                guard count > needle.count, start + UInt64(count) < range[1] else { break }
                start += UInt64(count - needle.count)
            }
        }
        return read > 1 << 20 ? false : nil
    }
}
