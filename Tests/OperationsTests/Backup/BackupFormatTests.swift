import Crypto
import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("A backup's bytes")
struct BackupFormatTests {
    private static let header = DumpHeader(
        program: "1.0", engine: .sqlite, takenAt: Timestamp(nanosecondsSinceEpoch: 5),
        migrations: [DumpHeader.Step(id: "0001-a", checksum: "ab")])

    /// A sealed dump of these rows of one table.
    private static func sealed(_ rows: [[SQLValue]], key: FileKey, compress: Bool = true) throws -> [UInt8] {
        let sink = MemorySink()
        let sealed = try SealedWriter(into: sink, key: key)
        let encoder = try DumpEncoder(into: compress ? try Deflater(into: sealed) : sealed, header: header)
        encoder.table("t", columns: (rows.first ?? [.null]).indices.map { "c\($0)" })
        for row in rows { try encoder.row(row) }
        try encoder.endTable()
        try encoder.finish()
        return sink.bytes
    }

    private static func key(seed: UInt64 = 1) throws -> FileKey {
        try BackupFixture.seal.fileKey(random: SeededRandomSource(seed: seed))
    }

    /// What opening and reading all of it gives.
    private static func rows(_ bytes: [UInt8], known key: FileKey? = nil, compressed: Bool = true) throws
        -> [[SQLValue]]
    {
        let source = MemorySource(bytes, piece: 1000)
        let envelope = try BackupEnvelope(reading: source)
        let fileKey: FileKey
        if let key, BackupEnvelope.header(envelope.method) == key.header, envelope.check == key.check {
            fileKey = key
        } else {
            fileKey = try BackupFixture.opener.fileKey(for: envelope)
        }
        let reader = SealedReader(from: source, key: fileKey)
        let decoder = try DumpDecoder(from: compressed ? try Inflater(from: reader) : reader)
        var rows: [[SQLValue]] = []
        while let record = try decoder.next() { if case .row(let values) = record { rows.append(values) } }
        guard decoder.isComplete else { throw BackupError(.truncated, "no trailer") }
        return rows
    }

    private static let small: [[SQLValue]] = [[.integer(1), .text("x")], [.null, .blob([1, 2, 3])]]

    @Test("rows come back as they went in, whatever they hold", arguments: Seeds.first(20))
    func roundTrip(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let columns = generator.number(1...6)
        let rows: [[SQLValue]] = (0..<generator.number(0...300)).map { _ in
            (0..<columns).map { _ in
                switch generator.number(0...5) {
                case 0: .null
                case 1: .integer(Int64(bitPattern: generator.next()))
                case 2: .real(Double(bitPattern: generator.next() & 0x7FEF_FFFF_FFFF_FFFF))
                case 3: .text(generator.text(0...40, of: "aä漢🧭\n\"'\\"))
                case 4: .text("")
                default:
                    .blob((0..<generator.number(0...2000)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
                }
            }
        }
        let key = try Self.key(seed: seed)
        #expect(try Self.rows(try Self.sealed(rows, key: key), known: key) == rows)
    }

    @Test("a byte that is flipped anywhere is found")
    func flipped() throws {
        let key = try Self.key()
        let bytes = try Self.sealed(Self.small, key: key)
        #expect(try Self.rows(bytes, known: key) == Self.small)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            let error = #expect(throws: BackupError.self, "byte \(index) of \(bytes.count)") {
                try Self.rows(changed, known: key)
            }
            let codes: [BackupError.Code] = [.foreign, .newer, .key, .damaged, .truncated]
            #expect(codes.contains(error?.code ?? .file) && error?.detail.isEmpty == false)
        }
    }

    @Test("a backup that was cut off is found at every length, and one that something was added to")
    func cut() throws {
        let key = try Self.key()
        let bytes = try Self.sealed(Self.small, key: key)
        for length in 0..<bytes.count {
            #expect(throws: BackupError.self, "cut to \(length) of \(bytes.count)") {
                try Self.rows(Array(bytes.prefix(length)), known: key)
            }
        }
        for extra in [1, 15, 16, 17, 65_552] {
            #expect(throws: BackupError.self) {
                try Self.rows(bytes + [UInt8](repeating: 0, count: extra), known: key)
            }
        }
    }

    /// Rows that don't compress into one chunk: several chunks.
    private static let large: [[SQLValue]] = (0..<40).map { [.blob([UInt8](repeating: UInt8($0), count: 8192))] }

    @Test("chunks that are swapped, repeated, left out or taken from another backup are found; so is a cut between two")
    func chunks() throws {
        let key = try Self.key()
        let bytes = try Self.sealed(Self.large, key: key, compress: false)
        let other = try Self.sealed(Self.large, key: try Self.key(seed: 2), compress: false)
        let start = key.header.count + key.check.count
        let size = 65_552
        let lead = Array(bytes.prefix(start))
        let parts = stride(from: start, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
        let others = stride(from: start, to: other.count, by: size).map {
            Array(other[$0..<min($0 + size, other.count)])
        }
        #expect(parts.count > 4)
        #expect(try Self.rows(lead + parts.flatMap(\.self), known: key, compressed: false) == Self.large)
        var swapped = parts
        swapped.swapAt(1, 2)
        var replaced = parts
        replaced[2] = others[2]
        let cases: [(String, [[UInt8]], BackupError.Code)] = [
            ("swapped", swapped, .damaged),
            ("first two swapped", [parts[1], parts[0]] + parts.dropFirst(2), .damaged),
            ("repeated", Array(parts.prefix(2)) + Array(parts.dropFirst()), .damaged),
            ("left out", Array(parts.prefix(1)) + Array(parts.dropFirst(2)), .damaged),
            ("another's", replaced, .damaged),
            ("another's end", Array(parts.dropLast()) + others.suffix(1), .damaged),
            ("without its end", Array(parts.dropLast()), .truncated),
            ("end alone", Array(parts.suffix(1)), .damaged),
            ("no chunk", [], .truncated),
            ("end twice", parts + parts.suffix(1), .damaged),
        ]
        for (name, list, code) in cases {
            let error = #expect(throws: BackupError.self, "\(name)") {
                try Self.rows(lead + list.flatMap(\.self), known: key, compressed: false)
            }
            #expect(error?.code == code, "\(name): \(error?.detail ?? "")")
        }
    }

    @Test("a wrong passphrase, a wrong key, the wrong kind of key and a foreign file each have their message")
    func keys() throws {
        let bytes = try Self.sealed(Self.small, key: try Self.key())
        func failure(_ bytes: [UInt8], _ opener: BackupOpener) throws -> BackupError? {
            do {
                _ = try opener.fileKey(for: try BackupEnvelope(reading: MemorySource(bytes)))
                return nil
            } catch let error as BackupError { return error }
        }
        let random = SeededRandomSource(seed: 4)
        let identity = try BackupPrivateKey(random: random)
        let other = try BackupPrivateKey(random: random)
        let forKey = try Self.sealed(
            Self.small, key: try BackupSeal.recipient(identity.publicKey).fileKey(random: random))
        #expect(try failure(bytes, .passphrase(BackupFixture.passphrase)) == nil)
        #expect(try failure(forKey, .identity(identity)) == nil)
        let wrong = try failure(bytes, .passphrase(Secret("correct horse battery stable")))
        #expect(wrong?.code == .key && wrong?.detail.contains("doesn't open") == true)
        #expect(try failure(bytes, .identity(identity))?.detail.contains("made with a passphrase") == true)
        #expect(try failure(forKey, .identity(other))?.detail.contains("made for another key") == true)
        #expect(try failure(forKey, .passphrase(Secret("x")))?.detail.contains("give the private key") == true)
        #expect(try failure(Array("PK\u{3}\u{4} some archive".utf8), .identity(identity))?.code == .foreign)
        #expect(try failure([], .identity(identity))?.code == .foreign)
        #expect(try failure(Array("SWBACKUP".utf8) + [2, 1], .identity(identity))?.code == .newer)
    }

    @Test("a file can't ask for a key that costs gigabytes or minutes")
    func cost() throws {
        for (logN, r, p) in [(40, 8, 1), (9, 8, 1), (19, 8, 1), (15, 255, 1), (15, 8, 255), (15, 8, 0), (0, 0, 0)] {
            let header =
                BackupEnvelope.magic + [1, 1] + [UInt8](repeating: 0, count: 16) + [UInt8(logN), UInt8(r), UInt8(p)]
            let error = #expect(throws: BackupError.self) {
                try BackupEnvelope(reading: MemorySource(header + [UInt8](repeating: 0, count: 32)))
            }
            #expect(error?.code == .damaged)
        }
    }

    @Test("no two files share a key, even with one passphrase")
    func fresh() throws {
        let random = SeededRandomSource(seed: 9)
        let identity = try BackupPrivateKey(random: random)
        for seal in [BackupFixture.seal, .recipient(identity.publicKey)] {
            let keys = try (0..<8).map { _ in try seal.fileKey(random: random).key.withUnsafeBytes { Array($0) } }
            #expect(Set(keys).count == 8)
        }
    }

    @Test("keys are read back from their text, and mistyped ones are not")
    func keyText() throws {
        let key = try BackupPrivateKey(random: SeededRandomSource(seed: 5))
        let text = key.publicKey.text
        #expect(BackupPublicKey(text: text)?.id == key.publicKey.id)
        #expect(BackupPrivateKey(text: Secret(key.text.reveal() + "\n"))?.publicKey.id == key.publicKey.id)
        #expect(BackupPublicKey(text: key.text.reveal()) == nil, "a private key in the place of a public one")
        for index in text.indices.dropLast() {
            var changed = text
            changed.replaceSubrange(index...index, with: changed[index] == "A" ? "B" : "A")
            #expect(BackupPublicKey(text: changed) == nil)
        }
    }

    @Test("authentic bytes that make no sense are an error, never the end of the process", arguments: Seeds.first(60))
    func nonsense(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sink = MemorySink()
        let encoder = try DumpEncoder(into: sink, header: Self.header)
        encoder.table("t", columns: ["a", "b"])
        for row in Self.small { try encoder.row(row) }
        try encoder.endTable()
        try encoder.finish()
        for _ in 0..<200 {
            var bytes = sink.bytes
            for _ in 0..<generator.number(1...4) {
                bytes[generator.number(0...bytes.count - 1)] = UInt8(truncatingIfNeeded: generator.next())
            }
            if generator.oneIn(3) { bytes = Array(bytes.prefix(generator.number(0...bytes.count))) }
            guard bytes != sink.bytes else { continue }
            #expect(throws: BackupError.self) {
                let decoder = try DumpDecoder(from: MemorySource(bytes))
                while try decoder.next() != nil {}
                guard decoder.isComplete else { throw BackupError(.truncated, "no trailer") }
            }
        }
    }

    @Test("compressed nonsense and what follows the compressed end are errors")
    func inflated() throws {
        let sink = MemorySink()
        let deflater = try Deflater(into: sink)
        try deflater.write(Array("hello".utf8))
        try deflater.finish()
        for bytes in [sink.bytes + [0], Array(sink.bytes.dropLast()), [1, 2, 3, 4], []] {
            #expect(throws: BackupError.self) {
                let inflater = try Inflater(from: MemorySource(bytes))
                while try !inflater.read(10).isEmpty {}
            }
        }
    }
}
