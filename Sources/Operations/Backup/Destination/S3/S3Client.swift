import Crypto
import Egress
import FoundationEssentials
public import Kernel

/// Where the bucket is and who we are there.
public struct S3Location: Sendable {
    /// Such as `https://s3.eu-central-1.amazonaws.com` or `http://127.0.0.1:9000`: scheme, host and port.
    public var endpoint: String
    public var region: String
    public var bucket: String
    /// Empty, or such as `seaworthy/production`.
    public var prefix: String
    public var accessKey: String
    public var secretKey: Secret

    public init(
        endpoint: String, region: String, bucket: String, prefix: String, accessKey: String, secretKey: Secret
    ) {
        self.endpoint = endpoint
        self.region = region
        self.bucket = bucket
        self.prefix = prefix
        self.accessKey = accessKey
        self.secretKey = secretKey
    }
}

/// The few calls to an S3-compatible store that backups need, signed and tried again where that helps.
struct S3Client: Sendable {
    let location: S3Location
    let sender: any ObjectStoreSender
    let clock: any WallClock
    /// Waits before another try.
    let pause: @Sendable (Duration) async throws -> Void

    static let tries = 4

    /// - Parameters:
    ///   - key: the object's key; nil for the bucket itself.
    ///   - accepts: statuses that are answers rather than errors, besides 2xx.
    func call(
        _ method: String, key: String?, query: [(String, String)] = [], headers: [(String, String)] = [],
        body: [UInt8] = [], answerLimit: Int = 1 << 20, accepts: Set<Int> = []
    ) async throws -> ObjectStoreAnswer {
        var last = BackupError(.unavailable, "\(location.endpoint) doesn't answer")
        for attempt in 0..<S3Client.tries {
            // 0.2, 0.8, 3.2 s.
            if attempt > 0 { try await pause(.milliseconds(50 << (attempt * 2))) }
            // Signed anew each time: a signature is good for minutes only.
            let request = request(method, key, query, headers, body, answerLimit)
            let answer: ObjectStoreAnswer
            do {
                answer = try await sender.send(request)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                last = BackupError(.unavailable, "\(location.endpoint) doesn't answer: \(error)")
                if let error = error as? EgressError, !error.isTransient {
                    // An address that isn't allowed, or a certificate that isn't believed, stays so.
                    throw BackupError(.refused, "\(location.endpoint) can't be called: \(error.detail)")
                }
                continue
            }
            if let failure = S3Failure(answer, to: method), !accepts.contains(answer.status) {
                last = failure.error(location, key)
                if failure.isTransient { continue }
                throw last
            }
            return answer
        }
        throw last
    }

    private func request(
        _ method: String, _ key: String?, _ query: [(String, String)], _ headers: [(String, String)], _ body: [UInt8],
        _ answerLimit: Int
    ) -> ObjectStoreRequest {
        let path =
            "/" + S3Signature.encoded(location.bucket)
            + (key.map { "/" + S3Signature.encoded($0, keeping: true) } ?? "")
        let date = BackupName.stamp(clock.now())
        let hash = hexadecimal(SHA256.hash(data: body))
        var sent = headers
        sent.append(("x-amz-content-sha256", hash))
        sent.append(("x-amz-date", date))
        // Some clients would call a POST without a type a form.
        if method != "GET" { sent.append(("Content-Type", "application/octet-stream")) }
        if !body.isEmpty {
            sent.append(("Content-MD5", Data(Insecure.MD5.hash(data: body)).base64EncodedString()))
        }
        // As the client writes it into `Host`.
        let host = (try? EgressTarget(location.endpoint).authority) ?? ""
        let signature = S3Signature(
            accessKey: location.accessKey, secretKey: location.secretKey, region: location.region)
        let authorization = signature.authorization(
            method: method, path: path, query: query, headers: sent + [("host", host)], payloadHash: hash,
            date: date)
        let search = query.isEmpty ? "" : "?" + S3Signature.canonical(query)
        return ObjectStoreRequest(
            method: method, url: location.endpoint + path + search,
            headers: (sent + [("Authorization", authorization)]).map { (name: $0.0, value: $0.1) }, body: body,
            answerLimit: answerLimit)
    }
}

/// An answer that isn't what was asked for.
struct S3Failure {
    let status: Int
    /// S3's own word, such as `NoSuchBucket`; empty where there is none.
    let code: String

    /// nil for a success. A completed upload may say 200 and then fail in its body.
    init?(_ answer: ObjectStoreAnswer, to method: String) {
        let isSuccess = (200..<300).contains(answer.status)
        // What GET brings is a backup's bytes, or a list.
        if isSuccess, method == "GET" { return nil }
        let text = answer.body.count < 1 << 16 ? String(decoding: answer.body, as: UTF8.self) : ""
        if isSuccess, !text.contains("<Error>") { return nil }
        status = answer.status
        code = S3Text.element("Code", in: text) ?? ""
    }

    var isTransient: Bool {
        [429, 500, 502, 503, 504].contains(status)
            || ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout"].contains(code)
    }

    func error(_ location: S3Location, _ key: String?) -> BackupError {
        let place = "s3 bucket “\(location.bucket)” at \(location.endpoint)"
        switch code {
        case "NoSuchBucket": return BackupError(.missing, "there is no \(place)")
        case "NoSuchKey": return BackupError(.missing, "there is no \(key ?? "such object") in \(place)")
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId":
            return BackupError(.refused, "\(place) doesn't know the access key or its secret (\(code))")
        case "AccessDenied": return BackupError(.refused, "\(place) doesn't let this access key do that")
        case "RequestTimeTooSkewed":
            return BackupError(.refused, "\(place) says that this machine's clock is wrong by more than 15 minutes")
        case "PermanentRedirect", "AuthorizationHeaderMalformed":
            return BackupError(.configuration, "\(place) is in another region than “\(location.region)” (\(code))")
        default: break
        }
        let word = code.isEmpty ? "status \(status)" : "\(code), status \(status)"
        if isTransient { return BackupError(.unavailable, "\(place) can't just now: \(word)") }
        switch status {
        case 401, 403: return BackupError(.refused, "\(place) refuses us: \(word)")
        case 404: return BackupError(.missing, "there is no \(key ?? "such bucket") at \(place)")
        default: return BackupError(.refused, "\(place) refuses the request: \(word)")
        }
    }
}
