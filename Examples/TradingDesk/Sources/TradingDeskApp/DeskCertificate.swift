import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// The TLS side: files that are given, or a certificate made on the spot.
enum DeskCertificate {
    static func tlsConfiguration(_ configuration: DeskConfiguration) throws -> TLSConfiguration {
        let (chain, key) = try pair(configuration)
        var tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        tls.minimumTLSVersion = .tlsv12
        if configuration.flaws.contains(.weakTLS) {
            tls.minimumTLSVersion = .tlsv1
            // TLS 1.0 and 1.1 know only CBC suites with SHA-1.
            tls.cipherSuites = "ALL"
        }
        tls.applicationProtocols = ["http/1.1"]
        return tls
    }

    private static func pair(_ configuration: DeskConfiguration) throws -> (
        [NIOSSLCertificateSource], NIOSSLPrivateKeySource
    ) {
        if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            return (chain.map { .certificate($0) }, .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        }
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("localhost") }
        let now = configuration.now()
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
            notValidBefore: now.addingTimeInterval(-86_400), notValidAfter: now.addingTimeInterval(90 * 86_400),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
            }, issuerPrivateKey: .init(key))
        var serializer = DER.Serializer()
        try certificate.serialize(into: &serializer)
        let leaf = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
        return (
            [.certificate(leaf)],
            .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem))
        )
    }
}
