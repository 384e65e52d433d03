import Foundation

/// The commit that a folder's working tree is at, read from git's own files; no git is run.
public enum GitRevision {
    /// From `folder` or the nearest folder above it; nil where there is no repository or no commit.
    public static func head(of folder: String) -> String? {
        var place = URL(fileURLWithPath: folder).standardizedFileURL
        for _ in 0..<40 {
            let git = place.appendingPathComponent(".git")
            if FileManager.default.fileExists(atPath: git.path) { return commit(gitFolder(git)) }
            let above = place.deletingLastPathComponent()
            if above.path == place.path { return nil }
            place = above
        }
        return nil
    }

    /// A work tree's `.git` may be a file that says where the real one is.
    private static func gitFolder(_ git: URL) -> URL {
        guard let line = firstLine(git), line.hasPrefix("gitdir: ") else { return git }
        let path = String(line.dropFirst(8))
        return path.hasPrefix("/")
            ? URL(fileURLWithPath: path) : git.deletingLastPathComponent().appendingPathComponent(path)
    }

    private static func commit(_ git: URL) -> String? {
        guard let head = firstLine(git.appendingPathComponent("HEAD")) else { return nil }
        guard head.hasPrefix("ref: ") else { return hash(head) }
        let name = String(head.dropFirst(5))
        guard !name.contains("..") else { return nil }
        // A work tree keeps its branches in the repository that it belongs to.
        let shared = firstLine(git.appendingPathComponent("commondir")).map { git.appendingPathComponent($0) }
        for folder in [git, shared].compactMap({ $0 }) {
            if let own = firstLine(folder.appendingPathComponent(name)).flatMap(hash) { return own }
            guard let packed = text(folder.appendingPathComponent("packed-refs")) else { continue }
            for line in packed.split(separator: "\n") where line.hasSuffix(" \(name)") {
                return hash(String(line.prefix { $0 != " " }))
            }
        }
        return nil
    }

    private static func hash(_ text: String) -> String? {
        text.count >= 40 && text.allSatisfy(\.isHexDigit) ? text : nil
    }

    private static func firstLine(_ url: URL) -> String? {
        text(url)?.split(separator: "\n").first.map { $0.trimmed }
    }

    private static func text(_ url: URL) -> String? {
        guard let (bytes, _) = try? EvidenceReader.contents(url.path) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
