import Crypto
import FoundationEssentials
public import Kernel
import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// A self-signed certificate for a listener on a developer's machine: made at start, kept in memory, never written.
public enum DevelopmentCertificate {
    /// P-256, valid from a day before `now` for 90 days, for `localhost`, the loopback addresses and `names`
    /// (host names and IP addresses).
    public static func make(names: [String] = [], now: Timestamp) throws -> TLSMaterial {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName {
            OrganizationName("Seaworthy")
            CommonName("Seaworthy development")
        }
        var all = ["localhost", "127.0.0.1", "::1"]
        for name in names where !all.contains(name) { all.append(name) }
        let start = Date(timeIntervalSince1970: Double(now.nanosecondsSinceEpoch / 1_000_000_000) - 86_400)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: start, notValidAfter: start.addingTimeInterval(90 * 86_400), issuer: subject,
            subject: subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(all.map(generalName))
            },
            issuerPrivateKey: .init(key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return TLSMaterial(
            chain: [try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)],
            key: try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der))
    }

    /// RFC 5280 §4.2.1.6: addresses stand as their bytes in network order, names as text.
    private static func generalName(_ name: String) -> GeneralName {
        guard let address = try? SocketAddress(ipAddress: name, port: 0) else { return .dnsName(name) }
        let bytes = address.withSockAddr { pointer, size -> [UInt8] in
            let raw = UnsafeRawBufferPointer(start: pointer, count: size)
            // sin_addr stands at byte 4, sin6_addr at byte 8.
            return address.protocol == .inet6 ? Array(raw[8..<24]) : Array(raw[4..<8])
        }
        return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    }
}
