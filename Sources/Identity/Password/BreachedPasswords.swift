import Crypto
import Foundation
import Synchronization

/// A file of passwords that others lost: plain ones, one a line, held in memory as hashes; or sorted SHA-1 hashes as Have I
/// Been Pwned gives them away (`HASH:COUNT`), looked up on the disk, whatever the file's size.
public final class BreachedPasswords: Sendable {
    public struct Unreadable: Error, CustomStringConvertible {
        public let description: String
    }

    private enum Content: Sendable {
        /// First 64 bits of SHA-256, sorted: a wrong hit once in 10^12 passwords.
        case plain([UInt64])
        case sorted(size: UInt64)
    }

    /// Plain lists beyond this want to be sorted hashes instead.
    private static let mostPlainBytes = 256 << 20
    private let file: Mutex<FileHandle>
    private let content: Content

    public init(path: String) throws(Unreadable) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Unreadable(description: "\(path) can't be read")
        }
        do {
            let size = try handle.seekToEnd()
            try handle.seek(toOffset: 0)
            let start = try handle.read(upToCount: 64) ?? Data()
            if BreachedPasswords.isHash(Array(start)) {
                content = .sorted(size: size)
            } else {
                guard size <= UInt64(BreachedPasswords.mostPlainBytes) else {
                    throw Unreadable(description: "\(path) has more than 256 MiB of plain passwords: sort SHA-1 hashes")
                }
                try handle.seek(toOffset: 0)
                let text = try handle.readToEnd() ?? Data()
                var prints = text.split(separator: 0x0A).map { line in
                    BreachedPasswords.fingerprint(line.last == 0x0D ? Array(line.dropLast()) : Array(line))
                }
                prints.sort()
                content = .plain(prints)
            }
        } catch let error as Unreadable {
            throw error
        } catch {
            throw Unreadable(description: "\(path) can't be read (\(error.localizedDescription))")
        }
        file = Mutex(handle)
    }

    /// How many a plain list has; nil for a file of hashes.
    public var count: Int? {
        if case .plain(let prints) = content { return prints.count }
        return nil
    }

    func contains(_ password: String) -> Bool {
        switch content {
        case .plain(let prints):
            let wanted = BreachedPasswords.fingerprint(Array(password.utf8))
            let place = prints.partitioningIndex { $0 >= wanted }
            return place < prints.count && prints[place] == wanted
        case .sorted(let size):
            let wanted = Array(HexText.text(Insecure.SHA1.hash(data: Array(password.utf8))).uppercased().utf8)
            return file.withLock { (try? BreachedPasswords.find(wanted, in: $0, size: size)) ?? false }
        }
    }

    private static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
        SHA256.hash(data: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func isHash(_ start: [UInt8]) -> Bool {
        guard start.count >= 40, start.prefix(40).allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            return false
        }
        return start.count == 40 || [0x3A, 0x0A, 0x0D].contains(start[40])
    }

    /// Halves the file until the line is found: some 35 reads for all of Have I Been Pwned.
    private static func find(_ wanted: [UInt8], in file: FileHandle, size: UInt64) throws -> Bool {
        var (low, high) = (UInt64(0), size)
        while low < high {
            let middle = low + (high - low) / 2
            // The line that begins at or after `middle`: lines have fewer than 64 bytes.
            let start = middle == 0 ? 0 : middle - 1
            try file.seek(toOffset: start)
            let bytes = Array(try file.read(upToCount: 192) ?? Data())
            let skipped = middle == 0 ? 0 : (bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count)
            let line = Array(bytes.dropFirst(skipped).prefix(40)).map { (0x61...0x66).contains($0) ? $0 - 32 : $0 }
            if line.count == 40, line == wanted { return true }
            if line.count == 40, line.lexicographicallyPrecedes(wanted) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return false
    }
}

extension Array where Element == UInt64 {
    /// The first index whose element fulfils `belongs`, in an array where all that do come last.
    fileprivate func partitioningIndex(where belongs: (UInt64) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
