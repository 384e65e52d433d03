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
        let made = try issued(configuration.flaws, at: configuration.now())
        if let path = configuration.tlsAuthority {
            try made.authority.serializeAsPEM().pemString.write(toFile: path, atomically: true, encoding: .utf8)
        }
        var serializer = DER.Serializer()
        try made.leaf.serialize(into: &serializer)
        let leaf = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
        return (
            [.certificate(leaf)],
            .privateKey(try NIOSSLPrivateKey(bytes: Array(made.key.pemRepresentation.utf8), format: .pem))
        )
    }

    /// A certificate for this machine, and the authority that issued it, which nobody else knows.
    private static func issued(
        _ flaws: FlawSelection, at now: Date
    ) throws -> (leaf: Certificate, key: P256.Signing.PrivateKey, authority: Certificate) {
        let day = 86_400.0
        let authorityKey = P256.Signing.PrivateKey()
        let authorityName = try DistinguishedName { CommonName("TradingDesk's own authority") }
        let authority = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(authorityKey.publicKey),
            notValidBefore: now.addingTimeInterval(-400 * day), notValidAfter: now.addingTimeInterval(400 * day),
            issuer: authorityName, subject: authorityName, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
            }, issuerPrivateKey: .init(authorityKey))
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("localhost") }
        let isAlone = flaws.contains(.selfSignedCertificate)
        var (from, to) = (-30 * day, 60 * day)
        if flaws.contains(.expiringCertificate) { (from, to) = (-85 * day, 5 * day) }
        if flaws.contains(.expiredCertificate) { (from, to) = (-91 * day, -day) }
        let names: [GeneralName] =
            flaws.contains(.misnamedCertificate)
            ? [.dnsName("staging.example")]
            : [.dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))]
        let leaf = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
            notValidBefore: now.addingTimeInterval(from), notValidAfter: now.addingTimeInterval(to),
            issuer: isAlone ? name : authorityName, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                SubjectAlternativeNames(names)
            }, issuerPrivateKey: .init(isAlone ? key : authorityKey))
        return (leaf, key, authority)
    }
}
