import Hummingbird
import Kernel
import NIOCore

extension Hummingbird.Request {
    /// The whole body of a request to one of our own routes.
    ///
    /// - Parameter most: how many bytes it may have.
    /// - Throws: `Problem` 413 where it has more.
    func bytes(atMost most: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in body {
            bytes.append(contentsOf: chunk.readableBytesView)
            guard bytes.count <= most else {
                throw Problem(
                    "request-shape.body-size", status: 413, title: "The request's body is too large.",
                    detail: "At most \(most) bytes are accepted here.")
            }
        }
        return bytes
    }
}
