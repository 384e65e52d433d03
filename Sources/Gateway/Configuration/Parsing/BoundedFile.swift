#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a file of settings: a regular file, of a bounded size, in UTF-8. Never blocks on a pipe or a device.
enum BoundedFile {
    struct Failure: Error, Equatable {
        /// What is wrong and what would be valid, for the file's author.
        let explanation: String
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The whole file, without a byte order mark.
    static func text(at path: String, limit: Int) throws(Failure) -> String {
        let bytes = try self.bytes(at: path, limit: limit)
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Failure(explanation: "is UTF-16; save it as UTF-8")
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes.dropFirst(0)
        guard let text = String(validating: content, as: UTF8.self) else {
            let line =
                String(decoding: content, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{FFFD}" }
                .count { $0 == "\n" } &+ 1
            throw Failure(explanation: "is not UTF-8 (line \(line)); save it as UTF-8")
        }
        return text
    }

    static func bytes(at path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(explanation: "can't be read: \(reason(errno))") }
        defer { close(descriptor) }
        // Only what can be rewound can be read again at reload.
        guard lseek(descriptor, 0, SEEK_CUR) >= 0 else {
            throw Failure(explanation: "is not a regular file (a pipe can't be read again at reload)")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EISDIR { throw Failure(explanation: "is a directory; name a file") }
            guard count >= 0 else { throw Failure(explanation: "can't be read: \(reason(errno))") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
            guard bytes.count <= limit else { throw Failure(explanation: "is larger than \(limit) bytes") }
        }
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT: "there is no such file"
        case EACCES, EPERM: "permission denied"
        case ELOOP: "too many symbolic links"
        case ENAMETOOLONG: "the name is too long"
        default: String(cString: strerror(code))
        }
    }
}
