public import Kernel
public import Web

/// Refuses requests for hosts that aren't ours, so that links, caches and password mails can't be poisoned.
public struct HostCheckStage: GatewayStage {
    public let name = "HostCheck"
    public let control = "protection.host"
    public let mode: ControlMode
    public let phases: StagePhases = .receive
    private let rule: HostRule

    public init(_ settings: Settings, edge: EdgeFacts) {
        mode = settings.mode
        var hosts = settings.hosts
        if let own = edge.publicOrigin?.host { hosts.append(own) }
        rule = HostRule(hosts: hosts, allowsLocal: settings.hosts.isEmpty && edge.environment == .development)
        isDevelopment = edge.environment == .development
    }
    private let isDevelopment: Bool
    /// This stage's own: what a connection remembers of another configuration's must not count.
    private let identity = Identity()
    private final class Identity: Sendable {}

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard let position = exchange.request.fields.position(of: .host) else { return .proceed }
        if let memory = exchange.memory,
            exchange.request.fields.withValue(at: position, { memory.admits($0, by: identity) })
        {
            return .proceed
        }
        let text = exchange.request.fields.value(at: position)
        let verdict = judge(text, &exchange)
        if case .proceed = verdict, isAdmitted(text) {
            exchange.request.fields.withValue(at: position) { exchange.memory?.admitted($0, by: identity) }
        }
        return verdict
    }

    private func isAdmitted(_ text: String) -> Bool {
        rule.admitsVerbatim(text) || HostName(text).map { rule.admits($0) } ?? false
    }

    private func judge(_ text: String, _ exchange: inout Exchange) -> Verdict {
        if rule.admitsVerbatim(text) { return .proceed }
        guard let name = HostName(text) else {
            let problem = Problem(
                "host.malformed", status: 400, title: "The request's host is malformed.", closesConnection: true)
            // Two parsers could read two hosts in it: refused whatever the mode.
            return exchange.refuseAmbiguity(problem)
        }
        if rule.admits(name) { return .proceed }
        if rule.isEmpty, !isDevelopment {
            exchange.note("host.unlisted", detail: "set `hosts` or `public-url`")
            return .proceed
        }
        let problem = Problem(
            "host.unknown", status: 421, title: "This server is not the one for that host.",
            detail: "The host is not in the list of `hosts`.")
        return exchange.object(to: problem) ?? .proceed
    }
}
