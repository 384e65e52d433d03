import Crypto
import Foundation

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
