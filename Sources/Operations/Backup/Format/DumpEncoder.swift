import Crypto
import Kernel
import Store

/// Writes rows in a form that no engine owns (docs/decisions: backups are our own dump).
///
/// Records, each with a letter in front, numbers big-endian, texts and bytes with their length (32 bits) in front:
///
///     H  version (16)  program  engine  taken at (64, ns)  count (32)  { migration  checksum }
///     T  table  count (32)  { column }
///     R  { value }      0 | 1 integer (64) | 2 real (64, IEEE 754) | 3 text | 4 bytes
///     E  rows of this table (64)
///     Z  tables (64)  rows (64)  SHA-256 over everything before this record
final class DumpEncoder {
    private let sink: any ByteSink
    private var buffer: [UInt8] = []
    private var hash = SHA256()
    private var tableRows: UInt64 = 0
    private(set) var tables: UInt64 = 0
    private(set) var rows: UInt64 = 0

    init(into sink: any ByteSink, header: DumpHeader) throws {
        self.sink = sink
        letter("H")
        buffer += [0, UInt8(DumpHeader.version)]
        append(header.program)
        append(header.engine.rawValue)
        append(UInt64(bitPattern: header.takenAt.nanosecondsSinceEpoch))
        append(UInt32(clamping: header.migrations.count))
        for step in header.migrations {
            append(step.id)
            append(step.checksum)
        }
        try flush()
    }

    func table(_ name: String, columns: [String]) {
        letter("T")
        append(name)
        append(UInt32(clamping: columns.count))
        for column in columns { append(column) }
        tables += 1
        tableRows = 0
    }

    func row(_ values: [SQLValue]) throws {
        letter("R")
        for value in values { try append(value) }
        tableRows += 1
        rows += 1
        if buffer.count >= 1 << 16 { try flush() }
    }

    func endTable() throws {
        letter("E")
        append(tableRows)
        try flush()
    }

    func finish() throws {
        try flush()
        let digest = hash.finalize()
        letter("Z")
        append(tables)
        append(rows)
        buffer += digest
        try sink.write(buffer)
        buffer = []
        try sink.finish()
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        hash.update(data: buffer)
        try sink.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private func letter(_ letter: Unicode.Scalar) { buffer.append(UInt8(ascii: letter)) }
    private func append(_ number: UInt32) { withUnsafeBytes(of: number.bigEndian) { buffer += $0 } }
    private func append(_ number: UInt64) { withUnsafeBytes(of: number.bigEndian) { buffer += $0 } }

    private func append(_ text: String) {
        append(UInt32(clamping: text.utf8.count))
        buffer += text.utf8
    }

    private func append(_ value: SQLValue) throws {
        switch value {
        case .null: buffer.append(0)
        case .integer(let number):
            buffer.append(1)
            append(UInt64(bitPattern: number))
        case .real(let number):
            buffer.append(2)
            append(number.bitPattern)
        case .text(let text):
            try check(text.utf8.count)
            buffer.append(3)
            append(text)
        case .blob(let bytes):
            try check(bytes.count)
            buffer.append(4)
            append(UInt32(clamping: bytes.count))
            buffer += bytes
        }
    }

    /// Whoever reads holds a value at once: none may be larger than they take.
    private func check(_ count: Int) throws {
        guard count <= DumpHeader.largestValue else {
            throw BackupError(.schema, "a value of \(count) bytes is more than a backup takes (256 MiB)")
        }
    }
}

/// What a dump says about itself.
struct DumpHeader: Sendable, Equatable {
    struct Step: Sendable, Equatable {
        let id: String
        /// Of the statements for `engine`.
        let checksum: String
    }

    static let version = 1
    static let largestValue = 256 << 20

    /// The program's version that took it.
    let program: String
    let engine: DatabaseEngine
    let takenAt: Timestamp
    let migrations: [Step]
}
