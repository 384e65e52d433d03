import Foundation
import Store
import TestKit
import Testing

/// What happens to the trail and the ring when the machine misbehaves.
@Suite("State on a machine that misbehaves")
struct BadStateTests {
    @Test("A disk that fills up while it runs stops no request; events wait, and are written once there is room")
    func fullDisk() async throws {
        let workspace = try Workspace()
        // A file system of two megabytes that only this process sees, filled and freed when the test says so.
        let script = """
            mkdir small && mount -t tmpfs -o size=2m none small || exit 99
            '\(Workspace.seaworthy.path)' serve --upstream http://127.0.0.1:9 --listen 127.0.0.1:0 \
            --operator 127.0.0.1:0 --database small/a.db --mode enforce --set worker=none &
            until [ -e fill ]; do sleep 0.05; done
            dd if=/dev/zero of=small/filler bs=4k 2>/dev/null; touch filled
            until [ -e free ]; do sleep 0.05; done
            rm small/filler; touch freed
            until [ -e end ]; do sleep 0.05; done
            kill %1; wait %1 || exit 98
            '\(Workspace.seaworthy.path)' audit verify --database small/a.db || exit 97
            '\(Workspace.seaworthy.path)' audit export --database small/a.db >trail.jsonl
            """
        let running = try Running(
            program: URL(filePath: "/usr/bin/unshare"), arguments: ["-m", "-r", "bash", "-c", script], environment: [:],
            folder: workspace.folder)
        #expect(try await running.statuses(AuditCommandTests.trace) == [405])
        try await eventually("the first row") {
            try await running.operatorAnswer("/metrics").text.contains(
                "seaworthy_events_total{event=\"request.malformed\"} 1")
        }
        try workspace.write("fill", "")
        try await running.wait("a full disk") { workspace.exists("filled") }
        #expect(try await running.statuses(AuditCommandTests.hostile, AuditCommandTests.trace) == [421, 405])
        try await eventually("a flush that fails") {
            let text = try await running.operatorAnswer("/metrics").text
            return text.contains("event=\"request.unknown-host\"} 1")
                || text.firstMatch(of: /seaworthy_event_sink_failures_total ([1-9]\d*)/) != nil
        }
        try workspace.write("free", "")
        try await running.wait("room") { workspace.exists("freed") }
        try await eventually("what waited is written") {
            try await running.operatorAnswer("/metrics").text.contains("event=\"request.unknown-host\"} 1")
        }
        try workspace.write("end", "")
        let ended = try await running.finish(within: .seconds(30))
        #expect(ended.status == 0, "\(ended.status) \(ended.err)")
        let rows = try workspace.text("trail.jsonl")
        #expect(rows.contains("request.unknown-host") && rows.contains("process.stopped"))
    }

    @Test("A SQLite file that is damaged in the middle is told as such: serve 65, verify 2")
    func damaged() async throws {
        let workspace = try Workspace()
        let running = try workspace.serving("a.db", "--set", "worker=none")
        #expect(try await running.statuses(AuditCommandTests.trace).count == 1)
        try await running.end()
        // Into one file: the newest pages stand in the log beside it.
        let database = try await opened(workspace.path("a.db"))
        try await database.copy(to: workspace.path("b.db"))
        await database.close()
        try FileManager.default.copyItem(atPath: workspace.path("a.db.key"), toPath: workspace.path("b.db.key"))
        let whole = try Data(contentsOf: workspace.folder.appending(path: "b.db"))
        try #require(whole.count > 16 * 4096)
        // The header and the schema's first page are well, the rest is rubbish.
        var bytes = whole
        for index in (4096 * 2)..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ 7) }
        try workspace.write("b.db", bytes)
        let start = try await workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:9", "--database", "b.db"] + ServeTests.anyPort
        ).finish(within: .seconds(20))
        #expect(start.status == 65 && start.err.contains("damaged"), "\(start.status) \(start.err)")
        let verify = try await workspace.run("audit", "verify", "--database", "b.db")
        #expect(verify.status == 2 && verify.err.contains("damaged"), "\(verify.status) \(verify.err) \(verify.out)")
    }

    @Test("A clock that went back by a month stops nothing: keys sign, the trail grows and is intact")
    func clock() async throws {
        let workspace = try Workspace()
        let ahead = try await workspace.shifted(days: 30)
        for environment in [ahead, [:]] {
            let running = try workspace.serving("a.db", "--set", "worker=none", environment: environment)
            #expect(try await running.statuses(AuditCommandTests.trace).count == 1)
            try await running.end()
        }
        let times = try await workspace.run("audit", "export", "--database", "a.db").out
            .matches(of: /"at":"(\d{4}-\d\d-\d\d)/).map { String($0.1) }
        #expect(Set(times).count == 2 && times.first ?? "" > times.last ?? "", "\(Set(times))")
        let rotated = try await workspace.run("secrets", "rotate", "--all", "--urgent", "--database", "a.db")
        #expect(rotated.status == 0, "\(rotated.err)")
        let list = try await workspace.run("secrets", "list", "--database", "a.db")
        #expect(list.status == 0 && list.out.contains("  session "), "\(list.out)\(list.err)")
        let verified = try await workspace.run("audit", "verify", "--database", "a.db")
        #expect(verified.status == 0 && verified.out.hasPrefix("Intact"), "\(verified.out)\(verified.err)")
    }
}

extension Workspace {
    /// Variables by which a process's wall clock is off by so many days.
    func shifted(days: Int) async throws -> [String: String] {
        try write(
            "shift.c",
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdlib.h>
            #include <time.h>
            int clock_gettime(clockid_t id, struct timespec *time) {
                static int (*real)(clockid_t, struct timespec *);
                if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
                int code = real(id, time);
                const char *days = getenv("SHIFT_DAYS");
                if (id == CLOCK_REALTIME && days) time->tv_sec += 86400L * atol(days);
                return code;
            }
            """)
        let compiled = try await Running(
            program: URL(filePath: "/usr/bin/env"),
            arguments: ["cc", "-shared", "-fPIC", "-o", "shift.so", "shift.c", "-ldl"], environment: [:],
            folder: folder
        ).finish(within: .seconds(60))
        #expect(compiled.status == 0, "\(compiled.err)")
        return ["LD_PRELOAD": path("shift.so"), "SHIFT_DAYS": "\(days)"]
    }
}
