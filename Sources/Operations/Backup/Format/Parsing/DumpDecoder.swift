import Crypto
import Kernel
import Store

/// Reads what `DumpEncoder` wrote, record by record; everything is checked, nothing believed.
final class DumpDecoder {
    enum Record: Equatable {
        case table(String, columns: [String])
        case row([SQLValue])
        case endOfTable(rows: Int)
        case end(tables: Int, rows: Int)
    }

    let header: DumpHeader
    private var input: DumpInput
    /// Columns of the table that is being read; nil between tables.
    private var columns: Int?
    private var tableRows: UInt64 = 0
    private var tables: UInt64 = 0
    private var rows: UInt64 = 0

    /// - Throws: `BackupError`, as everything here.
    init(from source: any ByteSource) throws {
        var input = DumpInput(source)
        guard try input.byte() == UInt8(ascii: "H"), try input.byte() == 0 else {
            throw DumpDecoder.damage("its header")
        }
        let version = try input.byte()
        guard version == UInt8(clamping: DumpHeader.version) else {
            throw BackupError(
                .newer,
                "the backup's rows have format \(version), this program reads \(DumpHeader.version): use a newer one")
        }
        let program = try input.text(atMost: 256)
        let engine = try input.text(atMost: 32)
        guard let engine = DatabaseEngine(rawValue: engine) else {
            throw BackupError(.newer, "the backup is of an engine that this program doesn't know: \(engine.prefix(32))")
        }
        let takenAt = Timestamp(nanosecondsSinceEpoch: Int64(bitPattern: try input.number64()))
        var steps: [DumpHeader.Step] = []
        for _ in 0..<(try input.count(atMost: 100_000)) {
            steps.append(DumpHeader.Step(id: try input.text(atMost: 256), checksum: try input.text(atMost: 256)))
        }
        header = DumpHeader(program: program, engine: engine, takenAt: takenAt, migrations: steps)
        self.input = input
    }

    /// The next record; nil after the end.
    func next() throws -> Record? {
        input.markRecord()
        guard let letter = try input.byteOrEnd() else { return nil }
        switch (letter, columns) {
        case (UInt8(ascii: "T"), nil): return try table()
        case (UInt8(ascii: "R"), let count?): return try row(count)
        case (UInt8(ascii: "E"), .some):
            guard try input.number64() == tableRows else { throw DumpDecoder.damage("the number of a table's rows") }
            columns = nil
            return .endOfTable(rows: Int(clamping: tableRows))
        case (UInt8(ascii: "Z"), nil): return try end()
        default: throw DumpDecoder.damage("the order of its records")
        }
    }

    private func table() throws -> Record {
        let name = try input.text(atMost: 256)
        var names: [String] = []
        for _ in 0..<(try input.count(atMost: 2000)) { names.append(try input.text(atMost: 256)) }
        guard !names.isEmpty else { throw DumpDecoder.damage("a table without columns") }
        columns = names.count
        tables &+= 1
        tableRows = 0
        return .table(name, columns: names)
    }

    private func row(_ count: Int) throws -> Record {
        var values: [SQLValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try input.value()) }
        tableRows &+= 1
        rows &+= 1
        return .row(values)
    }

    private func end() throws -> Record {
        let digest = input.digestBeforeRecord()
        guard try input.number64() == tables, try input.number64() == rows, try input.take(32) == digest else {
            throw DumpDecoder.damage("its trailer")
        }
        guard try input.byteOrEnd() == nil else { throw DumpDecoder.damage("something after its trailer") }
        isComplete = true
        return .end(tables: Int(clamping: tables), rows: Int(clamping: rows))
    }

    /// The trailer was read and right.
    private(set) var isComplete = false

    /// Authentic bytes that don't make sense: written by a program with a defect, or by somebody else with the key.
    static func damage(_ what: String) -> BackupError {
        BackupError(.damaged, "the backup is damaged: \(what) isn't right")
    }
}

/// Checked reading from a source, with a hash over what was read.
private struct DumpInput {
    private let source: any ByteSource
    private var buffer: ArraySlice<UInt8> = []
    private var hash = SHA256()
    /// Bytes of the buffer since the hash was last brought up to date.
    private var unhashed: [UInt8] = []

    init(_ source: any ByteSource) { self.source = source }

    /// A record begins here: what was read so far goes into the hash.
    mutating func markRecord() {
        guard unhashed.count >= 65_536 else {
            recordStart = unhashed.count
            return
        }
        hash.update(data: unhashed)
        unhashed.removeAll(keepingCapacity: true)
        recordStart = 0
    }
    private var recordStart = 0

    /// SHA-256 over everything before the record that is being read.
    mutating func digestBeforeRecord() -> [UInt8] {
        var copy = hash
        copy.update(data: unhashed.prefix(recordStart))
        return Array(copy.finalize())
    }

    mutating func byteOrEnd() throws -> UInt8? {
        if buffer.isEmpty { buffer = ArraySlice(try source.read(65_536)) }
        guard let byte = buffer.popFirst() else { return nil }
        unhashed.append(byte)
        return byte
    }

    mutating func byte() throws -> UInt8 {
        guard let byte = try byteOrEnd() else { throw BackupError(.truncated, "the backup ends too early") }
        return byte
    }

    mutating func take(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            if buffer.isEmpty { buffer = ArraySlice(try source.read(65_536)) }
            guard !buffer.isEmpty else { throw BackupError(.truncated, "the backup ends too early") }
            let piece = buffer.prefix(count &- bytes.count)
            bytes.append(contentsOf: piece)
            buffer = buffer.dropFirst(piece.count)
        }
        unhashed.append(contentsOf: bytes)
        return bytes
    }

    mutating func number32() throws -> UInt32 { try take(4).reduce(0) { $0 &<< 8 | UInt32(truncatingIfNeeded: $1) } }
    mutating func number64() throws -> UInt64 { try take(8).reduce(0) { $0 &<< 8 | UInt64($1) } }

    mutating func count(atMost limit: Int) throws -> Int {
        let count = Int(try number32())
        guard count <= limit else { throw DumpDecoder.damage("a length") }
        return count
    }

    mutating func text(atMost limit: Int) throws -> String {
        let bytes = try take(try count(atMost: limit))
        guard let text = String(validating: bytes, as: UTF8.self) else { throw DumpDecoder.damage("a text") }
        return text
    }

    mutating func value() throws -> SQLValue {
        switch try byte() {
        case 0: return .null
        case 1: return .integer(Int64(bitPattern: try number64()))
        case 2: return .real(Double(bitPattern: try number64()))
        case 3: return .text(try text(atMost: DumpHeader.largestValue))
        case 4: return .blob(try take(try count(atMost: DumpHeader.largestValue)))
        default: throw DumpDecoder.damage("a value")
        }
    }
}
