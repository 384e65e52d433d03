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
        commandName: "import", abstract: "Take in OSV documents: archives (all.zip), files, or folders of them.",
        discussion: """
            OSV publishes all of an ecosystem as one archive:
            https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip
            Two imports at once wait for each other. Nothing is unpacked onto the disk. What is here already is replaced, what was
            withdrawn is taken out; the same archive twice changes nothing.

            Exit code 65: there was no OSV document, or an archive is damaged; then
            nothing is kept of any of them.
            """)

    @Argument(help: ArgumentHelp("Archives, JSON files, or folders of them.", valueName: "PATH"))
    var paths: [String]

    @Option(help: "Keep them in this file.")
    var file: String?

    func run() throws {
        let place = file ?? AdvisoryFile.standard
        let hold: AdvisoryHold
        do throws(EvidenceProblem) {
            hold = try AdvisoryHold(place) {
                StandardStreams.err("seaworthy: another import is at `\(place)`: waiting for it\n")
            }
        } catch {
            throw ExitStatus.failure(ExitStatus.cannotCreate, "\(error)")
        }
        try withExtendedLifetime(hold) { try take(into: place) }
    }

    private func take(into place: String) throws {
        let isThere = FileManager.default.fileExists(atPath: place)
        let kept = AdvisoryStore(file: place)
        guard kept != nil || !isThere else {
            throw ExitStatus.failure(
                ExitStatus.corruptData,
                "`\(place)` isn't what was written there: remove it, and import everything again")
        }
        var taking = AdvisoryImport(into: kept ?? AdvisoryStore())
        for path in paths {
            do throws(EvidenceProblem) { try taking.take(path) } catch {
                throw ExitStatus.failure(error.isMissing ? ExitStatus.noInput : ExitStatus.corruptData, "\(error)")
            }
        }
        let summary = taking.summary
        guard taking.taken > 0 || taking.leftOut[.withdrawn] != nil else {
            throw ExitStatus.failure(
                ExitStatus.corruptData,
                (["there was no OSV document to take in"] + summary.dropFirst().dropLast()).joined(separator: "; "))
        }
        do { try taking.store.write(place) } catch {
            throw ExitStatus.failure(ExitStatus.cannotCreate, "`\(place)` can't be written")
        }
        StandardStreams.out(summary.joined(separator: "\n") + "\n")
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
