import CHiredis
import Kernel

/// What Redis answered.
public enum RedisReply: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case list([RedisReply])
    /// Redis itself refused the command, such as `NOSCRIPT …` or `WRONGTYPE …`.
    case error(String)
}

/// One hiredis connection. Blocking: used by its client's thread only.
final class RedisConnection {
    private let context: UnsafeMutablePointer<redisContext>

    /// Connects, authenticates, selects the database.
    init(_ address: RedisAddress, timeout: Duration) throws(DatabaseError) {
        let limit = Int(timeout / .milliseconds(1))
        let context: UnsafeMutablePointer<redisContext>? =
            switch address.place {
            case .tcp(let host, let port): seaworthy_redis_connect(host, Int32(port), limit)
            case .unix(let path): seaworthy_redis_connect_unix(path, limit)
            }
        guard let context else { throw DatabaseError(.unavailable, "\(address.description): out of memory") }
        self.context = context
        guard context.pointee.err == 0 else {
            let error = failure(address)
            redisFree(context)
            throw error
        }
        seaworthy_redis_set_timeout(context, limit)
        redisEnableKeepAlive(context)
        do {
            try start(address)
        } catch {
            redisFree(context)
            throw error
        }
    }

    private func start(_ address: RedisAddress) throws(DatabaseError) {
        var commands: [[String]] = []
        if let password = address.password {
            commands.append(["AUTH"] + (address.user.map { [$0] } ?? []) + [password.reveal()])
        }
        if address.database != 0 { commands.append(["SELECT", "\(address.database)"]) }
        commands.append(["PING"])
        for reply in try run(commands) {
            guard case .error(let text) = reply else { continue }
            let isRefused = text.hasPrefix("NOAUTH") || text.hasPrefix("WRONGPASS") || text.hasPrefix("NOPERM")
            let code: DatabaseError.Code = isRefused || text.hasPrefix("ERR AUTH") ? .authentication : .unavailable
            throw DatabaseError(code, "\(address.description): \(text)")
        }
    }

    private func failure(_ address: RedisAddress?) -> DatabaseError {
        let text = withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return DatabaseError(.unavailable, [address?.description, text].compactMap { $0 }.joined(separator: ": "))
    }

    /// Sends all commands at once and reads their answers. After a throw the connection is of no use.
    func run(_ commands: [[String]]) throws(DatabaseError) -> [RedisReply] {
        for command in commands {
            let sent = RedisConnection.withArguments(command) { count, arguments, lengths in
                redisAppendCommandArgv(context, count, arguments, lengths)
            }
            guard sent == REDIS_OK else { throw failure(nil) }
        }
        var replies: [RedisReply] = []
        replies.reserveCapacity(commands.count)
        for _ in commands {
            var reply: UnsafeMutableRawPointer?
            guard redisGetReply(context, &reply) == REDIS_OK, let reply else { throw failure(nil) }
            defer { freeReplyObject(reply) }
            replies.append(RedisReply(reply.assumingMemoryBound(to: redisReply.self), depth: 0))
        }
        return replies
    }

    func finish() { redisFree(context) }

    private static func withArguments<Value>(
        _ arguments: [String],
        _ body: (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int>?) -> Value
    ) -> Value {
        // One buffer for all: an argument may hold a NUL, so its length counts, not its end.
        let bytes = arguments.reduce(into: [UInt8]()) { $0 += $1.utf8 } + [0]
        let lengths = arguments.map(\.utf8.count)
        return bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            var offset = 0
            var pointers = lengths.map { length -> UnsafePointer<CChar>? in
                defer { offset += length }
                return start.map { $0 + offset }
            }
            return pointers.withUnsafeMutableBufferPointer { body(Int32(arguments.count), $0.baseAddress, lengths) }
        }
    }
}

extension RedisReply {
    fileprivate init(_ reply: UnsafeMutablePointer<redisReply>, depth: Int) {
        switch reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = .integer(reply.pointee.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .text(RedisReply.text(reply))
        case REDIS_REPLY_ERROR: self = .error(RedisReply.text(reply))
        case REDIS_REPLY_ARRAY where depth < 8:
            self = .list(
                (0..<reply.pointee.elements).map { index in
                    reply.pointee.element[index].map { RedisReply($0, depth: depth + 1) } ?? .null
                })
        default: self = .null
        }
    }

    private static func text(_ reply: UnsafeMutablePointer<redisReply>) -> String {
        guard let start = reply.pointee.str else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: Int(reply.pointee.len)), as: UTF8.self)
    }
}
