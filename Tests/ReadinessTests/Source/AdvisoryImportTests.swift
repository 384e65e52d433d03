import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Advisories are taken in from OSV's archives, files and folders")
struct AdvisoryImportTests {
    private static func document(
        _ id: String, _ packages: [(name: String, fixed: String)] = [("flask", "2")], more: String = ""
    ) -> String {
        let affected = packages.map {
            #"{"package":{"ecosystem":"PyPI","name":"\#($0.name)"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"\#($0.fixed)"}]}]}"#
        }
        return
            #"{"id":"\#(id)","modified":"2026-11-01T00:00:00Z",\#(more)"affected":[\#(affected.joined(separator: ","))]}"#
    }

    private static func importing(_ items: [ZipWriter.Item], into store: AdvisoryStore = AdvisoryStore()) throws
        -> AdvisoryImport
    {
        let folder = try TemporaryDirectory("osv")
        defer { folder.remove() }
        try Data(ZipWriter(items).bytes()).write(to: URL(fileURLWithPath: folder.file("all.zip")))
        var taking = AdvisoryImport(into: store)
        try taking.take(folder.file("all.zip"))
        return taking
    }

    @Test("what can't be taken is left out with its reason, and the rest is taken")
    func reasons() throws {
        var damaged = ZipWriter.Item("damaged.json", Self.document("D"))
        damaged.checksum = 1
        let taking = try Self.importing([
            .init("good.json", Self.document("A")), .init("packed.json", Self.document("B"), method: 8),
            .init("none.json", "no JSON"), .init("other.json", #"{"name":"x"}"#), .init("list.json", "[]"),
            .init("git.json", #"{"id":"G","affected":[{"ranges":[{"type":"GIT"}]}]}"#),
            .init("gone.json", Self.document("W", more: #""withdrawn":"2026-11-02T00:00:00Z","#)),
            .init("locked.json", "x", flags: 1), .init("odd.json", "x", method: 14), damaged, .init("readme.txt", "x"),
        ])
        #expect(taking.new == 2 && taking.taken == 2 && taking.store.count == 2)
        #expect(
            taking.leftOut.mapValues(\.count) == [
                .noJSON: 1, .noDocument: 2, .noPackage: 1, .withdrawn: 1, .encrypted: 1, .unknownMethod: 1, .damaged: 1,
            ])
        #expect(
            taking.summary.contains { $0.hasPrefix("left out: 1 damaged, the first ") && $0.hasSuffix("damaged.json") })
    }

    @Test("the same archive twice changes nothing, and the file is the same byte for byte in whatever order it came")
    func idempotent() throws {
        let folder = try TemporaryDirectory("osv")
        defer { folder.remove() }
        let items = (0..<40).map { ZipWriter.Item("\($0).json", Self.document("A-\($0)", [("p\($0 % 7)", "1")])) }
        let first = try Self.importing(items)
        try first.store.write(folder.file("first"))
        let second = try Self.importing(items.reversed(), into: try #require(AdvisoryStore(file: folder.file("first"))))
        try second.store.write(folder.file("second"))
        #expect(second.new == 0 && second.changed == 0 && second.unchanged == 40)
        #expect(folder.read("first") == folder.read("second"))
        var generator = SeededGenerator(seed: 1)
        let other = try Self.importing(items.shuffled(using: &generator))
        try other.store.write(folder.file("other"))
        #expect(folder.read("first") == folder.read("other"))
    }

    @Test("forty imports at once lose nothing of each other")
    func together() async throws {
        let folder = try TemporaryDirectory("osv")
        defer { folder.remove() }
        let file = folder.file("kept/advisories.json")
        for number in 0..<40 {
            try Data(Self.document("A-\(number)").utf8)
                .write(to: URL(fileURLWithPath: folder.file("\(number).json")))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await onThread {
                        let hold = try AdvisoryHold(file)
                        try withExtendedLifetime(hold) {
                            var taking = AdvisoryImport(into: AdvisoryStore(file: file) ?? AdvisoryStore())
                            try taking.take(folder.file("\(number).json"))
                            try taking.store.write(file)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(AdvisoryStore(file: file)?.count == 40)
    }

    @Test("who has to wait for another import is told so, once; a lock that can't be written is said")
    func waiting() async throws {
        let folder = try TemporaryDirectory("osv")
        defer { folder.remove() }
        let file = folder.file("advisories.json")
        let first = try AdvisoryHold(file)
        let (told, teller) = AsyncStream<String>.makeStream()
        let second = Task {
            try await onThread { _ = try AdvisoryHold(file) { teller.yield("waits") } }
            teller.yield("has it")
            teller.finish()
        }
        var words = told.makeAsyncIterator()
        #expect(await words.next() == "waits")
        withExtendedLifetime(consume first) {}
        #expect(await words.next() == "has it")
        try await second.value
        #expect(throws: EvidenceProblem.self) { _ = try AdvisoryHold(folder.file("advisories.json.lock/x")) }
    }

    @Test("an advisory that changed is replaced, also in packages that it no longer names; a withdrawn one goes")
    func changes() throws {
        let first = try Self.importing([.init("a.json", Self.document("A", [("x", "1"), ("y", "1")]))])
        #expect(first.store.count == 2)
        let second = try Self.importing([.init("a.json", Self.document("A", [("y", "2")]))], into: first.store)
        #expect(second.changed == 1 && second.store.entries("PyPI", "x").isEmpty)
        #expect(second.store.entries("PyPI", "y").map(\.ranges) == [[[["introduced", "0"], ["fixed", "2"]]]])
        let third = try Self.importing(
            [.init("a.json", Self.document("A", more: #""withdrawn":"2026-11-02T00:00:00Z","#))], into: second.store)
        #expect(third.store.count == 0 && third.leftOut[.withdrawn]?.count == 1)
    }

    @Test("a package that an advisory names twice keeps both of its ranges")
    func branches() throws {
        let store = try Self.importing([.init("a.json", Self.document("A", [("x", "1.5"), ("x", "2.5")]))]).store
        #expect(store.count == 1 && store.entries("PyPI", "x").first?.ranges.count == 2)
    }

    @Test("an archive with a name that leads out is refused whole; a folder may hold archives")
    func folders() throws {
        #expect(throws: EvidenceProblem.self) { try Self.importing([.init("../a.json", Self.document("A"))]) }
        let folder = try TemporaryDirectory("osv")
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.file("PyPI"), withIntermediateDirectories: true)
        try Data(ZipWriter([.init("a.json", Self.document("A"))]).bytes()).write(
            to: URL(fileURLWithPath: folder.file("PyPI/all.zip")))
        try folder.write(Self.document("B"), to: "PyPI/b.json")
        var taking = AdvisoryImport(into: AdvisoryStore())
        try taking.take(folder.path)
        #expect(taking.new == 2)
        try folder.write("PK is no archive", to: "PyPI/all.zip")
        #expect(throws: EvidenceProblem.self) { try taking.take(folder.path) }
    }

    @Test("what an earlier version kept is read on; a file that is cut off isn't")
    func kept() throws {
        let folder = try TemporaryDirectory("osv")
        defer { folder.remove() }
        try folder.write(
            #"{"ecosystems":{"PyPI":{"flask":[{"id":"A","ranges":[],"severity":"low","summary":"","versions":["1.0"]}]}},"newest":"n","schemaVersion":1}"#,
            to: "old")
        let old = try #require(AdvisoryStore(file: folder.file("old")))
        #expect(old.count == 1 && old.newest == "n" && old.entries("PyPI", "flask").first?.versions == ["1.0"])
        try old.write(folder.file("new"))
        let text = folder.read("new")
        #expect(AdvisoryStore(file: folder.file("new"))?.entries("PyPI", "flask").map(\.id) == ["A"])
        for length in [0, 10, text.utf8.count - 1] {
            try folder.write(String(text.prefix(length)), to: "cut")
            #expect(AdvisoryStore(file: folder.file("cut")) == nil, "\(length)")
        }
    }
}
