import Foundation

/// The project's own files, read from the directory that holds `Package.swift`.
enum ProjectTree {
    struct File {
        /// Relative to the project, such as `Sources/Kernel/Secret.swift`.
        let path: String
        let text: String
    }

    static let root: String = {
        var directory = URL(fileURLWithPath: #filePath)
        while directory.path != "/" {
            directory.deleteLastPathComponent()
            let manifest = directory.appendingPathComponent("Package.swift").path
            if FileManager.default.fileExists(atPath: manifest) { return directory.path }
        }
        return FileManager.default.currentDirectoryPath
    }()

    static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: root + "/" + path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Files under `directories` whose names end in `.suffix`, sorted by path.
    static func files(in directories: [String], suffix: String = "swift") -> [File] {
        directories.flatMap { directory in
            let found = FileManager.default.enumerator(atPath: root + "/" + directory)?.compactMap { $0 as? String }
            return (found ?? []).filter { $0.hasSuffix("." + suffix) && !$0.contains(".build/") }.sorted()
                .map { File(path: "\(directory)/\($0)", text: text("\(directory)/\($0)")) }
        }
    }

    /// The directories right under `directory`.
    static func directories(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + directory)) ?? []
        return names.filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\(directory)/\(name)", isDirectory: &isDirectory)
                && isDirectory.boolValue
        }.sorted()
    }
}
