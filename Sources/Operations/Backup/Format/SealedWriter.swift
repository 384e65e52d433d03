import Crypto

/// Encrypts what goes through it in chunks (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár 2015).
///
/// AES-256-GCM, 64 KiB of plain text a chunk. The nonce is seven zero bytes, the chunk's number and a byte that is 1 for the
/// last alone; the header is authenticated with each. So a chunk that is changed, moved, repeated, left out, cut off or taken
/// from elsewhere doesn't open. The key is the file's own, which makes the nonces unique.
final class SealedWriter: ByteSink {
    static let chunk = 65_536
    static let tag = 16

    private let next: any ByteSink
    private let key: FileKey
    private var pending: [UInt8] = []
    private var number: UInt32 = 0

    init(into next: any ByteSink, key: FileKey) throws {
        self.next = next
        self.key = key
        try next.write(key.header + key.check)
    }

    func write(_ bytes: [UInt8]) throws {
        pending += bytes
        // The last chunk isn't known as such before the end: one is always held back.
        while pending.count > SealedWriter.chunk {
            try seal(pending[..<SealedWriter.chunk], isLast: false)
            pending.removeFirst(SealedWriter.chunk)
        }
    }

    func finish() throws {
        try seal(pending[...], isLast: true)
        pending = []
        try next.finish()
    }

    private func seal(_ bytes: ArraySlice<UInt8>, isLast: Bool) throws {
        let nonce = try AES.GCM.Nonce(data: SealedWriter.nonce(number, isLast: isLast))
        let box = try AES.GCM.seal(bytes, using: key.key, nonce: nonce, authenticating: key.header)
        try next.write([UInt8](box.ciphertext) + [UInt8](box.tag))
        guard number < .max else { throw BackupError(.file, "more than a backup can hold: 256 TiB") }
        number += 1
    }

    static func nonce(_ number: UInt32, isLast: Bool) -> [UInt8] {
        [UInt8](repeating: 0, count: 7) + withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) } + [isLast ? 1 : 0]
    }
}
