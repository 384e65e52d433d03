import ArgumentParser
import Dispatch
import Foundation
import TradingDeskApp

/// `tradingdesk`: the example app, sound unless `--flaws` says otherwise.
@main
struct TradingDeskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tradingdesk",
        abstract: "A small trading and portfolio app, sound by default, with every flaw behind its own switch.",
        version: "1.4.0")

    @Option(help: "Address and port of the plain listener; port 0 lets the system choose.")
    var listen = "127.0.0.1:5000"
    @Option(help: "Address and port of the TLS listener. With one, the plain listener redirects to it.")
    var tlsListen: String?
    @Option(help: "Address and port of the listener for metrics; none without.")
    var operationsListen: String?
    @Option(help: "Certificate chain (PEM); one of an authority of its own when no files are given.")
    var tlsCertificate: String?
    @Option(help: "Key of the certificate (PEM).")
    var tlsKey: String?
    @Option(help: "Write the authority of the certificate that is made at start to this file (PEM).")
    var tlsAuthority: String?
    @Option(help: "Flaws by name, separated by commas; also: none, edge, app, all.")
    var flaws = "none"
    @Flag(help: "Print every flaw with its side and what it does.")
    var listFlaws = false
    @Flag(help: "Print the OpenAPI description.")
    var printOpenapi = false
    @Option(help: "Number that the first data grows from.")
    var seed: UInt64 = 1
    @Option(help: "SQLite file that is kept; a fresh database in memory without.")
    var database: String?
    @Option(help: "Cost of bcrypt, 4 to 15.")
    var bcryptCost = 12
    @Option(help: "Requests per minute and client address; 0 for no limit.")
    var rateLimit = 100
    @Option(help: "A host name to answer for, beside 127.0.0.1, localhost and [::1]; may be repeated.")
    var allowedHost: [String] = []
    @Option(help: "The origin that browsers see, where it isn't the one in Host (https://desk.example).")
    var publicURL: String?

    func validate() throws {
        guard (4...15).contains(bcryptCost) else { throw ValidationError("--bcrypt-cost has to be 4 to 15.") }
        guard rateLimit >= 0, rateLimit != 1 else { throw ValidationError("--rate-limit has to be 0, or 2 and more.") }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
    }

    func run() async throws {
        if listFlaws { return Self.say(Flaw.listing) }
        if printOpenapi { return Self.say(try TradingDesk.openAPIDescription(), terminator: "") }
        let desk: RunningDesk
        do {
            desk = try await TradingDesk.start(try configured())
        } catch let error as FlawSelection.UnknownFlaw {
            try Self.fail("\(error)", code: 64)
        } catch let error as ExitCode {
            throw error
        } catch {
            try Self.fail("can't start: \(error)", code: 1)
        }
        Self.say("listening on \(desk.url)")
        if let url = desk.tlsURL { Self.say("listening on \(url)") }
        if let url = desk.operationsURL { Self.say("metrics on \(url)/metrics") }
        await Self.signalled()
        await desk.stop()
    }

    private func configured() throws -> DeskConfiguration {
        var configuration = DeskConfiguration()
        configuration.listen = try Self.address(listen, "--listen")
        configuration.tlsListen = try tlsListen.map { try Self.address($0, "--tls-listen") }
        configuration.operationsListen = try operationsListen.map { try Self.address($0, "--operations-listen") }
        configuration.tlsCertificate = tlsCertificate
        configuration.tlsKey = tlsKey
        configuration.tlsAuthority = tlsAuthority
        configuration.flaws = try FlawSelection(parsing: flaws)
        configuration.seed = seed
        configuration.database = database
        configuration.bcryptCost = bcryptCost
        configuration.requestsPerMinute = rateLimit
        configuration.allowedHosts += allowedHost
        configuration.publicURL = publicURL
        return configuration
    }

    private static func address(_ text: String, _ option: String) throws -> DeskConfiguration.Address {
        guard let address = DeskConfiguration.Address(parsing: text) else {
            try fail("\(option) '\(text)': give an address and a port, such as 127.0.0.1:5000", code: 64)
        }
        return address
    }

    /// Returns at the first SIGTERM or SIGINT.
    private static func signalled() async {
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
    }

    private static func fail(_ message: String, code: Int32) throws -> Never {
        FileHandle.standardError.write(Data("tradingdesk: \(message)\n".utf8))
        throw ExitCode(code)
    }

    private static func say(_ text: String, terminator: String = "\n") {
        FileHandle.standardOutput.write(Data((text + terminator).utf8))
    }
}
