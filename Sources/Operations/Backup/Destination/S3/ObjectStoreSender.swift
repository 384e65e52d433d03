/// A request to an object store: complete, signed, with its body in memory (at most one part).
public struct ObjectStoreRequest: Sendable {
    public let method: String
    public let url: String
    /// Without `Host` and `Content-Length`, which the client sets from the address and the body.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// Bytes of the answer's body at most; more is an error.
    public let answerLimit: Int
}

public struct ObjectStoreAnswer: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The port to HTTP: the outbound client, with the store's address allowed. It follows no redirects, ends what takes too
/// long, and throws when there is no answer.
public protocol ObjectStoreSender: Sendable {
    func send(_ request: ObjectStoreRequest) async throws -> ObjectStoreAnswer
}
