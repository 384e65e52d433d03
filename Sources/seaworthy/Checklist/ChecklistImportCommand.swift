import ArgumentParser
import Foundation
import Readiness

/// `seaworthy checklist import FILE.md`: a team's own checklist, mapped to what can decide it.
struct ChecklistImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Read a checklist in Markdown: what decides each item, and where the document contradicts itself.",
        usage: "seaworthy checklist import <file> [<options>]",
        discussion: """
            Reads task lists, marks such as ✅ ❌ ⚠️ ⏳, tables of required, actual and status, nested items and \
            signatures, in any encoding. `--format yaml` prints a section for readiness.yaml, to be reviewed; `check \
            --config` then holds every item against what it sees. Exit code 0: read, 1: the document contradicts \
            itself, 2: there is no item in it, 65: it is too large, 66: it can't be read, 73: the output is there already.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case terminal, yaml, json }

    @Argument(help: "The document.")
    var file: String

    @Option(help: ArgumentHelp("How to print it.", valueName: "terminal|yaml|json"))
    var format = Format.terminal

    @Option(help: "Write it to this new file; yaml unless a format is given.")
    var output: String?

    func run() throws {
        let bytes = try DocumentFile.read(file, limit: ChecklistImport.byteLimit)
        let now = Date.now.formatted(.iso8601)
        guard let today = CalendarDay(String(now.prefix(10))) else { throw ExitStatus.software }
        let result = ChecklistImport(bytes, file: file, today: today)
        guard !result.items.isEmpty || !result.contradictions.isEmpty else {
            throw ExitStatus.failure(
                ExitCode(2), "`\(file)` has no item: no task list, no ✅ or ❌, no table with a status, no list")
        }
        let kind = output != nil && format == .terminal ? .yaml : format
        let text =
            switch kind {
            case .terminal: result.report(colour: StandardStreams.outTakesColour)
            case .yaml: result.yaml()
            case .json: try result.json()
            }
        if let output {
            // Neither the document nor what somebody has reviewed since is written over.
            let url = URL(filePath: output).resolvingSymlinksInPath()
            let kind = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
            if kind == .typeRegular, (try? Data(contentsOf: url)) != Data(text.utf8) {
                throw ExitStatus.failure(
                    ExitStatus.cannotCreate,
                    "`\(output)` is there already and may have been reviewed: remove it, or name another file")
            }
            try ResultFile.write(text, to: output)
            let mapped = result.items.count - result.count("not mapped")
            StandardStreams.err("\(mapped) of \(result.items.count) items mapped, into \(output)\n")
        } else {
            StandardStreams.out(text)
        }
        if kind == .yaml {
            for finding in result.contradictions {
                StandardStreams.err("\(result.file):\(finding.line): \(finding.claimed); \(finding.seen)\n")
            }
        }
        if !result.contradictions.isEmpty { throw ExitCode(1) }
    }
}

/// A document as commands read it.
enum DocumentFile {
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ExitStatus.failure(ExitCode(66), "`\(path)` isn't there")
        }
        guard !isFolder.boolValue else { throw ExitStatus.failure(ExitCode(66), "`\(path)` is a folder, not a file") }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ExitStatus.failure(ExitCode(66), "`\(path)` can't be read: permission is missing")
        }
        let data = (try? handle.read(upToCount: limit + 1)) ?? Data()
        guard data.count <= limit else {
            throw ExitStatus.failure(
                ExitStatus.corruptData, "`\(path)` has more than \(limit / 1_048_576) MiB: is it a checklist?")
        }
        return [UInt8](data)
    }
}
