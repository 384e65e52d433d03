import Crypto
import Kernel

/// AWS Signature Version 4 for S3, in the Authorization header
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
struct S3Signature: Sendable {
    let accessKey: String
    let secretKey: Secret
    let region: String

    /// The value of `Authorization`.
    ///
    /// - Parameters:
    ///   - path: percent-encoded already.
    ///   - query: names and values as they are.
    ///   - headers: all that are sent, `host`, `x-amz-date` and `x-amz-content-sha256` among them.
    ///   - payloadHash: SHA-256 of the body in hexadecimal.
    ///   - date: `20130524T000000Z`.
    func authorization(
        method: String, path: String, query: [(String, String)], headers: [(String, String)], payloadHash: String,
        date: String
    ) -> String {
        let sorted = headers.map { ($0.0.lowercased(), S3Signature.trimmed($0.1)) }.sorted { $0.0 < $1.0 }
        let signed = sorted.map(\.0).joined(separator: ";")
        let canonical = [
            method, path, S3Signature.canonical(query), sorted.map { "\($0.0):\($0.1)\n" }.joined(), signed,
            payloadHash,
        ].joined(separator: "\n")
        let day = String(date.prefix(8))
        let scope = "\(day)/\(region)/s3/aws4_request"
        let toSign = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(hexadecimal(SHA256.hash(data: Array(canonical.utf8))))"
        let signature = hexadecimal(hmac(signingKey(day), toSign))
        return "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope),SignedHeaders=\(signed),Signature=\(signature)"
    }

    private func signingKey(_ day: String) -> [UInt8] {
        var key = Array("AWS4\(secretKey.reveal())".utf8)
        for part in [day, region, "s3", "aws4_request"] { key = hmac(key, part) }
        return key
    }

    private func hmac(_ key: [UInt8], _ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    /// Names and values encoded, then sorted by their bytes.
    static func canonical(_ query: [(String, String)]) -> String {
        var pairs: [(name: String, value: String)] = query.map { (name: encoded($0.0), value: encoded($0.1)) }
        pairs.sort { a, b in a.name == b.name ? a.value < b.value : a.name < b.name }
        return pairs.map { pair in "\(pair.name)=\(pair.value)" }.joined(separator: "&")
    }

    /// Everything but unreserved characters (RFC 3986 §2.3) percent-encoded; `/` too unless it separates.
    static func encoded(_ text: String, keeping slash: Bool = false) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            case 0x2F where slash: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}
