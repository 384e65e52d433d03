import FoundationEssentials
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

struct CertificateIsTrusted: Check {
    let sheet = CheckSheet(
        "tls.certificate-chain", "The certificate comes from somebody whom browsers trust", area: .transport,
        side: .edge, severity: .major, asvs: "V12.1.1", flaw: "self-signed-certificate",
        rationale: "A certificate that anybody can make proves nothing: whoever sits in between shows one, too.",
        remediation:
            "Get one from a public authority (Let's Encrypt), and send the intermediate ones along (fullchain.pem).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let chain = try await target.presentedChain()
        let roots = try target.configuration.authorities.map { CertificateStore(try Self.certificates($0)) }
        // Whether it is in date is asked apart.
        let life = chain.leaf.notValidAfter.timeIntervalSince(chain.leaf.notValidBefore)
        let time = chain.leaf.notValidBefore.addingTimeInterval(max(0, life / 2))
        var verifier = Verifier(rootCertificates: roots ?? .systemTrustRoots) {
            RFC5280Policy(fixedExpiryValidationTime: time)
        }
        let result = await verifier.validate(leaf: chain.leaf, intermediates: CertificateStore(chain.others))
        let issuer = visible("\(chain.leaf.issuer)", limit: 120)
        switch result {
        case .validCertificate(let path):
            return [.holds(target.site.origin, "issued by \(issuer), \(path.count) certificates up to a trusted one")]
        case .couldNotValidate(let failures):
            if chain.leaf.issuer == chain.leaf.subject {
                return [.fails(target.site.origin, "it is self-signed (\(issuer))")]
            }
            if let failure = failures.first {
                let why = visible("\(failure.policyFailureReason)", limit: 200)
                return [.fails(target.site.origin, "issued by \(issuer): \(why)")]
            }
            let missing =
                chain.others.isEmpty
                ? "it came alone: is an intermediate certificate missing?"
                : "\(chain.others.count) came with it, and none leads to a trusted one"
            return [.fails(target.site.origin, "issued by \(issuer), whom nobody here trusts; \(missing)")]
        }
    }

    private static func certificates(_ pem: String) throws -> [Certificate] {
        var found: [Certificate] = []
        for part in pem.components(separatedBy: "-----END CERTIFICATE-----").prefix(500) {
            guard let start = part.range(of: "-----BEGIN CERTIFICATE-----") else { continue }
            let text = part[start.lowerBound...] + "-----END CERTIFICATE-----\n"
            guard let certificate = try? Certificate(pemEncoded: String(text)) else { continue }
            found.append(certificate)
        }
        guard !found.isEmpty else { throw Obstacle.notAvailable("the file of authorities has no certificate in it") }
        return found
    }
}
