import Foundation

/// Reads files of evidence: what they are is seen in their bytes, unless somebody says it.
public enum EvidenceReader {
    /// More than tools write; a larger file is refused by its size, unread.
    static let largest = 64 * 1_048_576

    /// Reads one file. `format` nil: what its beginning shows.
    public static func read(_ path: String, format: EvidenceFormat? = nil) throws(EvidenceProblem) -> ImportedEvidence {
        let (bytes, modified) = try contents(path)
        var evidence = try parse(bytes, file: path, format: format, modified: modified)
        if evidence.commit == nil { evidence.commit = try commit(beside: path) }
        return evidence
    }

    /// Most formats name no commit: `FILE.commit` beside the file says it, as `git rev-parse HEAD` prints it.
    private static func commit(beside path: String) throws(EvidenceProblem) -> String? {
        let place = "\(path).commit"
        guard FileManager.default.fileExists(atPath: place) else { return nil }
        let line = text(of: try contents(place).bytes.prefix(200)).trimmed
        guard (7...64).contains(line.count), line.allSatisfy(\.isHexDigit) else {
            throw EvidenceProblem(file: place, what: "must hold a commit, as `git rev-parse HEAD` prints it")
        }
        return line
    }

    /// The files that a pattern stands for: `*` and `?` in the last part of a path; a plain path stands for itself.
    public static func files(_ pattern: String) -> [String] {
        guard pattern.contains("*") || pattern.contains("?") else { return [pattern] }
        let url = URL(fileURLWithPath: pattern)
        let folder = url.deletingLastPathComponent().path
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let glob = PathPattern(url.lastPathComponent)
        return names.filter { glob.matches($0) }.prefix(500).map { "\(folder)/\($0)" }
    }

    /// A file's bytes and when it was written; refused where it is no plain file or too large.
    static func contents(_ path: String) throws(EvidenceProblem) -> (bytes: [UInt8], modified: Int64?) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw EvidenceProblem(file: path, what: "isn't there", isMissing: true)
        }
        if isFolder.boolValue { throw EvidenceProblem(file: path, what: "is a folder, not a file") }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let modified = (attributes?[.modificationDate] as? Date).map { Int64($0.timeIntervalSince1970) }
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: largest + 1)
        else {
            if (attributes?[.size] as? NSNumber)?.intValue == 0 { return ([], modified) }
            throw EvidenceProblem(file: path, what: "can't be read: permission is missing")
        }
        guard data.count <= largest else {
            throw EvidenceProblem(file: path, what: "has more than \(largest / 1_048_576) MiB: no report is that long")
        }
        return (Array(data), modified)
    }

    /// Reads bytes; what is wrong in them is said with the line.
    public static func parse(
        _ bytes: [UInt8], file: String, format: EvidenceFormat? = nil, modified: Int64? = nil
    ) throws(EvidenceProblem) -> ImportedEvidence {
        guard !bytes.isEmpty else { throw EvidenceProblem(file: file, what: "is empty") }
        let written = bytes
        let bytes = withoutMark(written)
        guard let format = format ?? EvidenceFormat.seen(in: bytes) else {
            let words = EvidenceFormat.allCases.map(\.rawValue).joined(separator: ", ")
            let beside = neighbour(bytes)
            throw EvidenceProblem(
                file: file,
                what: beside.isEmpty
                    ? "is of no kind that is known here; say which by FORMAT=FILE (\(words))" : beside)
        }
        do {
            var evidence = ImportedEvidence(
                file: file, format: format, digest: sha256(written), madeAt: modified, saysItsTime: false, commit: nil,
                content: .types(TypeCheck(tool: "")))
            try fill(&evidence, bytes)
            return evidence
        } catch {
            throw EvidenceProblem(file: file, what: "as \(format.rawValue): \(reason(error))")
        }
    }

    private static func fill(_ evidence: inout ImportedEvidence, _ bytes: [UInt8]) throws {
        func dated(_ madeAt: Int64?) {
            guard let madeAt else { return }
            (evidence.madeAt, evidence.saysItsTime) = (madeAt, true)
        }
        if let hint = hint(bytes, evidence.format) { throw hint }
        switch evidence.format {
        case .junit:
            let reading = try JUnitReport.read(bytes)
            evidence.content = .tests(reading.results)
            evidence.commit = reading.commit
            dated(reading.madeAt)
        case .cobertura:
            let reading = try CoberturaReport.read(bytes)
            evidence.content = .coverage(SourceFolders(reading.sources).placed(reading.coverage))
            dated(reading.madeAt)
        case .lcov: evidence.content = .coverage(SourceFolders([]).placed(try LCOVReport.read(bytes)))
        case .sarif:
            let reading = try SARIFReport.read(try JSONReader.value(bytes))
            evidence.content = .findings(reading.findings)
            evidence.commit = reading.commit
            dated(reading.madeAt)
        case .k6:
            let value = try JSONReader.value(bytes)
            evidence.content = .load(try K6Summary.read(value))
            dated(K6Summary.madeAt(value))
        case .locust:
            let first = bytes.first { !$0.isBlank }
            evidence.content =
                first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
                ? .load(try LocustStatistics.readJSON(try JSONReader.value(bytes)))
                : .load(try LocustStatistics.readCSV(bytes))
        case .mypy:
            let written = text(of: bytes)
            let isPyright = written.hasPrefix("{") && written.contains("\"generalDiagnostics\"")
            evidence.content = .types(
                isPyright ? try TypeReport.pyright(try JSONReader.value(bytes)) : try TypeReport.mypy(plain(written)))
        case .tsc: evidence.content = .types(try TypeReport.tsc(plain(text(of: bytes))))
        case .clippy: evidence.content = .types(try TypeReport.clippy(plain(text(of: bytes))))
        case .typeCoverage: evidence.content = .types(try TypeReport.coverage(plain(text(of: bytes))))
        }
    }

    /// Files of the right tool and the wrong kind, which are easily taken for the one that is wanted.
    private static func hint(_ bytes: [UInt8], _ format: EvidenceFormat) -> K6Summary.Problem? {
        let head = text(of: bytes.prefix(400))
        if format == .k6, head.contains("\"type\":\"Metric\"") || head.contains("\"type\":\"Point\"") {
            return .init(what: "is k6's stream of points (`--out json`); give its summary (`--summary-export FILE`)")
        }
        return nil
    }

    /// What Locust writes beside its statistics.
    private static func neighbour(_ bytes: [UInt8]) -> String {
        let head = text(of: bytes.prefix(100))
        let isBeside = ["Method,Name,Error", "Count,Message,Traceback", "Timestamp,User Count,"].contains {
            head.hasPrefix($0)
        }
        return isBeside ? "is one of Locust's other tables; give the one whose name ends in `_stats.csv`" : ""
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let problem as SARIFReport.Problem: problem.what
        case let problem as K6Summary.Problem: problem.what
        case let problem as LocustStatistics.Problem: problem.what
        case let problem as TypeReport.Problem: problem.what
        case let problem as LCOVReport.Problem: "line \(problem.line): \(problem.what)"
        default: "\(error)"
        }
    }
}

extension EvidenceFormat {
    /// What the beginning of a file shows; nil where it could be anything.
    static func seen(in bytes: [UInt8]) -> EvidenceFormat? {
        let head = text(of: bytes.prefix(8_192))
        let begin = head.drop { $0.isWhitespace }
        if begin.hasPrefix("<") {
            if head.contains("<testsuite") { return .junit }
            if head.contains("<coverage") { return .cobertura }
            return nil
        }
        if begin.hasPrefix("{") || begin.hasPrefix("[") { return json(head, bytes) }
        if begin.hasPrefix("TN:") || begin.hasPrefix("SF:") { return .lcov }
        if begin.hasPrefix("Type,Name,") { return .locust }
        let whole = plain(head + text(of: bytes.suffix(4_096)))
        if whole.contains("Success: no issues found in")
            || whole.contains(#/Found \d+ errors? in \d+ file/#) && !whole.contains("error TS")
        {
            return .mypy
        }
        if whole.contains(#/error TS\d+:/#) || whole.contains(#/(?m)^Files:\s+\d+/#) { return .tsc }
        if whole.contains(#/\(\d+ \/ \d+\) [\d.]+%/#) || whole.contains(#/(?m)^\s*Total\s+\d+\s+\d+\s+[\d.]+%/#) {
            return .typeCoverage
        }
        if whole.contains("Finished `") || whole.contains("could not compile") || whole.contains(#/(?m)^\s+Checking /#)
        {
            return .clippy
        }
        return nil
    }

    private static func json(_ head: String, _ bytes: [UInt8]) -> EvidenceFormat? {
        if head.contains("\"runs\"") || head.contains("sarif") { return .sarif }
        if head.contains("\"reason\":\"compiler-") || head.contains("\"reason\":\"build-") { return .clippy }
        if head.contains("\"num_requests\"") { return .locust }
        if head.contains("\"generalDiagnostics\"") { return .mypy }
        if head.contains("\"correctCount\"") { return .typeCoverage }
        if head.contains("\"metrics\"") || text(of: bytes.suffix(65_536)).contains("\"http_req") { return .k6 }
        if head.contains("\"severity\"") && head.contains("\"hint\"") { return .mypy }
        return text(of: bytes).contains("\"runs\"") ? .sarif : nil
    }
}

/// Text without the colours that tools write for terminals (SGR sequences), its lines ended as on this system: Swift takes the two
/// characters that end one elsewhere for a single other one.
private func plain(_ text: String) -> String {
    let lines = text.contains("\r\n") ? text.replacing("\r\n", with: "\n") : text
    return lines.contains("\u{1B}[") ? lines.replacing(#/\x{1B}\[[0-9;]*m/#, with: "") : lines
}
