/// The first bytes of a backup: in the clear, but bound to every chunk.
///
///     "SWBACKUP"  version  kind  …                                   check (32 bytes, HMAC over all before it)
///                          1     salt (16) logN r p
///                          2     recipient (8) encapsulated key (32)
struct BackupEnvelope: Sendable, Equatable {
    enum Method: Sendable, Equatable {
        case passphrase(salt: [UInt8], cost: ScryptCost)
        case recipient(id: [UInt8], encapsulated: [UInt8])
    }

    let method: Method
    let check: [UInt8]

    static let magic = Array("SWBACKUP".utf8)
    static let version: UInt8 = 1

    static func header(_ method: Method) -> [UInt8] {
        var bytes = magic
        bytes.append(version)
        switch method {
        case .passphrase(let salt, let cost):
            bytes.append(1)
            bytes += salt  // can't trap: arrays
            bytes.append(UInt8(clamping: cost.logN))
            bytes.append(UInt8(clamping: cost.r))
            bytes.append(UInt8(clamping: cost.p))
        case .recipient(let id, let encapsulated):
            bytes.append(2)
            bytes += id  // can't trap: arrays
            bytes += encapsulated  // can't trap: arrays
        }
        return bytes
    }

    /// - Throws: `BackupError`: `.foreign`, `.newer`, `.truncated`, `.damaged`.
    init(reading source: any ByteSource) throws {
        func take(_ count: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let more = try source.read(count &- bytes.count)
                if more.isEmpty { throw BackupError(.truncated, "the backup ends within its first bytes") }
                bytes.append(contentsOf: more)
            }
            return bytes
        }
        let start: [UInt8]
        do { start = try take(BackupEnvelope.magic.count) } catch is BackupError {
            throw BackupError(.foreign, "this is no backup of Seaworthy's: it is shorter than one can be")
        }
        guard start == BackupEnvelope.magic else { throw BackupError(.foreign, "this is no backup of Seaworthy's") }
        let lead = try take(2)
        guard lead.first == BackupEnvelope.version else {
            throw BackupError(
                .newer,
                "the backup has format \(lead.first ?? 0), this program reads \(BackupEnvelope.version): use a newer one"
            )
        }
        switch lead.last {
        case 1:
            let salt = try take(16)
            let numbers = try take(3).map(Int.init)
            guard let logN = numbers.first, let p = numbers.last,
                let cost = ScryptCost(logN: logN, r: numbers.dropFirst().first ?? 0, p: p)
            else { throw BackupError(.damaged, "the backup's first bytes were changed: no such cost of a passphrase") }
            method = .passphrase(salt: salt, cost: cost)
        case 2:
            method = .recipient(id: try take(8), encapsulated: try take(32))
        default:
            throw BackupError(.newer, "the backup is locked in a way that this program doesn't know: use a newer one")
        }
        check = try take(32)
    }
}
