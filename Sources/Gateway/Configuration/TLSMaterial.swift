public import NIOSSL

/// A certificate chain with its private key, read and held against each other: what TLS answers with.
public struct TLSMaterial: Sendable {
    public let chain: [NIOSSLCertificate]
    public let key: NIOSSLPrivateKey

    public init(chain: [NIOSSLCertificate], key: NIOSSLPrivateKey) {
        self.chain = chain
        self.key = key
    }

    struct Failure: Error {
        enum File { case certificate, key }
        let file: File
        let explanation: String
    }

    /// Reads both files and makes sure that the key is the first certificate's.
    static func load(certificate certificatePath: String, key keyPath: String) throws(Failure) -> TLSMaterial {
        let certificateBytes = try bytes(of: certificatePath, .certificate)
        let keyBytes = try bytes(of: keyPath, .key)
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(certificateBytes), !chain.isEmpty else {
            throw Failure(file: .certificate, explanation: "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: keyBytes, format: .pem) else {
            throw Failure(
                file: .key,
                explanation: "holds no private key in PEM without a passphrase (-----BEGIN PRIVATE KEY-----)")
        }
        let material = TLSMaterial(chain: chain, key: key)
        guard (try? NIOSSLContext(configuration: material.serverConfiguration())) != nil else {
            throw Failure(file: .key, explanation: "is not the key of the first certificate in tls-certificate")
        }
        return material
    }

    /// TLS 1.2 and later with this chain.
    public func serverConfiguration() -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    private static func bytes(of path: String, _ file: Failure.File) throws(Failure) -> [UInt8] {
        do {
            return try BoundedFile.bytes(at: path, limit: 1 << 20)
        } catch {
            throw Failure(file: file, explanation: error.explanation)
        }
    }
}
