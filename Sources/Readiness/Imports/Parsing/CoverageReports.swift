/// Cobertura XML, as coverage.py, Istanbul, gcovr, grcov and others write it.
enum CoberturaReport {
    static func read(
        _ bytes: [UInt8]
    ) throws(XMLProblem) -> (coverage: LineCoverage, madeAt: Int64?, sources: [String]) {
        var reader = try XMLReader(bytes)
        var coverage = LineCoverage()
        var madeAt: Int64?
        var file = ""
        var linesLeft = 4_000_000
        var isRoot = true
        var sources: [String] = []
        var isSource = false
        while let event = try reader.next() {
            if case .text(let words) = event, isSource, sources.count < 100 {
                let folder = words.trimmed.replacing("\\", with: "/")
                if !folder.isEmpty { sources.append(folder) }
            }
            guard case .start(let element, let attributes) = event else { continue }
            isSource = element == "source"
            defer { isRoot = false }
            switch element {
            case "coverage":
                madeAt = attributes.timestamp
                let rate = attributes.text("line-rate")
                if !rate.isEmpty, !(Double(rate).map { $0.isFinite && (0...1).contains($0) } ?? false) {
                    throw XMLProblem(line: 1, what: "line-rate=\"\(visible(rate, limit: 20))\" is no rate from 0 to 1")
                }
            case _ where isRoot:
                throw XMLProblem(line: 1, what: "<\(visible(element, limit: 40))> is no Cobertura report")
            case "class":
                file = attributes.text("filename").replacing("\\", with: "/")
            case "line":
                guard !file.isEmpty else { continue }
                linesLeft &-= 1
                guard linesLeft > 0 else { throw XMLProblem(line: 1, what: "more than 4 million lines") }
                guard let number = Int(attributes.text("number")), number >= 0,
                    let hits = Double(attributes.text("hits")), hits.isFinite, hits >= 0
                else {
                    throw XMLProblem(
                        line: 1,
                        what: "\(visible(file, limit: 100)): a line whose number or hits is no count "
                            + "(\(visible(attributes.text("number"), limit: 20)), \(visible(attributes.text("hits"), limit: 20)))"
                    )
                }
                coverage.note(file, number, hits: hits > 0)
            default: break
            }
        }
        return (coverage, madeAt, sources)
    }
}

/// LCOV tracefiles, as geninfo, c8, Istanbul, llvm-cov and others write them.
enum LCOVReport {
    struct Problem: Error, Equatable {
        var line: Int
        var what: String
    }

    static func read(_ bytes: [UInt8]) throws(Problem) -> LineCoverage {
        var coverage = LineCoverage()
        var file: String?
        var number = 0
        for raw in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number &+= 1
            guard number <= 8_000_000 else { throw Problem(line: number, what: "more than 8 million lines") }
            if raw.starts(with: [0x53, 0x46, 0x3A]) {
                file = text(of: raw.dropFirst(3)).trimmed.replacing("\\", with: "/")
            } else if raw.starts(with: Array("end_of_record".utf8)) {
                file = nil
            } else if raw.starts(with: [0x44, 0x41, 0x3A]) {
                let parts = text(of: raw.dropFirst(3)).trimmed.split(separator: ",")
                guard let file else { throw Problem(line: number, what: "DA outside a record (SF is missing)") }
                guard let line = parts.first.flatMap({ Int($0) }), line >= 0,
                    let hits = parts.dropFirst().first.flatMap({ Double($0) }), hits.isFinite, hits >= 0
                else { throw Problem(line: number, what: "DA must be a line and a count of hits") }
                coverage.note(file, line, hits: hits > 0)
            }
        }
        guard file == nil else { throw Problem(line: number, what: "the last record has no end_of_record: it was cut") }
        return coverage
    }
}
