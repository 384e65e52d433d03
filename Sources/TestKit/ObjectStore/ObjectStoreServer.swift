import Foundation
public import Kernel
import Synchronization

/// A real S3-compatible server for tests (`moto`, from PyPI) that checks signatures and permissions; ends with this process.
public final class ObjectStoreServer: Sendable {
    public struct Unavailable: Error, CustomStringConvertible { public let description: String }

    private static let access = Mutex<Result<ObjectStoreServer, Unavailable>?>(nil)
    public static var running: ObjectStoreServer {
        get throws {
            try access.withLock { running in
                if let running { return try running.get() }
                let result = Result { () throws(Unavailable) in try ObjectStoreServer() }
                running = result
                return try result.get()
            }
        }
    }

    public let endpoint: String
    public let accessKey: String
    /// A bucket that is there from the start.
    public let bucket = "seaworthy-tests"
    public let secretKey: Secret
    private let lifeline: Pipe

    /// Makes a user who may do what backups need, and then asks for signatures.
    private static let setup = """
        import boto3, json, sys, time
        endpoint = sys.argv[1]
        options = dict(endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
        iam = boto3.client('iam', **options)
        for _ in range(200):
            try:
                iam.create_user(UserName='seaworthy')
                break
            except Exception:
                time.sleep(0.1)
        boto3.client('s3', **options).create_bucket(Bucket='seaworthy-tests')
        key = iam.create_access_key(UserName='seaworthy')['AccessKey']
        iam.put_user_policy(UserName='seaworthy', PolicyName='p', PolicyDocument=json.dumps({'Version': '2012-10-17',
            'Statement': [{'Effect': 'Allow', 'Action': ['s3:*'], 'Resource': ['*']}]}))
        import urllib.request
        urllib.request.urlopen(urllib.request.Request(endpoint + '/moto-api/reset-auth', data=b'0', method='POST',
            headers={'Content-Type': 'text/plain'}))
        print(key['AccessKeyId'], key['SecretAccessKey'])
        """

    private init() throws(Unavailable) {
        let port = FreePort.pick()
        endpoint = "http://127.0.0.1:\(port)"
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/bin/bash")
        server.arguments = [
            "-c",
            "python3 -m moto.server -H 127.0.0.1 -p \(port) >/dev/null 2>&1 & p=$!; read -r _; kill -9 $p; wait $p",
        ]
        server.environment = ProcessInfo.processInfo.environment.merging(["INITIAL_NO_AUTH_ACTION_COUNT": "100000"]) {
            $1
        }
        lifeline = Pipe()
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        server.standardInput = lifeline
        let setup = Process()
        setup.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        setup.arguments = ["python3", "-c", ObjectStoreServer.setup, endpoint]
        let output = Pipe()
        setup.standardOutput = output
        setup.standardError = output
        do {
            try server.run()
            try setup.run()
        } catch {
            throw Unavailable(description: "\(error)")
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        setup.waitUntilExit()
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard setup.terminationStatus == 0, words.count == 2 else {
            throw Unavailable(description: "moto (scripts/install-dependencies test): \(text)")
        }
        accessKey = words[0]
        secretKey = Secret(words[1])
    }
}
