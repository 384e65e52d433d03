import NIOSSL

/// Whether a certificate names the host that was asked for (RFC 9525 §6): a DNS name of its own, or `*.` and all labels but
/// the first. NIOSSL is content with the peer's IP address too, which says nothing about who owns the name.
enum CertificateName {
    static func names(of certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().compactMap { name in
            guard name.nameType == .dnsName else { return nil }
            return String(decoding: name.contents, as: UTF8.self).lowercased()
        }
    }

    static func matches(_ host: String, _ names: [String]) -> Bool {
        // can't trap: the index is one of this very text.
        let parent = host.firstIndex(of: ".").map { host[$0...].dropFirst() }
        return names.contains { name in
            if name == host { return true }
            guard name.hasPrefix("*."), let parent, parent.contains(".") else { return false }
            return name.dropFirst(2) == parent
        }
    }
}
