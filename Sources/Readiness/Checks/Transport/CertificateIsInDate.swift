import FoundationEssentials
import X509

struct CertificateIsInDate: Check {
    let sheet = CheckSheet(
        "tls.certificate-dates", "The certificate is valid, and will be for some time", area: .transport, side: .edge,
        severity: .major, asvs: "V12.1.1", flaw: "expired-certificate", moreFlaws: ["expiring-certificate"],
        rationale:
            "On the day after it ends nobody gets in; the renewal that should have come says what else stands still.",
        remediation: "Let a program renew it (certbot, acme.sh, Caddy) and alert when 14 days are left.")

    /// What should be left of a long one; of a short one, a third of its life.
    private static let days = 14.0
    private static let day = 86_400.0

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let leaf = try await target.presentedChain().leaf
        guard let now = target.startedAt else { throw Obstacle.notAvailable("the time of the run isn't known") }
        let left = leaf.notValidAfter.timeIntervalSince(now) / Self.day
        let until = leaf.notValidAfter.formatted(.iso8601)
        if leaf.notValidBefore > now {
            return [.fails(target.site.origin, "it isn't valid before \(leaf.notValidBefore.formatted(.iso8601))")]
        }
        if left <= 0 { return [.fails(target.site.origin, "it ended on \(until)")] }
        let life = leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) / Self.day
        let least = min(Self.days, life / 3)
        if left < least {
            return [
                .fails(
                    target.site.origin,
                    "it ends on \(until), in \(TerminalReport.tenths(left)) days; renewal should have come by now")
            ]
        }
        return [.holds(target.site.origin, "valid until \(until), \(Int(left)) more days")]
    }
}
