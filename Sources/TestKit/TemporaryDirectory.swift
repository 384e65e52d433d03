import Foundation

/// A directory for one test, gone when `remove()` is called.
public struct TemporaryDirectory: Sendable {
    public let path: String

    /// Makes it under the system's temporary directory, readable by its owner alone.
    public init(_ label: String = "test") throws {
        path = FileManager.default.temporaryDirectory.path + "/seaworthy-\(label)-\(UUID().uuidString.prefix(12))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// The path of a file in it.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file and says where it is.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    /// The text of a file in it; empty when it isn't there.
    public func read(_ name: String) -> String {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
