import Crypto
import Foundation
import Store

@testable import Identity

enum TestDigest {
    static func sha1(_ text: String) -> String {
        Insecure.SHA1.hash(data: Array(text.utf8)).map { String(format: "%02X", $0) }.joined()
    }
}

/// Holds threads back until it is opened.
final class Gate: Sendable {
    private let condition = NSCondition()
    // unsafe: only touched while the condition is locked.
    private nonisolated(unsafe) var isOpen = false

    func wait() {
        condition.lock()
        while !isOpen { condition.wait() }
        condition.unlock()
    }

    func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
    }
}

/// Seals so that a test sees whether a secret lies open, and that it opens in its own row alone.
struct TestSealing: SeedSealing {
    struct Elsewhere: Error {}

    func seal(_ seed: [UInt8], account: String, in db: Transaction) throws -> SQLValue {
        .blob(Array(account.utf8) + [0] + seed.map { $0 ^ 0xA5 })
    }

    func open(_ sealed: SQLValue, account: String, in db: ReadTransaction) throws -> [UInt8] {
        guard case .blob(let bytes) = sealed, bytes.starts(with: Array(account.utf8) + [0]) else { throw Elsewhere() }
        return bytes.dropFirst(account.utf8.count + 1).map { $0 ^ 0xA5 }
    }
}
