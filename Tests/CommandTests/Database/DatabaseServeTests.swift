import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("serve with a database")
struct DatabaseServeTests {
    @Test("By default it is a file of its owner's alone in .seaworthy, or where systemd keeps state")
    func places() async throws {
        let workspace = try Workspace()
        try FileManager.default.createDirectory(atPath: workspace.path("state"), withIntermediateDirectories: true)
        for (variables, directory) in [([:], ".seaworthy"), (["STATE_DIRECTORY": workspace.path("state")], "state")] {
            let running = try workspace.start(
                ["serve", "--upstream", "http://127.0.0.1:9"] + ServeTests.anyPort,
                environment: variables.merging(["SEAWORTHY_DATABASE": ""]) { $1 })
            _ = try await running.doors()
            #expect(try await running.dependency("database")?.holds == true)
            running.signal(SIGTERM)
            #expect(try await running.finish(within: .seconds(20)).status == 0)
            let file = try FileManager.default.attributesOfItem(atPath: workspace.path("\(directory)/seaworthy.db"))
            #expect(file[.posixPermissions] as? Int == 0o600)
        }
        let made = try FileManager.default.attributesOfItem(atPath: workspace.path(".seaworthy"))
        #expect(made[.posixPermissions] as? Int == 0o700)
        #expect(try workspace.text(".seaworthy/.gitignore") == "*\n")
    }

    @Test("none keeps nothing, has no worker, and says nothing of either")
    func none() async throws {
        let workspace = try Workspace()
        let running = try workspace.serving("none")
        let ready = try await running.operatorAnswer("/health/ready").text
        #expect(!ready.contains("database") && !ready.contains("worker"), "\(ready)")
        #expect(!(try await running.operatorAnswer("/metrics").text.contains("seaworthy_database")))
        #expect(running.workers.isEmpty && !workspace.exists(".seaworthy"))
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test(
        "Its metrics tell of pool, timings, change feed and worker, in a form that promtool takes",
        arguments: DatabaseEngine.allCases)
    func metrics(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("metrics")
        defer { directory.remove() }
        let workspace = try Workspace()
        let running = try workspace.serving(try TestDatabase.address(engine, in: directory))
        _ = try await running.worker()
        try await Task.sleep(for: .milliseconds(600))
        let text = try await running.operatorAnswer("/metrics").text
        for name in [
            "seaworthy_database_pool_size 8", "seaworthy_database_pool_in_use ", "seaworthy_database_pool_waiting 0",
            "seaworthy_database_seconds_bucket{work=\"change-feed.poll\",le=\"+Inf\"}",
            "seaworthy_database_seconds_count{work=\"migrate.step\"}", "seaworthy_change_feed_age_seconds 0",
            "seaworthy_change_feed_polls_total{outcome=\"failed\"} 0", "seaworthy_worker_up 1",
            "seaworthy_worker_restarts_total 0",
        ] {
            #expect(text.contains(name), "\(name) is missing: \(text)")
        }
        try workspace.write("metrics.txt", text)
        let judged = try await Running(
            program: URL(filePath: "/bin/sh"), arguments: ["-c", "promtool check metrics <metrics.txt"],
            environment: [:],
            folder: workspace.folder
        ).finish(within: .seconds(20))
        #expect(judged.status == 0 && judged.err.isEmpty && judged.out.isEmpty, "\(judged.err)\(judged.out)")
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("A database that goes away turns ready red and nothing else: what needs none is forwarded; it heals")
    func away() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let app = try await scriptedApp { _ in response("200 OK", [], "the app's") }
        let workspace = try Workspace()
        let running = try workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:\(app.port)", "--database", try server.makeDatabase()]
                + ServeTests.anyPort)
        #expect(try await running.dependency("database")?.holds == true)
        server.crash()
        try await Task.sleep(for: .milliseconds(2500))
        let down = try await running.operatorAnswer("/health/ready")
        #expect(down.status == 503)
        let dependency = try await running.dependency("database")
        #expect(dependency?.holds == false && dependency?.detail?.contains("does not answer") == true)
        let port = try #require(
            try await running.doors()["public"].flatMap { Int($0.split(separator: ":").last ?? "") })
        let client = try await RawConnection.open(port: port)
        try await client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        #expect(await client.response(within: .seconds(5))?.text == "the app's")
        await client.close()
        try server.start()
        let began = ContinuousClock.now
        while try await running.dependency("database")?.holds != true, began.duration(to: .now) < .seconds(5) {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(began.duration(to: .now) < .seconds(2))
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(30)).status == 0)
        await app.stop()
    }

    @Test("A reload keeps the database and renews the worker; a new address waits for the next start")
    func reload() async throws {
        let workspace = try Workspace()
        try workspace.write("seaworthy.yaml", "pid-file: g.pid\ndatabase:\n  url: a.db\n  pool-size: 3\n")
        let running = try workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:9"] + ServeTests.anyPort, environment: ["SEAWORTHY_DATABASE": ""])
        let first = try await running.worker()
        try workspace.write("seaworthy.yaml", "pid-file: g.pid\ndatabase:\n  url: b.db\n  pool-size: 3\n")
        let reloaded = try await workspace.run("reload", environment: ["SEAWORTHY_DATABASE": ""])
        #expect(
            reloaded.status == 0 && reloaded.err.contains("database: takes effect at the next start"), "\(reloaded.err)"
        )
        _ = try await running.worker(after: first)
        #expect(!isAlive(first) && !running.out.contains("worker-ended"))
        #expect(try await running.operatorAnswer("/metrics").text.contains("seaworthy_database_pool_size 3"))
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }
}
