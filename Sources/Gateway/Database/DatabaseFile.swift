import Foundation

/// The place of a SQLite file, looked at before SQLite does: its own words for what is wrong are few.
enum DatabaseFile {
    /// Makes an empty file (0600), and its directory (0700) when nobody chose the place.
    static func prepare(_ path: String, makesDirectory: Bool) throws(DatabaseFailure) {
        let cut = path.lastIndex(of: "/")
        let directory = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if makesDirectory { try make(directory) }
        guard access(directory, F_OK) == 0 else {
            throw DatabaseFailure(
                .cannotCreate, "the database \(path) has no place: there is no directory \(directory); make it first")
        }
        // SQLite keeps files beside the database, so the directory matters as much.
        guard faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw refusal(path, "the directory \(directory) is not writable (\(reason(errno)))")
        }
        if let type = kind(of: path) {
            guard type == .typeRegular else {
                throw DatabaseFailure(.configuration, "the database \(path) is no file: name a file for SQLite")
            }
            // Not opened: closing it would take away locks that this process holds on it.
            guard faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0 else {
                throw refusal(path, "the file is not writable (\(reason(errno)))")
            }
            return
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == EEXIST { return }
        guard descriptor >= 0 else {
            let code = errno
            let text = "the file can't be made (\(reason(code)))"
            if [EACCES, EPERM, EROFS].contains(code) { throw refusal(path, text) }
            throw DatabaseFailure(.cannotCreate, "the database \(path): \(text)")
        }
        close(descriptor)
    }

    /// Directories that hold state are their owner's alone, and no repository takes ours in by accident.
    static func make(_ directory: String) throws(DatabaseFailure) {
        guard access(directory, F_OK) != 0 else { return }
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            let code = errno
            throw DatabaseFailure(
                [EACCES, EPERM, EROFS].contains(code) ? .notPermitted : .cannotCreate,
                "the directory \(directory) can't be made (\(reason(code))); --database FILE names another place, `none` does without"
            )
        }
        let ignore = open(directory + "/.gitignore", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard ignore >= 0 else { return }
        _ = write(ignore, "*\n", 2)
        close(ignore)
    }

    /// nil where there is nothing.
    private static func kind(of path: String) -> FileAttributeType? {
        guard access(path, F_OK) == 0 else { return nil }
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return (try? FileManager.default.attributesOfItem(atPath: target))?[.type] as? FileAttributeType ?? .typeUnknown
    }

    private static func refusal(_ path: String, _ text: String) -> DatabaseFailure {
        DatabaseFailure(.notPermitted, "the database \(path) can't be used: \(text)")
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
