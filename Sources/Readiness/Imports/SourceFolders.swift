import Foundation

/// Where the files of a coverage report stand: a Cobertura report names them within its `<source>` folders, and says of
/// several folders not which one.
struct SourceFolders {
    private let folders: [String]
    private let here: String
    private let exists: (String) -> Bool

    init(
        _ folders: [String], here: String = FileManager.default.currentDirectoryPath,
        exists: @escaping (String) -> Bool = { FileManager.default.fileExists(atPath: $0) }
    ) {
        self.folders = folders.filter { $0.hasPrefix("/") }.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.here = here
        self.exists = exists
    }

    /// The same lines under paths from here where the files are here, so that two reports of one file count it once.
    func placed(_ coverage: LineCoverage) -> LineCoverage {
        var placed = LineCoverage()
        for (file, lines) in coverage.files { placed.merge(LineCoverage(files: [path(file): lines])) }
        return placed
    }

    /// A single folder is taken at its word; of several, the one where the file is.
    private func path(_ file: String) -> String {
        guard !file.hasPrefix("/") else { return relative(file) }
        let places = folders.map { "\($0)/\(file)" }
        if let found = places.first(where: exists) ?? (places.count == 1 ? places.first : nil) {
            return relative(found)
        }
        return file
    }

    private func relative(_ path: String) -> String {
        here.count > 1 && path.hasPrefix("\(here)/") ? String(path.dropFirst(here.count + 1)) : path
    }
}
