import Foundation
import Kernel

/// The manual page from the commands' and the keys' own definitions.
struct ManualPage {
    let tool: Tool
    let settings: [SettingDescription]

    /// What the argument parser tells of the commands (the fields that a manual needs).
    struct Tool: Decodable {
        let command: Command
    }
    struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?
        let arguments: [Argument]?
    }
    struct Argument: Decodable {
        let kind: String
        let shouldDisplay: Bool
        let names: [Name]?
        let valueName: String?
        let abstract: String?
        let discussion: String?
        let isRepeating: Bool?
    }
    struct Name: Decodable {
        let kind: String
        let name: String
    }

    var roff: String {
        var text = """
            .\\" Written by `seaworthy man`.
            .TH SEAWORTHY 1 "" "Seaworthy \(Seaworthy.version)" "User Commands"
            .SH NAME
            seaworthy \\- \(escape(sentence(tool.command.abstract)))
            .SH SYNOPSIS
            .B seaworthy
            .I command
            [\\fIoptions\\fR]
            .SH DESCRIPTION
            \(escape(paragraphs(tool.command.discussion)))
            .SH COMMANDS

            """
        for command in tool.command.subcommands ?? [] where command.commandName != "help" {
            text += section(command, prefix: "seaworthy")
        }
        text +=
            ".SH CONFIGURATION KEYS\nSet in seaworthy.yaml, by \\fB\\-\\-set\\fR \\fIKEY\\fR=\\fIVALUE\\fR, or by SEAWORTHY_\\fIKEY\\fR.\n"
        for setting in settings {
            text +=
                ".TP\n.B \(escape(setting.key))\n\(escape(setting.summary))\nForm: \(escape(setting.form)).\nDefault: \(escape(setting.defaultText)).\n"
        }
        return text + ManualPage.ending
    }

    private func section(_ command: Command, prefix: String) -> String {
        let name = "\(prefix) \(command.commandName)"
        let inner = (command.subcommands ?? []).filter { $0.commandName != "help" }
        if !inner.isEmpty { return inner.map { section($0, prefix: name) }.joined() }
        var text = ".SS \"\(escape(name))\"\n\(escape(sentence(command.abstract)))\n"
        if let discussion = command.discussion { text += ".PP\n\(escape(paragraphs(discussion)))\n" }
        for argument in command.arguments ?? [] where argument.shouldDisplay {
            text += ".TP\n\(label(argument))\n\(escape(sentence(argument.abstract)))\n"
        }
        return text
    }

    private func label(_ argument: Argument) -> String {
        guard argument.kind != "positional" else { return ".I \(escape(argument.valueName ?? "argument"))" }
        let names = (argument.names ?? []).map { "\\fB" + escape(($0.kind == "long" ? "--" : "-") + $0.name) + "\\fR" }
        let value = argument.kind == "option" ? " \\fI\(escape(argument.valueName ?? "value"))\\fR" : ""
        return names.joined(separator: ", ") + value
    }

    private func sentence(_ text: String?) -> String { text ?? "" }

    private func paragraphs(_ text: String?) -> String { (text ?? "").replacing("\n\n", with: "\n.PP\n") }

    /// Backslashes, dashes, and dots or quotes that would start a request (except the `.PP` that paragraphs put there).
    private func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                if line == ".PP" { return String(line) }
                if line.hasPrefix("  ") { return ".br\n\(line.trimming(while: { $0 == " " }))" }
                return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&\(line)" : String(line)
            }
            .joined(separator: "\n")
    }

    private static let ending = """
        .SH SIGNALS
        .TP
        .B SIGHUP
        Read the configuration again; a bad one changes nothing.
        .TP
        .B SIGTERM, SIGINT
        Take no new connections and let running exchanges end; a second one ends the process at once.
        .SH EXIT STATUS
        0 done; 64 wrong usage; 65 a damaged database; 69 unavailable (address in use, app, gateway or database not there);
        73 a file can't be written; 74 standard output can't be written; 75 no answer in time; 77 not permitted; 78 error in the configuration, or a schema that
        doesn't fit.
        \\fBcheck\\fR: 0 go, 1 no\\-go, 2 could not judge.
        .SH FILES
        .TP
        .I seaworthy.yaml
        Read from the working directory unless \\fB\\-\\-config\\fR or SEAWORTHY_CONFIG names another file.

        """
}
