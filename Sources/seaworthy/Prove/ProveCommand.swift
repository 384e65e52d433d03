import ArgumentParser
import Foundation
import Gateway
import Kernel
import Readiness

/// `seaworthy prove`: is it noticed from outside when a control is off?
struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Switch every control off in turn and see whether a check notices.",
        usage: "seaworthy prove [<url>] [--config <file>] [<options>]",
        discussion: """
            Starts a gateway in front of your app for each control, on free ports of this machine, with everything \
            enforced but that one, and runs the checks that its manifest names. A control that can be switched off \
            without a check turning red is on paper only. Your own gateway isn't touched.

            Exit status: 0 all that can be seen on this app is proven, 1 a control's absence goes unnoticed, 2 nothing \
            could be judged.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, json }

    @Argument(help: "Where your app listens, such as http://127.0.0.1:5000; else the upstream of --config.")
    var url: String?

    @Option(
        help: "Take the settings of this seaworthy.yaml into the shadows; its doors and modes don't count.",
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        help: "What the app looks like inside: sign-in, identities, closed addresses (readiness.yaml).",
        completion: .file(extensions: ["yaml", "yml"]))
    var readiness: String?

    @Option(help: "Only the control with this id, such as protection.csrf; may be repeated.")
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Rehearse the alarm: leave this control out of every shadow, as if nobody had wired it; it must come out as \
            NOT HELD, with exit status 1. May be repeated; `all` for each by itself.
            """, valueName: "control"))
    var unwired: [String] = []

    @Flag(help: "Run every check on every shadow: takes minutes, and shows what else turns red.")
    var thorough = false

    @Option(help: "terminal or json.")
    var format = Format.terminal

    @Flag(name: .customLong("i-am-authorised"), help: "The app is on another machine, and you may attack it.")
    var isAuthorised = false

    func validate() throws {
        if let id = unwired.first(where: { $0 != "all" && !only.isEmpty && !only.contains($0) }) {
            throw ValidationError("--unwired \(id) isn't among the controls of --only")
        }
        guard url != nil || config != nil else {
            throw ValidationError("Which app? `seaworthy prove http://127.0.0.1:5000`, or --config seaworthy.yaml")
        }
        if let url, UpstreamAddress(configuration: url) == nil || SiteURL(url)?.scheme != .http {
            throw ValidationError("\(url) is not the address of an app: http://HOST:PORT, without a path")
        }
        let known = Self.controls.map(\.id)
        for id in only + unwired.filter({ $0 != "all" }) where !known.contains(id) {
            if let service = Capabilities.services.first(where: { $0.id == id }) {
                throw ValidationError(
                    "\(id) is no control of requests: nothing outside shows it. Its tests do: \(service.rehearsedBy.joined(separator: ", "))"
                )
            }
            let nearest = known.min { editDistance($0, id) < editDistance($1, id) }
            throw ValidationError("no control is called \(id)" + (nearest.map { "; did you mean \($0)?" } ?? ""))
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let known = try readiness.map { try ReadinessFile.read($0) } ?? ReadinessConfiguration()
        let own = try config.map { _ in try ownConfiguration() }
        let address = try appAddress(own)
        guard let site = SiteURL(address.description) else {
            throw ExitStatus.failure(
                ExitStatus.configuration, "prove needs an app on a TCP port, not \(address.description)")
        }
        guard isAuthorised || site.isLoopback else {
            throw ValidationError(
                "\(site.host) is not this machine: the checks attack what they check; --i-am-authorised says that you may"
            )
        }
        let front: Int?
        do {
            front = try PlainClient(address: address, authority: site.authority).ask("GET", "/")?.status
        } catch let error as PlainClient.Unreachable {
            throw ExitStatus.failure(
                ExitStatus.unavailable, "\(address.description) can't be reached: \(error.reason). Is the app running?")
        }
        let isTerminal = StandardStreams.errIsTerminal
        let controls = Self.controls.filter { only.isEmpty || only.contains($0.id) }
        let circumstances = try CheckCommand.circumstances()
        let start = ContinuousClock.now
        var proof = ControlProof(
            site: site, upstream: address.description, file: config, readiness: known, controls: controls,
            isThorough: thorough, isAuthorised: isAuthorised
        ) { step in
            if isTerminal { StandardStreams.err("\r\u{1B}[K\(step)".prefix(78) + "") }
        }
        proof.withoutAccounts = reasonWithoutAccounts
        proof.signIn = signIn
        proof.unwired = unwired.contains("all") ? Set(controls.map(\.id)) : Set(unwired)
        proof.opensStart = front.map { (200..<300).contains($0) } ?? false
        let rows: [Proof.Row]
        do {
            rows = try await proof.run()
        } catch let errors as ConfigurationErrors {
            throw ExitStatus.failure(ExitStatus.configuration, errors.description)
        }
        if isTerminal { StandardStreams.err("\r\u{1B}[K") }
        let result = Proof(
            app: address.description, startedAt: circumstances.startedAt,
            seconds: (ContinuousClock.now - start) / .seconds(1), rows: rows,
            notEnforced: own.map { Self.lenient($0, controls) },
            unwired: unwired.isEmpty ? nil : controls.map(\.id).filter(proof.unwired.contains))
        switch format {
        case .terminal: StandardStreams.out(result.text(colour: StandardStreams.outTakesColour))
        case .json: StandardStreams.out(try result.json())
        }
        throw ExitCode(result.exitCode)
    }

    private static let controls = Capabilities.controls + Capabilities.identityControls

    /// Why the file's gateway has no accounts of its own; nil where it has, or where there is no file.
    private var reasonWithoutAccounts: String? {
        guard config != nil else { return nil }
        return switch signIn {
        case "own": nil
        case "adopt":
            "the app signs people in itself here (identity.sign-in: adopt): this is a control of accounts of ours"
        default: "nobody signs in at this gateway (identity.sign-in: \(signIn)): there is nothing to switch off"
        }
    }

    /// Controls that the file itself doesn't enforce: proven here, and still not there.
    private static func lenient(_ configuration: GatewayConfiguration, _ controls: [Capability]) -> [Proof.Lenient] {
        let modes = PipelineListing.modes(of: configuration)
        return controls.compactMap { control in
            guard control.modeKey != nil, let mode = control.stages.compactMap({ modes[$0] }).first, mode != .enforce
            else { return nil }
            return Proof.Lenient(control: control.id, mode: mode.rawValue)
        }
    }

    /// The app: as given, else as the file says.
    private func appAddress(_ own: GatewayConfiguration?) throws -> UpstreamAddress {
        guard let address = url.flatMap(UpstreamAddress.init(configuration:)) ?? own?.upstream else {
            throw ValidationError("Which app? `seaworthy prove http://127.0.0.1:5000`, or --config seaworthy.yaml")
        }
        return address
    }

    /// Who signs people in at the file's gateway.
    private var signIn: String {
        config.map { GatewayConfiguration.signIn(in: ConfigurationSources(file: .required($0))) } ?? "none"
    }

    /// The file's settings. Shadows have a database of their own, so what the file's wants, such as a secret-key from the
    /// environment, may be missing.
    private func ownConfiguration() throws -> GatewayConfiguration {
        let file = config.map { ConfigurationSources.File.required($0) } ?? .none
        let app = url.map { ["upstream=\($0)"] } ?? []
        let apart =
            signIn == "none"
            ? ["database=none"] : ["environment=development", "database=shadow.db", "redis=none"]
        do {
            _ = try GatewayConfiguration.load(
                ConfigurationSources(file: file, sets: app + apart + ["identity.sign-up=off"]))
        } catch {
            throw ExitStatus.failure(ExitStatus.configuration, error.description)
        }
        return GatewayConfiguration.read(ConfigurationSources(file: file, sets: app), for: .inspection).configuration
    }
}
