/// What is wrong with the ring of keys. Never holds a key or a secret.
public struct KeyRingError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No `secret-key` was given where one is wanted, or one that can't be used.
        case rootMissing = "root-missing"
        /// A key was wrapped by a root key that isn't among those given.
        case rootUnknown = "root-unknown"
        /// The root key is the right one by its id, but the wrapped key was changed or moved.
        case damaged
        /// There is no key of that purpose.
        case noKey = "no-key"
        /// The file that holds the development root key can't be made or read.
        case file
        /// Something that isn't possible with that key or purpose.
        case refused
    }

    public let code: Code
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "secrets \(code.rawValue): \(detail)" }
}
