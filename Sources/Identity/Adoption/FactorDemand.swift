import Kernel
import Web

/// Of whom of the app's people a second factor is wanted, and which of their sessions wait for one: the pure rule.
struct FactorDemand: Sendable {
    /// A session waits this long for its second factor; then the app shows its login again.
    static let span: Duration = .seconds(900)

    /// Whether anybody is asked at all.
    let isOn: Bool
    private let isForAll: Bool
    private let people: Set<String>

    /// - Parameter keys: names are compared as pseudonyms, of every key that a session's owner may have theirs of.
    init(_ settings: IdentitySettings, keys: any PurposeKeys) {
        let adoption = settings.adoption
        isOn = settings.signIn == .adopt && adoption.mode != .off && adoption.secondFactor != .off
        isForAll =
            adoption.secondFactor == .required || settings.secondFactor.requiredFor.contains(Role.person.rawValue)
        guard isOn, !isForAll, !adoption.secondFactorFor.isEmpty else {
            people = []
            return
        }
        people = Set(
            keys.published(.blindIndex).flatMap { key in
                adoption.secondFactorFor.map { AppPerson.counted($0, key) }
            })
    }

    /// Whether the configuration wants one of them.
    func asks(of counted: String?) -> Bool { isOn && (isForAll || counted.map(people.contains) ?? false) }

    /// Whether a session waits for one.
    func holds(_ caller: SignedIn, _ row: SessionRow?) -> Bool {
        guard isOn, caller.secondFactorAt == nil else { return false }
        return row?.awaitsFactor ?? false || asks(of: caller.counted)
    }
}

extension Account {
    /// Whether it stands for somebody of the app's.
    var isAdopted: Bool { AppPerson.counted(of: email) != nil }
    /// What a second factor is kept under. For the app's people it is shared by all spellings of their name: an app that takes
    /// two for the same would let a password in without it.
    var factorSubject: String { AppPerson.counted(of: email) ?? id }
}

extension SignedIn {
    /// The pseudonym of all spellings of their name; nil for people of our own.
    var counted: String? { (try? MailAddress(email)).flatMap(AppPerson.counted(of:)) }
    /// As `Account.factorSubject`.
    var factorSubject: String { counted ?? account }
}

extension IdentityFlows {
    var factorDemand: FactorDemand { FactorDemand(settings, keys: service.keys) }

    /// Whether their role, or the configuration for the app's people, wants a second factor of them.
    func requiresFactor(of caller: SignedIn) -> Bool {
        service.required.contains(caller.role) || factorDemand.asks(of: caller.counted)
    }

    /// Whether a session of the app's waits for a second factor.
    func isHeld(_ caller: SignedIn) -> Bool {
        guard settings.signIn == .adopt, caller.secondFactorAt == nil else { return false }
        return factorDemand.holds(caller, service.view.session(caller.sessionKey)?.row)
    }
}
