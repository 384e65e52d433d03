import Foundation
import Gateway
import Kernel
import Readiness

/// Switches every control off in turn, each in a shadow of its own, and looks from outside whether that is noticed.
struct ControlProof: Sendable {
    /// The app itself.
    let site: SiteURL
    /// How a shadow reaches it.
    let upstream: String
    /// A `seaworthy.yaml`, if its settings are to hold in the shadows.
    let file: String?
    /// What is known of the app: sign-in, identities and so on.
    let readiness: ReadinessConfiguration
    let controls: [Capability]
    /// Every check on every shadow, not only those that a manifest names.
    let isThorough: Bool
    let isAuthorised: Bool
    /// Why a shadow has no accounts, although controls of accounts are to be proved; nil: it has.
    var withoutAccounts: String?
    /// Who signs people in at the file's gateway: its shadows, too, need a place for accounts then, and its routes may ask for them.
    var signIn = "none"
    /// Whether the app's start page opens for whoever is let through; one that refuses everybody shows nothing of a session.
    var opensStart = true
    /// Controls that are in no shadow of theirs, not even in the one with everything on: each must come out as not held.
    var unwired: Set<String> = []
    /// Shadows that are looked at at the same time.
    var width = 3
    let progress: @Sendable (String) -> Void
    /// The control that is in no shadow, while its absence is rehearsed.
    var forgotten: Capability?

    /// What a look at one gateway, or at the app alone, gave.
    private struct Seen: Sendable {
        var checks: [String: CheckReport] = [:]
        var witness: Bool?
        subscript(id: String) -> Outcome? { checks[id]?.outcome }
    }

    func run() async throws -> [Proof.Row] {
        let wired = controls.filter { !unwired.contains($0.id) }
        let plain = wired.filter { !isOfAccounts($0) }
        let baseline = plain.isEmpty ? Seen() : try await self.baseline(plain, withAccounts: false)
        let accounts = wired.filter(isOfAccounts)
        let signedIn =
            accounts.isEmpty || withoutAccounts != nil ? Seen() : try await self.baseline(accounts, withAccounts: true)
        var rows: [String: Proof.Row] = [:]
        try await withThrowingTaskGroup(of: Proof.Row.self) { group in
            var waiting = controls[...]
            func next() {
                guard let control = waiting.popFirst() else { return }
                group.addTask {
                    if unwired.contains(control.id) { return try await rehearse(control) }
                    return try await prove(control, isOfAccounts(control) ? signedIn : baseline)
                }
            }
            for _ in 0..<width { next() }
            while let row = try await group.next() {
                rows[row.control] = row
                next()
            }
        }
        return controls.compactMap { rows[$0.id] }
    }

    /// Everything on.
    private func baseline(_ controls: [Capability], withAccounts: Bool) async throws -> Seen {
        progress(withAccounts ? "everything on, with accounts" : "everything on")
        let named = Set(controls.flatMap(\.provedBy))
        return try await look(
            at: nil, only: CheckCatalogue.sheets.map(\.id).filter(named.contains), withAccounts: withAccounts)
    }

    /// Whether a control is one of accounts that are ours: its shadow has some.
    private func isOfAccounts(_ control: Capability) -> Bool {
        Capabilities.identityControls.contains { $0.id == control.id }
    }

    /// The proof on a gateway in which nobody wired this control: with everything on and with it off it looks the same.
    private func rehearse(_ control: Capability) async throws -> Proof.Row {
        guard !isOfAccounts(control) || withoutAccounts == nil else { return try await prove(control, Seen()) }
        var sabotaged = self
        sabotaged.forgotten = control
        progress("with \(control.id) unwired")
        var seen =
            control.provedBy.isEmpty
            ? Seen() : try await sabotaged.baseline([control], withAccounts: isOfAccounts(control))
        if control.witness != nil, !seen.checks.values.contains(where: { $0.outcome == .fails }) {
            seen.witness = try await sabotaged.look(atWitnessOf: control, isOn: true).witness
        }
        let (verdict, reason) = try await sabotaged.explain(control, seen, seen)
        return Proof.Row(
            control: control.id, title: control.title, how: "unwired: in no shadow's list", verdict: verdict,
            turnedRed: [], alsoRed: [], unmoved: control.provedBy, witness: nil, reason: reason)
    }

    private func prove(_ control: Capability, _ baseline: Seen) async throws -> Proof.Row {
        if isOfAccounts(control), let reason = withoutAccounts {
            return Proof.Row(
                control: control.id, title: control.title, how: how(control), verdict: .notObservable, turnedRed: [],
                alsoRed: [], unmoved: control.provedBy, witness: nil, reason: reason)
        }
        progress("without \(control.id)")
        let off = try await look(at: control, only: control.provedBy, withAccounts: isOfAccounts(control))
        func turned(_ ids: some Sequence<String>) -> [String] {
            ids.filter { baseline[$0] == .holds && off[$0] == .fails }
        }
        let red = turned(control.provedBy)
        let others = isThorough ? turned(off.checks.keys.filter { !control.provedBy.contains($0) }.sorted()) : []
        var witness: String?
        if let sign = control.witness?.sign, off.witness == false,
            try await look(atWitnessOf: control, isOn: true).witness == true
        {
            witness = "\(sign.missed) (seen inside)"
        }
        var (verdict, reason) = (Proof.Verdict.proven, String?.none)
        if red.isEmpty, witness == nil { (verdict, reason) = try await explain(control, baseline, off) }
        return Proof.Row(
            control: control.id, title: control.title,
            how: how(control), verdict: verdict,
            turnedRed: red, alsoRed: others, unmoved: control.provedBy.filter { !red.contains($0) }, witness: witness,
            reason: reason)
    }

    private func how(_ control: Capability) -> String {
        control.modeKey.map { "\($0)=off" } ?? "always on: taken out of the list"
    }

    /// Why nothing turned red: the app alone tells whether there was something to see.
    private func explain(
        _ control: Capability, _ baseline: Seen, _ off: Seen
    ) async throws -> (Proof.Verdict, String) {
        if let witness = control.witness, control.provedBy.isEmpty {
            return off.witness == true
                ? (.notNoticed, "the inside shows the same without it")
                : (.notHeld, "the inside of a gateway with everything on doesn't show it (\(witness.sign.rawValue))")
        }
        // Whatever else holds: the app may do a part of it by itself, which says nothing for the control.
        if let id = control.provedBy.first(where: { baseline[$0] == .fails }) {
            return (.notHeld, "\(id) fails with everything on: \(baseline.checks[id]?.summary ?? "")")
        }
        let holding = control.provedBy.filter { baseline[$0] == .holds }
        guard !holding.isEmpty else {
            if opensStart, let status = try await startStatus(), status >= 500 {
                return (
                    .notHeld, "the app's start page opens, and answers \(status) behind a gateway with everything on"
                )
            }
            let id = control.provedBy.first ?? ""
            return (.notObservable, "\(id): \(baseline.checks[id]?.summary ?? "no check could look")")
        }
        if isOfAccounts(control) {
            let ids = holding.filter { off[$0] == .holds }.joined(separator: ", ")
            return ids.isEmpty
                ? (.notObservable, "\(holding.joined(separator: ", ")) could not look without it")
                : (.notNoticed, "\(ids) holds with this control off")
        }
        let alone = try await check(site, plain: nil, operatorDoor: nil, only: holding)
        if let id = holding.first(where: { alone[$0] == .fails && off[$0] == .holds }) {
            return (.notNoticed, "\(id) fails on the app alone, and holds with this control off")
        }
        guard let id = holding.first(where: { alone[$0] == .holds }) ?? holding.first else {
            return (.notObservable, "no check could look")
        }
        let seen = alone.checks[id]
        if seen?.outcome == .holds {
            return (.notObservable, "the app does it itself: \(id) holds without any layer in front")
        }
        return (.notObservable, "\(id), on the app alone: \(seen?.summary ?? "not looked at")")
    }

    /// A shadow without `control` (with everything for nil), looked at and stopped.
    private func look(at control: Capability?, only: [String], withAccounts: Bool) async throws -> Seen {
        // The sign of `trusts-loopback` needs a shadow of its own kind, and has no checks.
        if let control, control.provedBy.isEmpty { return try await look(atWitnessOf: control, isOn: false) }
        let people = withAccounts ? try ShadowPeople() : nil
        let shadow = try await Shadow.start(
            try plan(without: control), keepsAccounts: signIn != "none", people: people?.accounts ?? [])
        do {
            var seen = try await check(
                shadow.tls, plain: shadow.plain, operatorDoor: shadow.operatorDoor, only: isThorough ? [] : only,
                people: people, prefix: shadow.gateway.ownPrefix)
            if let sign = control?.witness?.sign { seen.witness = await shadow.shows(sign) }
            await shadow.stop()
            return seen
        } catch {
            await shadow.stop()
            throw error
        }
    }

    private func look(atWitnessOf control: Capability, isOn: Bool) async throws -> Seen {
        guard let sign = control.witness?.sign else { return Seen() }
        var plan = try plan(without: isOn ? nil : control)
        plan.trustsLoopback = sign != .exchangeIsLogged
        let shadow = try await Shadow.start(plan, keepsAccounts: signIn != "none")
        let seen = Seen(witness: await shadow.shows(sign))
        await shadow.stop()
        return seen
    }

    /// What the start page answers behind a gateway with everything on; nil where it doesn't answer.
    private func startStatus() async throws -> Int? {
        var plan = try plan(without: nil)
        plan.trustsLoopback = true
        let shadow = try await Shadow.start(plan, keepsAccounts: signIn != "none")
        let status = await shadow.startStatus()
        await shadow.stop()
        return status
    }

    private func plan(without control: Capability?) throws -> ShadowPlan {
        var plan = ShadowPlan(tlsPort: try TrialGateway.freePort())
        plan.upstream = upstream
        plan.file = file
        plan.denied = readiness.closed.map { String($0.prefix { $0 != "?" }) }
        plan.without = control
        plan.unwired = forgotten
        if signIn != "none" { plan.signIn = signIn }
        return plan
    }

    private func check(
        _ target: SiteURL, plain: SiteURL?, operatorDoor: SiteURL?, only: [String], people: ShadowPeople? = nil,
        prefix: String = ""
    ) async throws -> Seen {
        var configuration = people?.readiness(prefix: prefix, routes: file == nil && opensStart) ?? readiness
        configuration.plainURL = plain
        configuration.operatorURL = operatorDoor
        configuration.waivers = []
        var run = ReadinessRun(
            target: target, configuration: configuration, circumstances: try CheckCommand.circumstances())
        run.only = only
        run.isAuthorised = isAuthorised
        let report = try await run.run()
        try Task.checkCancellation()
        return Seen(checks: Dictionary(report.checks.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one }))
    }
}

extension InsideWitness.Sign {
    /// What is missing without the control.
    fileprivate var missed: String {
        switch self {
        case .exchangeIsLogged: "no line in the log"
        case .forwardedClientIsLogged: "the wrong client is logged"
        case .upgradeWithoutOriginIsRefused: "an upgrade with a cookie and no Origin passes"
        case .refusalIsTold: "a refusal that nobody is told"
        }
    }
}
