import ArgumentParser
import Foundation
import Gateway
import Kernel

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Ask an app a few questions and write a commented seaworthy.yaml for it.",
        discussion: "At most 15 requests, all of them reading. `serve` takes the file as it is.")

    @Argument(
        help: ArgumentHelp(
            "Where the app listens, such as http://127.0.0.1:5000 or unix:/run/app.sock.", valueName: "url"))
    var app: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"),
        completion: .file())
    var output = "seaworthy.yaml"

    @Flag(help: "Write over an existing file.")
    var force = false

    @Flag(name: .customLong("i-am-authorised"), help: "The app isn't on this machine, and I may ask it.")
    var isAuthorised = false

    func validate() throws {
        guard UpstreamAddress(configuration: app) != nil else {
            throw ValidationError("\(app) is not an address of an app: \(ServerSettings.upstream.form)")
        }
    }

    func run() async throws {
        guard let address = UpstreamAddress(configuration: app) else { return }
        var authority = "localhost"
        if case .tcp(let host, let port) = address {
            authority = "\(ListenAddress.tcp(host: host, port: port))"
            guard isAuthorised || ListenAddress.tcp(host: host, port: port).isLoopback else {
                throw ExitStatus.failure(
                    .failure, "\(host) is not this machine: give --i-am-authorised if you may ask it")
            }
        }
        if output != "-", !force, FileManager.default.fileExists(atPath: output) {
            throw ExitStatus.failure(
                ExitStatus.cannotCreate, "\(output) exists already; --force writes over it, -o names another")
        }
        var interview = AppInterview(
            client: PlainClient(address: address, authority: authority),
            nonce: "seaworthy-\(UInt32.random(in: .min ... .max))")
        let findings: AppFindings
        do {
            findings = try interview.run()
        } catch let error as PlainClient.Unreachable {
            throw ExitStatus.failure(
                ExitStatus.unavailable, "\(app) can't be reached: \(error.reason). Is the app running?")
        }
        let file = StarterFile(upstream: address.description, findings: findings)
        guard output != "-" else { return StandardStreams.out(file.yaml) }
        do {
            try PidFile.replace(output, with: file.yaml, mode: 0o644)
        } catch {
            throw ExitStatus.failure(ExitStatus.cannotCreate, "can't write \(output): \(error)")
        }
        StandardStreams.err(
            file.summary
                + "\nWrote \(output). Next: seaworthy serve\(output == "seaworthy.yaml" ? "" : " --config \(output)")\n"
        )
    }
}
