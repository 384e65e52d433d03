import Egress
import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

@testable import Operations

@Suite("Backups in an S3-compatible store")
struct S3Tests {
    /// Examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    @Test("signatures are those of Amazon's examples")
    func signatures() {
        let signature = S3Signature(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1")
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let hello = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
        let date = "20130524T000000Z"
        let base = [("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", date)]
        let cases: [(String, String, [(String, String)], [(String, String)], String, String)] = [
            (
                "GET", "/test.txt", [], [("Range", "bytes=0-9")], empty,
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            (
                "PUT", "/" + S3Signature.encoded("test$file.text", keeping: true), [],
                [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")], hello,
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            ),
            (
                "GET", "/", [("lifecycle", "")], [], empty,
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
            ),
            (
                "GET", "/", [("prefix", "J"), ("max-keys", "2")], [], empty,
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
            // Not Amazon's: made with botocore 1.43.
            (
                "GET", "/",
                [("list-type", "2"), ("prefix", "a b/c+d~é/seaworthy-"), ("continuation-token", "x/y+z=")], [], empty,
                "49780f465c99a6ce4468b96a5bed9726d1f2be2f7321854131ca1f0ac8d87ea9"
            ),
        ]
        for (method, path, query, headers, hash, expected) in cases {
            let text = signature.authorization(
                method: method, path: path, query: query, headers: base + [("x-amz-content-sha256", hash)] + headers,
                payloadHash: hash, date: date)
            #expect(text.hasSuffix("Signature=\(expected)"), "\(method) \(path) \(query)")
        }
    }

    /// Waits of retries, without waiting.
    private static let noPause: @Sendable (Duration) async throws -> Void = { _ in }

    private static func with<Value>(
        _ location: S3Location, sender: (any ObjectStoreSender)? = nil, part: Int = 8 << 20,
        _ work: (TemporaryDirectory, S3Destination) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("s3")
        defer { directory.remove() }
        let destination = try S3Destination(
            location, sender: sender ?? ObjectStoreServer.sender, workspace: directory.file("work"), clock: TestClock(),
            part: part, pause: noPause)
        return try await work(directory, destination)
    }

    private static func noisy<Value>(_ bytes: Int, _ work: (Database) async throws -> Value) async throws -> Value {
        try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
            try await BackupFixture.fill(database, accounts: 3)
            try await database.transaction("test.noise") { db in
                var generator = SeededGenerator(seed: 1)
                let noise = (0..<bytes).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
                try db.execute("INSERT INTO accounts (id, balance, picture) VALUES (100, 1, \(noise))")
            }
            return try await work(database)
        }
    }

    @Test(
        "a backup goes there in one or many parts, comes back, restores, and nothing stays in the workspace",
        arguments: [100, 12_000_000])
    func roundTrip(_ bytes: Int) async throws {
        let location = try await ObjectStoreServer.running.location()
        try await Self.with(location, part: 5 << 20) { directory, destination in
            try await Self.noisy(bytes) { database in
                let report = try await BackupFixture.maker(database, destination).make(.command)
                #expect(try await destination.list() == [StoredBackup(name: report.name, bytes: report.bytes)])
                let (path, isTemporary) = try await destination.fetch(report.name)
                #expect(isTemporary)
                let settings = try TestDatabase.settings(.sqlite, in: directory)
                _ = try await BackupFixture.restore(settings).run(
                    path: path, opener: BackupFixture.opener, replace: false)
                let restored = try await BackupFixture.open(settings)
                let (a, b) = (try await BackupFixture.content(restored), try await BackupFixture.content(database))
                #expect(a == b)
                await restored.close()
                try FileManager.default.removeItem(atPath: path)
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("work")).isEmpty)
                try await destination.remove(report.name)
                try await destination.remove(report.name)
                #expect(try await destination.list().isEmpty)
            }
        }
    }

    @Test("an object whose size is a multiple of a part comes back whole")
    func multiple() async throws {
        let location = try await ObjectStoreServer.running.location()
        try await Self.with(location, part: 1000) { directory, destination in
            for size in [999, 1000] {
                let name = BackupName(at: TestClock().now(), random: SeededRandomSource(seed: UInt64(size)))
                let path = try await destination.begin(name)
                let data = Data((0..<size).map { UInt8(truncatingIfNeeded: $0) })
                try data.write(to: URL(fileURLWithPath: path))
                try await destination.publish(path, as: name)
                let (fetched, _) = try await destination.fetch(name)
                #expect(try Data(contentsOf: URL(fileURLWithPath: fetched)) == data)
                try FileManager.default.removeItem(atPath: fetched)
            }
        }
    }

    private static func answer(_ status: Int, _ body: String = "") -> ObjectStoreAnswer {
        ObjectStoreAnswer(status: status, headers: [], body: Array(body.utf8))
    }

    @Test("a store that fails once, breaks off or asks to slow down is asked again")
    func transient() async throws {
        struct Broken: Error {}
        let location = try await ObjectStoreServer.running.location()
        let faults: [FlakySender.Fault] = [
            { number, _ in number % 2 == 1 ? Self.answer(500) : nil },
            { number, _ in if number % 3 != 0 { throw Broken() } else { nil } },
            { number, _ in number % 2 == 1 ? Self.answer(503, "<Error><Code>SlowDown</Code></Error>") : nil },
            { number, request in
                request.method != "GET" && number % 2 == 1
                    ? Self.answer(200, "<Error><Code>InternalError</Code></Error>") : nil
            },
        ]
        for fault in faults {
            try await Self.with(location, sender: FlakySender(fault)) { _, destination in
                try await Self.noisy(10) { database in
                    let report = try await BackupFixture.maker(database, destination).make(.command)
                    #expect(try await destination.list().map(\.name).contains(report.name))
                }
            }
        }
    }

    @Test("a store that stays down fails the backup after a few tries, and an upload that was begun is called off")
    func down() async throws {
        let location = try await ObjectStoreServer.running.location()
        let calledOff = Mutex(false)
        let sender = FlakySender { _, request in
            if request.url.contains("partNumber=2") { return Self.answer(500) }
            if request.method == "DELETE", request.url.contains("uploadId=") { calledOff.withLock { $0 = true } }
            return nil
        }
        try await Self.with(location, sender: sender, part: 5 << 20) { directory, destination in
            try await Self.noisy(12_000_000) { database in
                let error = await BackupFixture.failure {
                    _ = try await BackupFixture.maker(database, destination).make(.command)
                }
                #expect(error?.code == .unavailable && error?.isRetryable == true)
                #expect(calledOff.withLock { $0 })
                let listed = try await destination.list()
                #expect(listed.isEmpty)
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("work")).isEmpty)
            }
        }
    }

    @Test("wrong credentials, a missing bucket and a missing backup each have their message, and aren't tried again")
    func refused() async throws {
        let server = try ObjectStoreServer.running
        let name = BackupName(at: TestClock().now(), random: SeededRandomSource(seed: 1))
        var secret = try await server.location()
        secret.secretKey = Secret("wrong")
        var access = try await server.location()
        access.accessKey = "AKIAWRONG"
        var bucket = try await server.location()
        bucket.bucket = "nowhere"
        let cases: [(S3Location, BackupError.Code, String)] = [
            (secret, .refused, "doesn't know the access key or its secret"),
            (access, .refused, "doesn't know the access key or its secret"),
            (bucket, .missing, "there is no s3 bucket “nowhere”"),
            (try await server.location(), .missing, "there is no seaworthy-"),
        ]
        for (location, code, words) in cases {
            let sender = FlakySender { _, _ in nil }
            try await Self.with(location, sender: sender) { _, destination in
                let error = await BackupFixture.failure { _ = try await destination.fetch(name) }
                #expect(error?.code == code && error?.detail.contains(words) == true, "\(error?.detail ?? "")")
                #expect(sender.requests == 1)
                #expect(error?.detail.contains("wrong") == false, "no secret in a message")
            }
        }
    }

    @Test("an address that isn't allowed is refused at once, with the key that would allow it")
    func notAllowed() async throws {
        let location = try await ObjectStoreServer.running.location()
        let client = try EgressClient(settings: EgressSettings(allowsPlainHTTP: true))
        try await Self.with(location, sender: EgressSender(client)) { _, destination in
            let error = await BackupFixture.failure { _ = try await destination.list() }
            #expect(error?.code == .refused && error?.detail.contains("egress.allow") == true)
        }
    }

    @Test("a store that can't be reached says so")
    func unreachable() async throws {
        var location = try await ObjectStoreServer.running.location()
        location.endpoint = "http://127.0.0.1:\(FreePort.pick())"
        try await Self.with(location) { _, destination in
            let error = await BackupFixture.failure { _ = try await destination.list() }
            #expect(error?.code == .unavailable && error?.detail.contains("doesn't answer") == true)
        }
    }

    @Test("what else lies under the prefix is neither listed nor removed, and lists may have many pages")
    func listing() async throws {
        let xml: @Sendable ([String], String?) -> String = { names, next in
            "<ListBucketResult>"
                + names.map { "<Contents><Key>p/\($0)</Key><Size>5</Size></Contents>" }.joined()
                + (next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? "") + "</ListBucketResult>"
        }
        let ours = (1...3).map { "seaworthy-20261121T08300\($0)Z-1a2b3c4d.backup" }
        let sender = FlakySender { _, request in
            if request.url.contains("continuation-token=a%26b") {
                return Self.answer(200, xml([ours[0], "x&lt;y"], nil))
            }
            return Self.answer(200, xml([ours[2], "seaworthy-notes.txt", ours[1], "../" + ours[1]], "a&amp;b"))
        }
        let location = S3Location(
            endpoint: "http://127.0.0.1:1", region: "us-east-1", bucket: "b", prefix: "p", accessKey: "a",
            secretKey: Secret("s"))
        try await Self.with(location, sender: sender) { _, destination in
            let listed = try await destination.list()
            #expect(listed.map(\.name.text) == ours)
            #expect(sender.requests == 2)
        }
    }
}
