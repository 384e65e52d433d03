import ArgumentParser
import Foundation
import Readiness

/// `seaworthy scan DIR`: what the source itself shows.
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Look at an app's source: what is unwired, unlocked, secret or known to be vulnerable.",
        usage: "seaworthy scan [<folder>] [<options>]",
        discussion: """
            Python, JavaScript and TypeScript, Swift, Rust; lock files; containers and
            Kubernetes manifests. Nothing leaves this machine, and nothing is run unless
            --rebuild asks for it.
            `seaworthy check URL --source FOLDER` judges it together with the app.

            Exit code 0: nothing found, 1: something, 2: nothing could be judged.
            """)

    @Argument(help: "The folder to look at.")
    var folder: String?

    @Option(help: "Waivers for gates, and `artefacts` (readiness.yaml).")
    var config: String?

    @Option(help: ArgumentHelp("Leave out what matches; may be repeated.", valueName: "GLOB"))
    var exclude: [String] = []

    @Option(help: ArgumentHelp("A file that the build must leave; may be repeated.", valueName: "GLOB"))
    var artifact: [String] = []

    @Flag(
        help:
            "Build the `artefacts` of readiness.yaml twice and compare. This runs the project's own commands, with your rights."
    )
    var rebuild = false

    @Option(help: "Advisories, as `seaworthy advisories import` keeps them.")
    var advisories: String?

    @Option(
        help: "terminal, json, html, markdown, sarif, junit, csv or badge.", transform: { try ReportOptions.format($0) }
    )
    var format = ReportFormat.terminal

    @Option(help: "Write the report to this file.")
    var output: String?

    @Flag(help: "Name the rules and leave.")
    var rules = false

    @Flag(help: "Prove each rule against code with its flaw and without.")
    var selfTest = false

    func validate() throws {
        if folder == nil, !rules, !selfTest { throw ValidationError("Which folder? `seaworthy scan .`") }
    }

    func run() throws {
        if rules { return StandardStreams.out(ScanReport.rules()) }
        if selfTest {
            let rows = RuleProof.rows()
            StandardStreams.out(RuleProof.table(rows, colour: StandardStreams.outTakesColour))
            throw ExitCode(rows.allSatisfy(\.tellsApart) ? 0 : 1)
        }
        let configuration = try config.map { try ReadinessFile.read($0) } ?? ReadinessConfiguration()
        let clock = ContinuousClock()
        let start = clock.now
        let artifacts = configuration.artefacts + artifact.map { DeclaredArtifact(path: $0) }
        var scan = try SourceSupply.scan(folder ?? ".", exclude: exclude, artifacts: artifacts, advisories: advisories)
        if rebuild { try SourceSupply.rebuild(&scan, artifacts) }
        let seconds = (clock.now - start) / .seconds(1)
        let circumstances = try CheckCommand.circumstances()
        let report = ScanReport.report(
            scan, seconds: seconds, startedAt: circumstances.startedAt, today: circumstances.today,
            waivers: configuration.waivers)
        let text =
            format == .terminal
            ? ScanReport.text(scan, seconds: seconds, colour: output == nil && StandardStreams.outTakesColour)
            : try format.render(report)
        if let output {
            try ResultFile.write(text, to: output)
        } else {
            StandardStreams.out(text)
        }
        throw ExitCode(report.exitCode)
    }
}

/// A scan as commands make it.
enum SourceSupply {
    static func scan(
        _ folder: String, exclude: [String], artifacts: [DeclaredArtifact], advisories: String?
    ) throws -> SourceScan {
        var options = SourceScan.Options()
        options.exclude = exclude
        options.artifacts = artifacts
        let store = AdvisoryStore(file: advisories ?? AdvisoryFile.standard)
        if let advisories, store == nil {
            throw ExitStatus.failure(
                ExitCode(66), "`\(advisories)` holds no advisories of `seaworthy advisories import`")
        }
        do throws(EvidenceProblem) {
            return try SourceScan(root: folder, options: options, advisories: store)
        } catch { throw ExitStatus.failure(ExitCode(66), "\(error)") }
    }
}

extension SourceSupply {
    /// Builds twice; Ctrl-C ends the builds and takes the copies away.
    static func rebuild(_ scan: inout SourceScan, _ artifacts: [DeclaredArtifact]) throws {
        let progress = CheckProgressLine(isOn: StandardStreams.errIsTerminal)
        let stop = StopRequest([SIGINT, SIGTERM, SIGHUP])
        defer {
            stop.end()
            progress.clear()
        }
        let flag = stop.flag
        let around = Rebuild.Surroundings(
            environment: ProcessInfo.processInfo.environment, isStopped: { flag.isAsked },
            progress: { progress.show($0) })
        do throws(Rebuild.Interrupted) { try scan.rebuild(artifacts, around) } catch {
            progress.clear()
            throw ExitStatus.failure(ExitCode(130), "stopped while building; nothing of it is left behind")
        }
    }
}

/// Where advisories are kept unless a flag says otherwise.
enum AdvisoryFile {
    static var standard: String {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_DATA_HOME"] ?? "\(environment["HOME"] ?? ".")/.local/share"
        return "\(base)/seaworthy/advisories.json"
    }
}
