import NIOCore
import SwiftASN1
import X509

struct CertificateNamesTheHost: Check {
    let sheet = CheckSheet(
        "tls.certificate-name", "The certificate names the host", area: .transport, side: .edge, severity: .major,
        asvs: "V12.1.1", flaw: "misnamed-certificate",
        rationale: "Browsers refuse a certificate of another name; people who are used to clicking that away are lost.",
        remediation: "Ask for a certificate with every name by which the site is reached (`certbot -d NAME -d NAME`).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let leaf = try await target.presentedChain().leaf
        let host = target.site.host.lowercased()
        let names = (try? leaf.extensions.subjectAlternativeNames).map(Array.init) ?? []
        let shown = names.prefix(6).map(Self.text).joined(separator: ", ")
        if names.isEmpty {
            return [.fails(target.site.origin, "it has no alternative names: browsers look at nothing else")]
        }
        if names.contains(where: { Self.matches($0, host) }) {
            return [.holds(target.site.origin, "it names \(shown)")]
        }
        return [.fails(target.site.origin, "it names \(shown), not \(host)")]
    }

    /// RFC 6125 §6.4: whole labels, one star for the first of at least three; addresses only as addresses.
    static func matches(_ name: GeneralName, _ host: String) -> Bool {
        switch name {
        case .dnsName(let pattern):
            let pattern = pattern.lowercased()
            guard pattern.hasPrefix("*.") else { return pattern == host }
            let rest = pattern.dropFirst(2)
            let labels = host.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            return rest.contains(".") && labels.count == 2 && labels.first?.isEmpty == false && labels.last == rest
        case .ipAddress(let bytes):
            guard let own = try? SocketAddress(ipAddress: host, port: 0).ipAddress else { return false }
            return text(bytes.bytes) == own
        default: return false
        }
    }

    private static func text(_ name: GeneralName) -> String {
        switch name {
        case .dnsName(let name): visible(name, limit: 80)
        case .ipAddress(let bytes): text(bytes.bytes)
        default: "a name of another kind"
        }
    }

    /// An address in its usual form; what has another length than those of addresses is none.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0))?.ipAddress ?? "no address"
    }
}
