import ArgumentParser
import Gateway
import Kernel

struct PipelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Print the list of stages that every request goes through, with their modes."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let loaded = try options.load(for: .inspection)
        for line in PipelineListing.lines(of: loaded.configuration) { StandardStreams.out(line + "\n") }
        StandardStreams.out(
            "environment \(loaded.configuration.environment.rawValue), mode \(loaded.configuration.mode.rawValue)\n")
    }
}
