import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("ZIP archives are read strictly and within bounds")
struct ZipArchiveTests {
    /// Every entry's name and what it holds, or why it isn't given.
    static func contents(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws -> [String] {
        let folder = try TemporaryDirectory("zip")
        defer { folder.remove() }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("a.zip")))
        let archive = try ZipArchive(try ArchiveFile(path: folder.file("a.zip")), limits: limits)
        return archive.entries.map { entry in
            do { return "\(entry.name)=\(String(decoding: try archive.bytes(entry), as: UTF8.self))" } catch {
                return "\(entry.name): \(error)"
            }
        }
    }

    static func problem(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) -> String {
        do { return "taken: \(try contents(bytes, limits: limits))" } catch { return "\(error)" }
    }

    static let two = ZipWriter([.init("a.json", "{}"), .init("b/c.json", "[1]", method: 8)])

    @Test("stored and deflated entries, a remark, an empty archive, and the form for over 4 GiB")
    func sound() throws {
        var remarked = Self.two
        remarked.remark = "PK\u{5}\u{6} is not the end"
        var large = Self.two
        large.isLarge = true
        large.items[1].isLarge = true
        for writer in [Self.two, remarked, large] {
            #expect(try Self.contents(writer.bytes()) == ["a.json={}", "b/c.json=[1]"])
        }
        #expect(try Self.contents(ZipWriter([]).bytes()).isEmpty)
    }

    @Test(
        "a name that leads out, or comes twice, refuses the archive",
        arguments: [
            ("/etc/passwd", "at a root"), ("\\\\host\\x", "at a root"), ("C:\\x.json", "at a root"),
            ("../a.json", "upwards"), ("a/../../b.json", "upwards"), ("a\\..\\b.json", "upwards"), ("", "1 to 4096"),
            ("a\u{0}.json", "control"), ("a\n.json", "control"), ("same.json", "twice"),
        ])
    func names(name: String, said: String) {
        let bytes = ZipWriter([.init("same.json", "{}"), .init(name, "{}")]).bytes()
        #expect(Self.problem(bytes).contains(said), "\(Self.problem(bytes))")
    }

    @Test("what an entry lies about refuses it or the archive")
    func lies() {
        func altered(_ change: (inout ZipWriter) -> Void) -> String {
            var writer = Self.two
            change(&writer)
            return Self.problem(writer.bytes())
        }
        #expect(altered { $0.items[0].flags = 1 }.contains("a.json: is encrypted"))
        #expect(altered { $0.items[0].flags = 0x40 }.contains("a.json: is encrypted"))
        #expect(altered { $0.items[0].method = 9 }.contains("a.json: is packed by an unknown method"))
        #expect(altered { $0.items[0].checksum = 7 }.contains("a.json: is damaged"))
        #expect(altered { $0.items[1].checksum = 7 }.contains("b/c.json: is damaged"))
        #expect(altered { $0.items[0].ownName = "b.json" }.contains("a.json: is damaged"))
        #expect(altered { $0.items[0].size = 3 }.contains("can't"))
        #expect(altered { $0.items[1].size = 2 }.contains("b/c.json: is damaged"))
        #expect(altered { $0.items[1].size = 5 }.contains("b/c.json: is damaged"))
        #expect(altered { $0.items[1].size = 0xFFFF_FFFE }.contains("can't"))
        #expect(altered { $0.place = 0 }.contains("on top of each other"))
        #expect(altered { $0.place = 0x7FFF_FFFF }.contains("outside the file"))
        #expect(altered { $0.countOffset = 1 }.contains("isn't where, or as long as"))
        #expect(altered { $0.countOffset = -1 }.contains("more in it than it counts"))
        #expect(altered { $0.countOffset = 60_000 }.contains("isn't where, or as long as"))
    }

    @Test("the bounds hold: entries, one entry, all of them, the list of contents")
    func bounds() {
        let bytes = Self.two.bytes()
        #expect(Self.problem(bytes, limits: ArchiveLimits(entries: 1)).contains("over 1 entries"))
        #expect(Self.problem(bytes, limits: ArchiveLimits(directory: 20)).contains("larger than is read"))
        #expect(Self.problem(bytes, limits: ArchiveLimits(entry: 1)).contains("a.json: is larger"))
        #expect(Self.problem(bytes, limits: ArchiveLimits(total: 4)).contains("when inflated"))
    }

    /// On a thread of its own: probes of other suites wait for answers meanwhile.
    @Test("an archive that is cut off anywhere is no archive")
    func cut() async throws {
        var large = Self.two
        large.isLarge = true
        for whole in [ZipWriter(Self.two.items).bytes(), large.bytes()] {
            let lengths =
                Array(stride(from: 0, to: whole.count, by: 9)) + [whole.count - 22, whole.count - 2, whole.count - 1]
            let taken = try await onThread {
                lengths.filter { Self.problem(Array(whole.prefix($0))).hasPrefix("taken") }
            }
            #expect(taken.isEmpty, "\(taken) of \(whole.count)")
        }
    }

    @Test("a byte changed anywhere gives another archive or a refusal, never a trap", arguments: [0, 1])
    func changed(form: Int) async throws {
        var writer = Self.two
        writer.isLarge = form == 1
        writer.items[1].isLarge = form == 1
        let whole = writer.bytes()
        let refused = try await onThread {
            stride(from: form, to: whole.count, by: 4).count { place in
                var bytes = whole
                bytes[place] = place % 3 == 0 ? 0xFF : whole[place] ^ 1
                return !Self.problem(bytes).hasPrefix("taken")
            }
        }
        #expect(refused > 8)
    }

    @Test("what isn't a plain file isn't opened, and nobody waits for it")
    func kinds() throws {
        let folder = try TemporaryDirectory("zip")
        defer { folder.remove() }
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        for (name, said) in [("pipe", "no plain file"), ("", "no plain file"), ("none", "isn't there")] {
            #expect {
                _ = try ArchiveFile(path: folder.file(name))
            } throws: {
                "\($0)".contains(said)
            }
        }
    }
}
