import Crypto
import Kernel
import Synchronization

/// Keys of a test: one for each purpose, rotated when told.
final class TestKeys: PurposeKeys {
    private let generations = Mutex<[KeyPurpose: Int]>([:])
    private let destroyed = Mutex<Set<String>>([])

    func signing(_ purpose: KeyPurpose) throws -> PurposeKey {
        key(purpose, generations.withLock { $0[purpose] ?? 1 })
    }

    func verifying(_ id: String, for purpose: KeyPurpose) -> PurposeKey? {
        guard !destroyed.withLock({ $0.contains(id) }) else { return nil }
        let newest = generations.withLock { $0[purpose] ?? 1 }
        return (1...newest).map { key(purpose, $0) }.first { $0.id == id }
    }

    func published(_ purpose: KeyPurpose) -> [PurposeKey] {
        let newest = generations.withLock { $0[purpose] ?? 1 }
        return (1...newest).reversed().map { key(purpose, $0) }.filter { key in
            !destroyed.withLock { $0.contains(key.id) }
        }
    }

    func rotate(_ purpose: KeyPurpose) { generations.withLock { $0[purpose, default: 1] += 1 } }
    func destroy(_ id: String) { destroyed.withLock { _ = $0.insert(id) } }

    private func key(_ purpose: KeyPurpose, _ generation: Int) -> PurposeKey {
        let bytes = Array(SHA256.hash(data: Array("\(purpose.rawValue) \(generation)".utf8)))
        let id = bytes.prefix(8).map { String($0, radix: 16) }.map { $0.count == 1 ? "0" + $0 : $0 }.joined()
        return PurposeKey(id: id, purpose: purpose, bytes: bytes)
    }
}
