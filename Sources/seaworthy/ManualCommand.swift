import ArgumentParser
import Foundation
import Gateway
import Kernel

struct ManualCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the manual page (roff): seaworthy man | man -l -")

    func run() async throws {
        let data = Data(Seaworthy._dumpHelp().utf8)
        let tool = try JSONDecoder().decode(ManualPage.Tool.self, from: data)
        StandardStreams.out(ManualPage(tool: tool, settings: GatewayConfiguration.definedSettings).roff)
    }
}
