import Foundation

/// A directory for one test, gone when `remove()` is called.
public struct TemporaryDirectory: Sendable {
    public let path: String

    /// Makes it under the system's temporary directory, readable by its owner alone (`mkdtemp`).
    public init(_ label: String = "test") throws {
        var template = Array((FileManager.default.temporaryDirectory.path + "/seaworthy-\(label)-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
