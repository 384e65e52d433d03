import Foundation

/// A document of the project, as it stands beside the sources.
enum ProjectDocument {
    /// Empty where there is none.
    static func text(_ path: String) -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }
}
