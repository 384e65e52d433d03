import Foundation
import Kernel
import NIOCore
import Synchronization
import TestKit
import Testing

@testable import Observability

@Suite("The access log's writer")
struct AccessLogWriterTests {
    private final class Lines: Sendable {
        let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    @Test("loses no line and tears none when many tasks write at once")
    func concurrent() async {
        let lines = Lines()
        let writer = AccessLogWriter(
            sink: .handler { written in lines.bytes.withLock { $0 += written } }, shardCount: 4,
            wallClock: ManualClock())
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    for line in 0..<200 { writer.append(task) { $0.bytes.writeString("\(task)-\(line)\n") } }
                }
            }
        }
        writer.stop()
        let written = lines.text.split(separator: "\n").map(String.init)
        #expect(written.count == 32 * 200)
        #expect(Set(written).count == 32 * 200)
        #expect(writer.dropped == 0)
    }

    @Test("drops lines instead of growing without bound, and says how many")
    func drops() {
        let lines = Lines()
        let gate = DispatchSemaphore(value: 0)
        let isFirst = Mutex(true)
        let writer = AccessLogWriter(
            sink: .handler { written in
                let waits = isFirst.withLock { first in
                    defer { first = false }
                    return first
                }
                if waits { gate.wait() }
                lines.bytes.withLock { $0 += written }
            }, shardCount: 1, bound: 100, wallClock: ManualClock())
        for _ in 0..<50 { writer.append(0) { $0.bytes.writeString("0123456789\n") } }
        gate.signal()
        writer.stop()
        #expect(writer.dropped > 0)
        #expect(lines.text.contains("\"event\":\"log-dropped\""))
        let kept = lines.text.split(separator: "\n").count { $0 == "0123456789" }
        #expect(kept + writer.dropped == 50)
    }

    @Test("goes on when its file can't be written any more")
    func closedPipe() {
        let writer = AccessLogWriter(sink: .descriptor(-1), shardCount: 1, wallClock: ManualClock())
        writer.append(0) { $0.bytes.writeString("lost\n") }
        writer.flush()
        let lines = Lines()
        writer.redirect(to: .handler { written in lines.bytes.withLock { $0 += written } })
        writer.append(0) { $0.bytes.writeString("kept\n") }
        writer.stop()
        #expect(lines.text == "kept\n")
    }
}
