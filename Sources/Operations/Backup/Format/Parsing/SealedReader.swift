import Crypto

/// Opens what `SealedWriter` wrote: gives out only what is authentic and where it belongs.
final class SealedReader: ByteSource {
    private let source: any ByteSource
    private let key: FileKey
    /// Sealed bytes that were read but not opened.
    private var sealed: [UInt8] = []
    /// Opened bytes that nobody has asked for yet.
    private var opened: ArraySlice<UInt8> = []
    private var number: UInt32 = 0
    private var isAtEnd = false

    private static let size = 65_552

    /// The source stands behind the envelope.
    init(from source: any ByteSource, key: FileKey) {
        self.source = source
        self.key = key
    }

    func read(_ count: Int) throws -> [UInt8] {
        while opened.isEmpty, !isAtEnd { try openNext() }
        let piece = opened.prefix(count)
        opened = opened.dropFirst(piece.count)
        return Array(piece)
    }

    private func openNext() throws {
        // One byte more than a chunk tells whether another follows.
        while sealed.count <= SealedReader.size {
            let more = try source.read(max(1, SealedReader.size &+ 1 &- sealed.count))
            if more.isEmpty { break }
            sealed.append(contentsOf: more)
        }
        let isLast = sealed.count <= SealedReader.size
        let bytes = sealed.prefix(SealedReader.size)
        guard let plain = open(bytes, isLast: isLast) else { throw reason(bytes, isLast: isLast) }
        opened = ArraySlice(plain)
        sealed = Array(sealed.dropFirst(bytes.count))
        isAtEnd = isLast
        guard number < .max else { throw BackupError(.damaged, "the backup has more chunks than one can have") }
        number &+= 1
    }

    private func open(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> [UInt8]? {
        guard bytes.count >= SealedWriter.tag,
            let nonce = try? AES.GCM.Nonce(data: SealedWriter.nonce(number, isLast: isLast)),
            let box = try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: bytes.dropLast(SealedWriter.tag), tag: bytes.suffix(SealedWriter.tag)),
            let plain = try? AES.GCM.open(box, using: key.key, authenticating: key.header)
        else { return nil }
        return [UInt8](plain)
    }

    private func reason(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> BackupError {
        if isLast, bytes.count < SealedWriter.tag || open(bytes, isLast: false) != nil {
            return BackupError(.truncated, "the backup ends too early: chunk \(number) isn't its last")
        }
        if isLast {
            return BackupError(.damaged, "the backup is damaged or was cut off: its end, chunk \(number), doesn't open")
        }
        if open(bytes, isLast: true) != nil {
            return BackupError(.damaged, "the backup is damaged: something follows its end")
        }
        return BackupError(.damaged, "the backup is damaged: chunk \(number) was changed or moved")
    }
}
