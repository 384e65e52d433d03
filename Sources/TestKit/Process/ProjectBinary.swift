import Foundation

/// The programs that were built together with the running tests.
public enum ProjectBinary {
    /// The path of an executable product beside the test bundle.
    public static func path(_ name: String) -> String {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments.first ?? ""
        let beside = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : ".build/debug/\(name)"
    }
}
