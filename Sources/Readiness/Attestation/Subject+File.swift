import Crypto
import Foundation

extension LaunchStatement.Subject {
    /// SHA-256 of a file, read piece by piece; nil where it can't be read.
    public static func digest(ofFile path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        var hash = SHA256()
        do {
            while let piece = try handle.read(upToCount: 1_048_576), !piece.isEmpty { hash.update(data: piece) }
        } catch { return nil }
        return hexadecimal(hash.finalize())
    }
}
