import CPq
import Glibc
import Kernel

/// One libpq connection. Blocking: used on a thread of the pool only, by one thread at a time.
final class PostgresConnection: DriverConnection {
    private let handle: OpaquePointer
    /// Statements that this connection has prepared, by text, oldest first.
    private var prepared: [String: String] = [:]
    private var preparationOrder: [String] = []
    private var preparations = 0
    /// Set once something happened after which nobody should use it again.
    private(set) var isBroken = false

    /// Connects, within the address's `connect_timeout`.
    init(_ address: PostgresAddress, settings: DatabaseSettings) throws(DatabaseError) {
        var parameters = address.parameters.map { ($0.keyword, $0.value.reveal()) }
        let options: [(String, String)] = [
            ("connect_timeout", "\(max(2, Int(settings.connectTimeout.seconds.rounded(.up))))"),
            ("client_encoding", "UTF8"),
            ("fallback_application_name", "seaworthy"),
            ("keepalives_idle", "20"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(max(5, Int(settings.statementTimeout.seconds) * 2) * 1000)"),
        ]
        for option in options where !parameters.contains(where: { $0.0 == option.0 }) { parameters.append(option) }
        guard let handle = PostgresConnection.connect(parameters) else {
            throw DatabaseError(.unavailable, "out of memory")
        }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            let error = DatabaseError(connecting: handle, address: address)
            PQfinish(handle)
            throw error
        }
        do {
            try start(settings)
        } catch {
            PQfinish(handle)
            throw error
        }
    }

    private static func connect(_ parameters: [(String, String)]) -> OpaquePointer? {
        var keywords = parameters.map { strdup($0.0) } + [nil]
        var values = parameters.map { strdup($0.1) } + [nil]
        defer {
            for pointer in keywords { free(pointer) }
            for pointer in values { free(pointer) }
        }
        return keywords.withUnsafeMutableBufferPointer { keywords in
            values.withUnsafeMutableBufferPointer { values in
                keywords.withMemoryRebound(to: UnsafePointer<CChar>?.self) { keywords in
                    values.withMemoryRebound(to: UnsafePointer<CChar>?.self) { values in
                        PQconnectdbParams(keywords.baseAddress, values.baseAddress, 0)
                    }
                }
            }
        }
    }

    private func start(_ settings: DatabaseSettings) throws(DatabaseError) {
        // Notices (“table doesn't exist, skipping”) would go to standard error.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        // A dead client's transaction must not hold its locks for ever.
        try simple(
            """
            SET lock_timeout = \(Int(settings.lockTimeout.seconds * 1000)); \
            SET statement_timeout = \(Int(settings.statementTimeout.seconds * 1000)); \
            SET idle_in_transaction_session_timeout = \(Int(settings.statementTimeout.seconds * 1000) * 4); \
            SET bytea_output = 'hex'; SET extra_float_digits = 3; SET standard_conforming_strings = on
            """)
    }

    /// Whether it stands, as far as libpq knows without asking the server.
    var isUsable: Bool { !isBroken && PQstatus(handle) == CONNECTION_OK }
    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }
    var socket: CInt { PQsocket(handle) }

    func finish() {
        isBroken = true
        PQfinish(handle)
    }

    /// Text without values, several statements at once: our own only.
    func simple(_ text: String) throws(DatabaseError) {
        let result = PQexec(handle, text)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY else {
            throw failure(result)
        }
    }

    /// COMMIT, believed only when the server says so: it answers a failed transaction's COMMIT with a ROLLBACK that looks
    /// like success.
    func commit() throws(DatabaseError) {
        let result = PQexec(handle, "COMMIT")
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw failure(result) }
        let tag = PQcmdStatus(result).map { String(cString: $0) } ?? ""
        guard tag == "COMMIT" else { throw DatabaseError(.other, "the server undid the transaction (\(tag))") }
    }

    func run(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> StatementResult {
        let result: OpaquePointer?
        if values.isEmpty, !PostgresConnection.isWorthPreparing(text) {
            result = PQexecParams(handle, text, 0, nil, nil, nil, nil, 0)
        } else {
            let name = try prepare(text)
            result = PostgresConnection.withParameters(values) { count, pointers, lengths, formats in
                PQexecPrepared(handle, name, count, pointers, lengths, formats, 0)
            }
        }
        defer { PQclear(result) }
        return try read(result)
    }

    func each(_ text: String, _ values: [SQLValue], _ body: (Row) throws -> Void) throws {
        let cursor = "seaworthy_cursor"
        let result = PostgresConnection.withParameters(values) { count, pointers, lengths, formats in
            PQexecParams(
                handle, "DECLARE \(cursor) NO SCROLL CURSOR FOR \(text)", count, nil, pointers, lengths, formats, 0)
        }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw failure(result) }
        // As many rows at a time as come to about a mebibyte: a cursor over large values stays in bounded memory.
        var count = 16
        while true {
            let batch = PQexecParams(handle, "FETCH \(count) FROM \(cursor)", 0, nil, nil, nil, nil, 0)
            defer { PQclear(batch) }
            let rows = try read(batch)
            for values in rows.rows { try body(Row(columns: rows.columns, values: values)) }
            if rows.rows.isEmpty { break }
            count = PostgresConnection.nextBatch(after: count, bytes: PQresultMemorySize(batch))
        }
        try simple("CLOSE \(cursor)")
    }

    private static func nextBatch(after count: Int, bytes: Int) -> Int {
        if bytes > 1 << 20 { return max(1, count / 2) }
        return bytes < 1 << 18 ? min(count * 2, 1000) : count
    }

    private static func isWorthPreparing(_ text: String) -> Bool {
        text.hasPrefix("SELECT") || text.hasPrefix("INSERT") || text.hasPrefix("UPDATE") || text.hasPrefix("DELETE")
    }

    private func prepare(_ text: String) throws(DatabaseError) -> String {
        if let name = prepared[text] { return name }
        if preparationOrder.count >= 200 {
            let oldest = preparationOrder.removeFirst()
            if let name = prepared.removeValue(forKey: oldest) { try simple("DEALLOCATE \(name)") }
        }
        preparations += 1
        let name = "s\(preparations)"
        let result = PQprepare(handle, name, text, 0, nil)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw failure(result) }
        prepared[text] = name
        preparationOrder.append(text)
        return name
    }

    private func failure(_ result: OpaquePointer?) -> DatabaseError {
        let state = PQresultErrorField(result, CInt(UInt8(ascii: "C"))).map { String(cString: $0) }
        // After a schema change a prepared plan is stale: this connection can't know which, so it is replaced.
        if PQstatus(handle) != CONNECTION_OK || state.map(DatabaseError.breaksConnection) ?? true { isBroken = true }
        return DatabaseError(result: result, state: state, connection: handle)
    }

    // MARK: Values

    private static func withParameters<Value>(
        _ values: [SQLValue],
        _ body: (
            CInt, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?
        ) -> Value
    ) -> Value {
        // One buffer for all, so that nothing is allocated per value.
        var bytes: [UInt8] = []
        var spans: [(offset: Int, length: Int, format: CInt)?] = []
        spans.reserveCapacity(values.count)
        for value in values {
            let offset = bytes.count
            switch value {
            case .null: spans.append(nil)
            case .blob(let blob):
                bytes += blob
                bytes.append(0)
                spans.append((offset, blob.count, 1))
            case .integer(let number): append("\(number)")
            case .real(let number): append("\(number)")
            case .text(let text): append(text)
            }
            func append(_ text: String) {
                bytes += text.utf8
                bytes.append(0)
                spans.append((offset, bytes.count - offset - 1, 0))
            }
        }
        return bytes.withUnsafeBufferPointer { buffer in
            let base = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            let pointers = spans.map { span in span.flatMap { span in base.map { $0 + span.offset } } }
            let lengths = spans.map { CInt(clamping: $0?.length ?? 0) }
            let formats = spans.map { $0?.format ?? 0 }
            return pointers.withUnsafeBufferPointer { pointers in
                body(CInt(values.count), pointers.baseAddress, lengths, formats)
            }
        }
    }

    private func read(_ result: OpaquePointer?) throws(DatabaseError) -> StatementResult {
        let status = PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else { throw failure(result) }
        var read = StatementResult()
        read.changed = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        let columns = PQnfields(result)
        guard columns > 0 else { return read }
        read.columns = (0..<columns).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
        let types = (0..<columns).map { PostgresType(oid: PQftype(result, $0)) }
        let count = PQntuples(result)
        read.rows.reserveCapacity(Int(count))
        for row in 0..<count {
            var values: [SQLValue] = []
            values.reserveCapacity(Int(columns))
            for (column, type) in zip(0..<columns, types) {
                guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
                    values.append(.null)
                    continue
                }
                let text = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
                values.append(try type.value(text))
            }
            read.rows.append(values)
        }
        return read
    }

    // MARK: Notifications

    /// Waits until the server says something or `milliseconds` have passed; true when a notification came.
    func awaitNotification(milliseconds: Int32) throws(DatabaseError) -> Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let ready = poll(&descriptor, 1, milliseconds)
        guard ready > 0 else { return false }
        guard PQconsumeInput(handle) == 1 else {
            isBroken = true
            throw DatabaseError(.unavailable, "the connection broke")
        }
        var came = false
        while let notification = PQnotifies(handle) {
            came = true
            PQfreemem(notification)
        }
        return came
    }
}
