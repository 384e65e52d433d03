import ArgumentParser
import Foundation
import Readiness

/// Reports beside the one that is printed.
struct ReportOptions: ParsableArguments {
    @Option(
        name: .customLong("report"),
        help: ArgumentHelp(
            "Write the report in this form too: a format of --format, or attestation; may be repeated.",
            valueName: "FORMAT=FILE"))
    var files: [String] = []

    @Option(help: "Ed25519 private key (PEM) that signs the attestation.")
    var signKey: String?

    @Option(help: "How long the attestation counts, such as 12h or 7d.")
    var validFor = "7d"

    @Option(help: ArgumentHelp("What the attestation is about; may be repeated.", valueName: "FILE|NAME@sha256:HEX"))
    var subject: [String] = []

    func validate() throws {
        for file in files { _ = try ReportOptions.parse(file) }
        guard try files.contains(where: { try ReportOptions.parse($0).0 == nil }) else {
            if signKey != nil {
                throw ValidationError("--sign-key signs an attestation: add --report attestation=FILE.")
            }
            return
        }
        if signKey == nil {
            throw ValidationError(
                "An attestation needs --sign-key FILE (openssl genpkey -algorithm ed25519 -out FILE).")
        }
        if ReportOptions.seconds(validFor) == nil { throw ValidationError("--valid-for: a time such as 12h or 7d.") }
    }

    /// nil for an attestation.
    private static func parse(_ text: String) throws -> (ReportFormat?, String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard let word = parts.first, let file = parts.dropFirst().first else {
            throw ValidationError("--report: write FORMAT=FILE, such as junit=readiness.xml.")
        }
        if word == "attestation" { return (nil, file) }
        return (try format(word), file)
    }

    static func format(_ word: String) throws -> ReportFormat {
        guard let format = ReportFormat(rawValue: word) else {
            let words = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("No format is called `\(word)`; there are \(words), and attestation for --report.")
        }
        return format
    }

    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (1...36_500).contains(count)
        else { return nil }
        return count * unit
    }

    /// Everything that could go wrong before the run goes wrong here.
    func delivery(config: String?, commit: String?) throws -> ReportDelivery {
        let parsed = try files.map { try ReportOptions.parse($0) }
        var delivery = ReportDelivery(files: parsed.map { (format: $0.0, file: $0.1) }, commit: commit)
        guard let signKey else { return delivery }
        delivery.key = try KeyFile.signing(signKey)
        delivery.validFor = ReportOptions.seconds(validFor) ?? 604_800
        delivery.subjects = try subject.map { try SubjectFile.read($0) }
        if let config, let data = FileManager.default.contents(atPath: config) { delivery.policy = Array(data) }
        return delivery
    }
}

/// Writes what was asked for once the report is there.
struct ReportDelivery {
    var files: [(format: ReportFormat?, file: String)]
    var commit: String?
    var key: SigningKey?
    var validFor: Int64 = 0
    var subjects: [LaunchStatement.Subject] = []
    var policy: [UInt8] = []

    func write(_ report: Report, now: Date) throws {
        for (format, file) in files {
            let text: String
            if let format {
                text = try format.render(report)
            } else if let key {
                text = try LaunchStatement(
                    report, json: report.json(), policy: policy, subjects: subjects, commit: commit,
                    issuedAt: Int64(now.timeIntervalSince1970), validFor: validFor
                ).signed(by: key)
            } else {
                continue
            }
            try ResultFile.write(text, to: file)
        }
    }
}

/// Keys as files.
enum KeyFile {
    static func signing(_ path: String) throws -> SigningKey {
        try read(path) { text throws(KeyProblem) in try SigningKey(pem: text) }
    }

    static func verifying(_ path: String) throws -> VerifyingKey {
        try read(path) { text throws(KeyProblem) in
            // Whoever holds the private key may verify with it.
            text.contains("-----BEGIN PRIVATE KEY-----")
                ? try SigningKey(pem: text).verifying : try VerifyingKey(pem: text)
        }
    }

    private static func read<Key>(_ path: String, _ make: (String) throws(KeyProblem) -> Key) throws -> Key {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ExitStatus.failure(ExitCode(66), "the key `\(path)` can't be read")
        }
        do throws(KeyProblem) {
            return try make(String(decoding: data.prefix(65_536), as: UTF8.self))
        } catch {
            throw ExitStatus.failure(ExitStatus.configuration, "the key `\(path)` \(error)")
        }
    }
}

/// `FILE`, or `NAME@sha256:HEX` for what isn't here, such as an image.
enum SubjectFile {
    static func read(_ text: String) throws -> LaunchStatement.Subject {
        if let mark = text.range(of: "@sha256:") {
            let digest = text[mark.upperBound...].lowercased()
            guard digest.count == 64, digest.allSatisfy(\.isHexDigit) else {
                throw ExitStatus.failure(ExitCode(64), "`\(text)`: 64 hexadecimal digits follow sha256:")
            }
            return .init(name: String(text[..<mark.lowerBound]), sha256: digest)
        }
        guard let digest = LaunchStatement.Subject.digest(ofFile: text) else {
            throw ExitStatus.failure(ExitCode(66), "the subject `\(text)` can't be read")
        }
        return .init(name: text, sha256: digest)
    }
}
