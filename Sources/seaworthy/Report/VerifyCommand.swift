import ArgumentParser
import Foundation
import Readiness

/// `seaworthy verify FILE`: may this be deployed, by what somebody signed?
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a signed attestation of a check, or a signed launch file: by whom, about what, until when.",
        usage: "seaworthy verify <file> --key <file> [<options>]",
        discussion: """
            A key pair is made by openssl; `check` signs, this verifies:

              openssl genpkey -algorithm ed25519 -out key.pem
              openssl pkey -in key.pem -pubout -out key.pub.pem
              seaworthy check URL --report attestation=a.json --sign-key key.pem \\
                --subject app.tar
              seaworthy verify a.json --key key.pub.pem --subject app.tar

            Exit code 0: verified, and go; 1: verified, and no-go; 2: verified, and nobody
            could judge; 65: changed or damaged; 77: another key, expired, or about
            something else.
            """)

    @Argument(help: "The attestation.")
    var file: String

    @Option(help: "Public key (PEM) of whom you trust.")
    var key: String

    @Option(help: "It must be about this address.")
    var target: String?

    @Option(help: "It must be about this level.")
    var level: String?

    @Option(help: ArgumentHelp("It must be about this; may be repeated.", valueName: "FILE|NAME@sha256:HEX"))
    var subject: [String] = []

    @Option(help: "It must be judged by this readiness.yaml.")
    var policy: String?

    @Option(help: "It must stand on this report (JSON).")
    var report: String?

    @Option(help: ArgumentHelp("It must be about this commit.", valueName: "SHA"))
    var commit: String?

    func run() throws {
        var verification = Verification(
            key: try KeyFile.verifying(key), now: Int64(Date.now.timeIntervalSince1970))
        verification.target = try target.map { text in
            guard let url = SiteURL(text) else { throw ValidationError("`\(text)` is no http or https address.") }
            return url.description
        }
        verification.level = level
        verification.policy = try policy.map(digest)
        verification.report = try report.map(digest)
        verification.commit = commit
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ExitStatus.failure(ExitCode(66), "`\(file)` can't be read")
        }
        guard data.count <= 4_194_304 else {
            throw ExitStatus.failure(
                ExitStatus.corruptData, "`\(file)` has more than 4 MiB: no attestation is that long")
        }
        let statement: Verification.Statement?
        let wanted = try subject.map { try SubjectFile.read($0).sha256 }
        do throws(Verification.Refusal) {
            verification.subject = wanted.first
            if let launch = try verification.launch(Array(data)) {
                StandardStreams.out(launch.text)
                statement = nil
            } else {
                var last = try verification.verify(Array(data))
                for digest in wanted.dropFirst() {
                    verification.subject = digest
                    last = try verification.verify(Array(data))
                }
                statement = last
            }
        } catch {
            switch error {
            case .malformed, .tampered: throw ExitStatus.failure(ExitStatus.corruptData, "\(file) \(error)")
            default: throw ExitStatus.failure(ExitStatus.notPermitted, "\(file) \(error)")
            }
        }
        guard let statement else { return }
        StandardStreams.out(statement.text)
        switch statement.verdict {
        case .go: return
        case .noGo: throw ExitCode(1)
        case .couldNotJudge: throw ExitCode(2)
        }
    }

    private func digest(_ path: String) throws -> String {
        guard let digest = LaunchStatement.Subject.digest(ofFile: path) else {
            throw ExitStatus.failure(ExitCode(66), "`\(path)` can't be read")
        }
        return digest
    }
}
