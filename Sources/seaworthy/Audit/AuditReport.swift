import Foundation
import Gateway
import Kernel

/// What a verification saw, for people (80 columns) and programs.
enum AuditReport {
    static func text(_ report: AuditTool.Report) -> String {
        guard report.entries > 0 || !report.isIntact else { return "The audit trail is empty.\n" }
        let range = "rows \(report.from) to \(report.through)"
        var lines = [
            report.isIntact
                ? "Intact: \(range), \(report.entries) in all." : "DAMAGED: \(range), \(report.entries) found."
        ]
        for finding in report.findings.prefix(100) { lines.append("  " + finding.text.wrapped(width: 76, indent: 4)) }
        if report.findings.count > 100 { lines.append("  … and \(report.findings.count - 100) more") }
        lines.append(anchors(report))
        if report.isIntact { lines.append("Next time: --since \"\(report.end)\"") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func anchors(_ report: AuditTool.Report) -> String {
        guard report.anchors > 0 else {
            return "No anchors: a trail that was written anew as a whole would look the same\n(audit.anchor-file)."
        }
        return "\(report.anchorsMatched) of \(report.anchors) anchors lie within and agree."
    }

    static func json(_ report: AuditTool.Report) throws -> String {
        struct Finding: Encodable {
            let kind, text: String
            let first, last: Int64
        }
        struct Document: Encodable {
            let isIntact: Bool
            let from, through, entries: Int64
            let anchors, anchorsMatched: Int
            let findings: [Finding]
            let end: String
        }
        let document = Document(
            isIntact: report.isIntact, from: report.from, through: report.through, entries: report.entries,
            anchors: report.anchors, anchorsMatched: report.anchorsMatched,
            findings: report.findings.map {
                Finding(kind: $0.kind, text: $0.text, first: $0.first, last: $0.last)
            }, end: report.end)
        return try ResultFormat.json(document)
    }
}

/// A new file of its owner's alone that appears whole or not at all.
struct ExportFile {
    private let path: String
    private let draft: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        draft = "\(path).\(getpid()).part"
        guard access(path, F_OK) != 0 else {
            throw ExitStatus.failure(ExitStatus.cannotCreate, "\(path) is there already: name a new file")
        }
        descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ExitStatus.failure(
                ExitStatus.cannotCreate, "\(path) can't be written: \(String(cString: strerror(errno)))")
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            rest = rest.dropFirst(count)
        }
    }

    func finish() throws {
        let isWritten = fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten, rename(draft, path) == 0 else { throw failure() }
    }

    func remove() { unlink(draft) }

    private func failure() -> any Error {
        ExitStatus.failure(
            ExitStatus.cannotCreate, "\(path) can't be written: \(String(cString: strerror(errno)))")
    }
}
