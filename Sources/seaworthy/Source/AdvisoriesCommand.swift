import ArgumentParser
import Foundation
import Readiness

/// `seaworthy advisories`: OSV's data, kept on this machine.
struct AdvisoriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advisories", abstract: "Keep advisories of OSV here, for `seaworthy scan`.",
        subcommands: [AdvisoriesImportCommand.self, AdvisoriesStatusCommand.self])
}

struct AdvisoriesImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in OSV documents: files, or folders of them.",
        discussion: """
            OSV publishes all of an ecosystem as one archive (all.zip): unpack it into a
            folder first, then import the folder. What is here already is replaced.
            """)

    @Argument(help: ArgumentHelp("JSON files or folders of them.", valueName: "PATH"))
    var paths: [String]

    @Option(help: "Keep them in this file.")
    var file: String?

    func run() throws {
        let place = file ?? AdvisoryFile.standard
        var store = AdvisoryStore(file: place) ?? AdvisoryStore()
        var count = 0
        var broken = 0
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw ExitStatus.failure(ExitCode(66), "`\(path)` isn't there")
            }
            if path.hasSuffix(".zip") {
                throw ExitStatus.failure(
                    ExitCode(64), "`\(path)` is an archive: unpack it first, then import the folder")
            }
            var files = [path]
            if isFolder.boolValue {
                let names = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
                files = names.filter { $0.hasSuffix(".json") }.map { "\(path)/\($0)" }
            }
            for file in files {
                guard let data = FileManager.default.contents(atPath: file), data.count <= 256 * 1_048_576,
                    let added = try? store.add(Array(data))
                else {
                    broken += 1
                    continue
                }
                count += added
            }
        }
        guard count > 0 else {
            throw ExitStatus.failure(ExitStatus.corruptData, "there was no OSV document (\(broken) files were none)")
        }
        do { try store.write(place) } catch {
            throw ExitStatus.failure(ExitStatus.cannotCreate, "`\(place)` can't be written")
        }
        StandardStreams.out(
            "\(count) advisories taken in; \(store.count) entries of \(store.ecosystems.joined(separator: ", ")) are kept, the newest of \(store.newest)\n"
        )
        if broken > 0 { StandardStreams.err("\(broken) files were no OSV documents\n") }
    }
}

struct AdvisoriesStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "What is kept, and how old it is.")

    @Option(help: "Where they are kept.")
    var file: String?

    func run() throws {
        let place = file ?? AdvisoryFile.standard
        guard let store = AdvisoryStore(file: place) else {
            throw ExitStatus.failure(ExitCode(66), "`\(place)` holds no advisories yet")
        }
        StandardStreams.out(
            "\(store.count) entries of \(store.ecosystems.joined(separator: ", ")), the newest of \(store.newest)\n")
    }
}
