import Foundation
import Glibc

/// A copy of a source tree to build in, and a place for everything that a build writes; gone with `remove()`.
struct TreeCopy: Sendable {
    struct Failure: Error, Equatable, CustomStringConvertible {
        var description: String
    }
    /// The folder that is built in.
    let tree: String
    let home: String
    let temporary: String
    private let base: String
    private static let mark = "seaworthy-rebuild-"
    private static let mostFiles = 500_000
    private static let mostBytes = 8 * 1_073_741_824

    /// What is installed beside the source, and a build needs although it is ignored.
    private static let needed: Set<String> = [
        "node_modules", "vendor", ".venv", "venv", "env", "Pods", ".yarn", ".git",
    ]
    /// What builds leave.
    private static let outputs: Set<String> = SourceTree.excludedFolders.subtracting(needed)
        .subtracting(["bower_components", "third_party", "site-packages", "dist-packages", ".hg", ".svn"])

    /// Copies `root` into a new folder.
    /// - Parameters:
    ///   - name: of the folder: two copies have paths of different length.
    ///   - seconds: what every file says of its last change.
    ///   - backwards: whether the files are made in the opposite order, which some file systems show.
    init(
        of root: String, name: String, without: [String], seconds: Int, backwards: Bool, isStopped: @Sendable () -> Bool
    ) throws(Failure) {
        let folder = FileManager.default.temporaryDirectory.path
        var template = Array("\(folder)/\(Self.mark)\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(description: "no folder can be made in \(folder)") }
        base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        (tree, home, temporary) = ("\(base)/\(name)", "\(base)/home", "\(base)/tmp")
        do {
            for path in [tree, home, temporary] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
            try copy(root, without, seconds, backwards, isStopped)
        } catch {
            remove()
            throw (error as? Failure) ?? Failure(description: "the source can't be copied: \(reason(error))")
        }
    }

    private func copy(
        _ root: String, _ without: [String], _ seconds: Int, _ backwards: Bool, _ isStopped: @Sendable () -> Bool
    ) throws {
        let patterns = without.map { PathPattern($0) }
        var (files, bytes) = (0, 0)
        var waiting = [""]
        var folders: [String] = []
        while let folder = waiting.popLast() {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? root : "\(root)/\(folder)")
                .sorted()
            for name in backwards ? names.reversed() : names {
                if isStopped() { throw Failure(description: "interrupted") }
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                if patterns.contains(where: { $0.matches(path) }) { continue }
                var state = stat()
                guard lstat("\(root)/\(path)", &state) == 0 else { continue }
                let kind = state.st_mode & S_IFMT
                if kind == S_IFDIR {
                    // Somebody's build in there now would only be in the way; `.git` says what version this is.
                    if Self.outputs.contains(name) || name.hasSuffix(".egg-info") || name.hasPrefix(Self.mark) {
                        continue
                    }
                    try FileManager.default.createDirectory(
                        atPath: "\(tree)/\(path)", withIntermediateDirectories: false)
                    waiting.append(path)
                    folders.append(path)
                    continue
                }
                guard kind == S_IFREG || kind == S_IFLNK else { continue }
                files += 1
                bytes += max(0, Int(clamping: state.st_size))
                guard files <= Self.mostFiles, bytes <= Self.mostBytes else {
                    throw Failure(description: "the source has over \(Self.mostFiles) files or 8 GiB")
                }
                try FileManager.default.copyItem(atPath: "\(root)/\(path)", toPath: "\(tree)/\(path)")
                Self.date("\(tree)/\(path)", seconds)
            }
        }
        for folder in folders.reversed() + [""] { Self.date("\(tree)/\(folder)", seconds) }
    }

    private static func date(_ path: String, _ seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW)
    }

    /// Takes it away, also what a build made read-only.
    func remove() { Self.remove(base) }

    private static func remove(_ path: String) {
        if (try? FileManager.default.removeItem(atPath: path)) != nil { return }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        for name in [""] + names {
            var state = stat()
            let place = name.isEmpty ? path : "\(path)/\(name)"
            if lstat(place, &state) == 0, state.st_mode & S_IFMT == S_IFDIR { chmod(place, 0o700) }
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Copies of runs that were killed and could not take theirs away.
    static func sweep() {
        let folder = FileManager.default.temporaryDirectory.path
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(mark) {
            guard let id = pid_t(name.dropFirst(mark.count).prefix { $0 != "-" }), id > 0, kill(id, 0) != 0,
                errno == ESRCH
            else { continue }
            var state = stat()
            guard lstat("\(folder)/\(name)", &state) == 0, state.st_uid == geteuid() else { continue }
            remove("\(folder)/\(name)")
        }
    }

    private func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        return visible((cocoa.userInfo[NSFilePathErrorKey] as? String) ?? cocoa.localizedDescription, limit: 200)
    }

    /// The file at `path` in the copy: nil where it isn't there, isn't a plain file, or a link leads out of the copy.
    func file(_ path: String) -> String? {
        Self.inside(tree, path)
    }

    /// The real place of a plain file inside of a folder; a link may lead to another place in it.
    static func inside(_ folder: String, _ path: String) -> String? {
        guard let whole = realpath("\(folder)/\(path)", nil), let top = realpath(folder, nil) else { return nil }
        defer {
            free(whole)
            free(top)
        }
        let (place, base) = (String(cString: whole), String(cString: top))
        var state = stat()
        guard place.hasPrefix(base + "/"), lstat(place, &state) == 0, state.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return place
    }
}
