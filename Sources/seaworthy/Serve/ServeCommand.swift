import ArgumentParser
import Gateway

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Stand in front of an app.",
        discussion: """
            Flags win over SEAWORTHY_… variables, these over seaworthy.yaml, that over the defaults; `seaworthy config \
            explain` prints every key. On a loopback listener controls observe: they record what they would refuse \
            and let it pass; --mode enforce makes them hold.

            SIGHUP (or `seaworthy reload`) reads the configuration again; a bad one changes nothing. SIGTERM and \
            SIGINT let running exchanges end (`limits.drain`); a second one ends the process at once.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let loaded = try options.load(for: .serving) { errors in
            for notice in WorkNotice.ofRefusedSecrets(errors) { ProcessLog.write(notice) }
        }
        var process = GatewayProcess(
            sources: options.sources, loaded: loaded, worker: WorkerStart.launch(options, loaded.configuration)
        )
        try await process.run()
    }
}
