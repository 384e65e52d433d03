import Foundation

/// A document of the project, as it stands beside the sources.
enum ProjectDocument {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Empty where there is none.
    static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }
}

extension ProjectDocument {
    /// Every Swift file of these rooms.
    static func sources(of rooms: [String]) -> [(path: String, text: String)] {
        rooms.flatMap { room -> [(path: String, text: String)] in
            let found = FileManager.default.enumerator(
                at: root.appending(path: "Sources/\(room)"), includingPropertiesForKeys: nil)
            return (found?.allObjects ?? []).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
                ($0.path, (try? String(contentsOf: $0, encoding: .utf8)) ?? "")
            }
        }
    }
}

extension ProjectDocument {
    /// Names of every suite of the tests: types whose names end with `Tests`.
    static let suites: Set<String> = {
        let found = FileManager.default.enumerator(at: root.appending(path: "Tests"), includingPropertiesForKeys: nil)
        var names: Set<String> = []
        for case let file as URL in found?.allObjects ?? [] where file.pathExtension == "swift" {
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            for match in text.matches(of: #/\n(?:struct|final class) (\w+Tests)\b/#) { names.insert(String(match.1)) }
        }
        return names
    }()
}
