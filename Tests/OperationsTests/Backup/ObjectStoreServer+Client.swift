import Egress
import Foundation
import Kernel
import Synchronization
import TestKit

@testable import Operations

extension ObjectStoreServer {
    /// The real client, allowed to call this machine.
    static var sender: EgressSender {
        get throws {
            let allowed = IPNetwork("127.0.0.0/8").map { [$0] } ?? []
            return EgressSender(
                try EgressClient(
                    settings: EgressSender.settings(EgressSettings(allowed: allowed, allowsPlainHTTP: true))))
        }
    }

    /// A new bucket. Without a prefix: moto compares a list's signature with a decoded query, so that one with `/` in it
    /// never matches, not even botocore's own.
    func location() async throws -> S3Location {
        let location = S3Location(
            endpoint: endpoint, region: "us-east-1", bucket: "backups-\(UInt32.random(in: 0 ... .max))", prefix: "",
            accessKey: accessKey, secretKey: secretKey)
        let client = S3Client(
            location: location, sender: try ObjectStoreServer.sender, clock: TestClock(), pause: { _ in })
        _ = try await client.call("PUT", key: nil)
        return location
    }
}

/// Lets some requests fail before they reach the real one.
final class FlakySender: ObjectStoreSender {
    typealias Fault = @Sendable (_ number: Int, ObjectStoreRequest) throws -> ObjectStoreAnswer?
    private let count = Mutex(0)
    private let fault: Fault
    init(_ fault: @escaping Fault) { self.fault = fault }
    var requests: Int { count.withLock { $0 } }

    func send(_ request: ObjectStoreRequest) async throws -> ObjectStoreAnswer {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if let answer = try fault(number, request) { return answer }
        return try await ObjectStoreServer.sender.send(request)
    }
}
