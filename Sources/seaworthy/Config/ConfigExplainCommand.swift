import ArgumentParser
import Foundation
import Gateway
import Kernel

struct ConfigExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print every key: what it does, its form, default, the value in force and its origin.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, json }

    @Option(help: "How to print it; markdown gives the reference without the values in force.")
    var format = Format.text

    @Flag(help: "Only keys that were given.")
    var given = false

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "Only keys that start with this, such as protection.csrf.")
    var prefix: String?

    func run() async throws {
        if format == .markdown {
            return StandardStreams.out(ConfigurationReference(settings: GatewayConfiguration.definedSettings).markdown)
        }
        let reading = GatewayConfiguration.read(options.sources, for: .inspection)
        var settings = reading.settings
        if let prefix {
            settings = settings.filter { $0.description.key == prefix || $0.description.key.hasPrefix(prefix) }
        }
        if given { settings = settings.filter(\.isGiven) }
        StandardStreams.out(format == .json ? try json(settings) : text(settings))
        guard reading.errors.isEmpty else {
            throw ExitStatus.failure(ExitStatus.configuration, ConfigurationErrors(reading.errors).description)
        }
        if settings.isEmpty { throw ExitStatus.failure(.failure, "no such key") }
    }

    private func text(_ settings: [ExplainedSetting]) -> String {
        settings.map { setting in
            let description = setting.description
            var lines = [
                "\(description.key) = \(setting.value)   (\(setting.origin))",
                "    " + description.summary.wrapped(width: 76, indent: 4),
                "    " + "Form: \(description.form).".wrapped(width: 76, indent: 4),
            ]
            var last = "Default: \(description.defaultText)."
            if !description.reloads { last += " Takes effect at the next start only." }
            if description.isSecret {
                last += " Secret: also read from the file that \(variable(description.key))_FILE names."
            }
            lines.append("    " + last.wrapped(width: 76, indent: 4))
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    private func variable(_ key: String) -> String { ConfigurationReference.variable(key) }

    private func json(_ settings: [ExplainedSetting]) throws -> String {
        struct Row: Encodable {
            let key, summary, form, `default`, value, origin: String
            let reloads, secret: Bool
        }
        let rows = settings.map { setting in
            Row(
                key: setting.description.key, summary: setting.description.summary, form: setting.description.form,
                default: setting.description.defaultText, value: setting.value, origin: setting.origin,
                reloads: setting.description.reloads, secret: setting.description.isSecret)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(rows), as: UTF8.self) + "\n"
    }
}

extension String {
    /// Broken at spaces so that no line is longer than `width` (where words allow); later lines are indented.
    func wrapped(width: Int, indent: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}
