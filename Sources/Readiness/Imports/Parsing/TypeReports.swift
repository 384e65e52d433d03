/// What type checkers print: mypy, tsc, pyright (JSON), cargo clippy and rustc, and the tool `type-coverage`.
enum TypeReport {
    struct Problem: Error, Equatable { var what: String }

    static func mypy(_ text: String) throws(Problem) -> TypeCheck {
        var check = TypeCheck(tool: "mypy")
        var isWhole = false
        for line in text.split(separator: "\n").prefix(1_000_000) {
            if let summary = line.wholeMatch(
                of:
                    #/Found (\d+) errors? in \d+ files? \((?:checked (\d+) source files?|errors prevented further checking)\)\s*/#
            ) {
                check.errors = Int(summary.1) ?? check.errors
                check.files = summary.2.flatMap { Int($0) }
                isWhole = true
            } else if let summary = line.wholeMatch(of: #/Success: no issues found in (\d+) source files?\s*/#) {
                check.files = Int(summary.1)
                isWhole = true
            } else if line.contains(": error: ") {
                if check.examples.count < 20 { check.examples.append(String(line)) }
            } else if line.hasPrefix("{"), let value = try? JSONReader.value(Array(line.utf8), mostValues: 100) {
                // `mypy --output json`: one object a line, no summary.
                if value.at("/severity")?.string == "error" {
                    check.errors &+= 1
                    let place = "\(value.at("/file")?.string ?? "?"):\(value.at("/line")?.scalarText ?? "?")"
                    if check.examples.count < 20 {
                        check.examples.append("\(place): error: \(value.at("/message")?.string ?? "")")
                    }
                }
                isWhole = isWhole || value.at("/severity") != nil
            }
        }
        guard isWhole else {
            throw Problem(what: "has no summary of mypy (`Success: …` or `Found … errors`): it was cut")
        }
        return check
    }

    /// `tsc --noEmit --diagnostics`: without `--diagnostics` a clean run prints nothing, which proves nothing.
    static func tsc(_ text: String) throws(Problem) -> TypeCheck {
        var check = TypeCheck(tool: "tsc")
        var isWhole = false
        for line in text.split(separator: "\n").prefix(1_000_000) {
            if line.firstMatch(of: #/[:(]\d+[,:]\d+\)?(?: -|:) error TS\d+:/#) != nil || line.hasPrefix("error TS") {
                check.errors &+= 1
                isWhole = true
                if check.examples.count < 20 { check.examples.append(String(line)) }
            } else if let files = line.wholeMatch(of: #/Files:\s+(\d+)\s*/#) {
                check.files = Int(files.1)
                isWhole = true
            } else if let files = line.wholeMatch(of: #/Found \d+ errors in (\d+) files\.\s*/#) {
                check.filesWithErrors = Int(files.1)
                isWhole = true
            } else if line.firstMatch(of: #/^Found 1 error in /#) != nil {
                check.filesWithErrors = 1
                isWhole = true
            } else if line.contains("Found 0 errors") {
                isWhole = true
            }
        }
        guard isWhole else {
            throw Problem(
                what: "says nothing: run `tsc --noEmit --diagnostics`, which names its files even when all is well")
        }
        return check
    }

    /// `cargo clippy` or `cargo check`, as text or with `--message-format json`.
    static func clippy(_ text: String) throws(Problem) -> TypeCheck {
        var check = TypeCheck(tool: "clippy")
        var isWhole = false
        for line in text.split(separator: "\n").prefix(1_000_000) {
            if line.hasPrefix("{"), let value = try? JSONReader.value(Array(line.utf8), mostValues: 100_000) {
                switch value.at("/reason")?.string {
                case "build-finished": isWhole = true
                case "compiler-artifact": check.files = (check.files ?? 0) &+ 1
                case "compiler-message" where value.at("/message/level")?.string == "error":
                    guard value.at("/message/code") != .null || value.at("/message/spans")?.items?.isEmpty == false
                    else { continue }
                    check.errors &+= 1
                    let said = value.at("/message/message")?.string ?? ""
                    if check.examples.count < 20 { check.examples.append(said) }
                default: break
                }
            } else if line.contains("Finished `") || line.contains("Finished dev") || line.contains("Finished release")
            {
                isWhole = true
            } else if line.hasPrefix("error: could not compile") || line.hasPrefix("error: aborting") {
                isWhole = true
            } else if line.hasPrefix("error[") || line.hasPrefix("error: ") {
                check.errors &+= 1
                if check.examples.count < 20 { check.examples.append(String(line)) }
            }
        }
        guard isWhole else { throw Problem(what: "has no end (`Finished …` or `could not compile`): it was cut") }
        return check
    }

    static func pyright(_ value: JSONValue) throws(Problem) -> TypeCheck {
        guard let errors = value.at("/summary/errorCount")?.numeric.flatMap({ Int(exactly: $0) }), errors >= 0 else {
            throw Problem(what: "has no `summary.errorCount`")
        }
        var check = TypeCheck(tool: "pyright", errors: errors)
        check.files = value.at("/summary/filesAnalyzed")?.numeric.flatMap { Int(exactly: $0) }
        if let score = value.at("/typeCompleteness/completenessScore")?.numeric, (0...1).contains(score) {
            // can't trap: a floating-point number
            check.coverage = score * 100
        }
        return check
    }

    /// `type-coverage` for TypeScript (`(1234 / 1300) 94.92%`), its JSON, or mypy's `any-exprs.txt` (the row `Total`).
    static func coverage(_ text: String) throws(Problem) -> TypeCheck {
        var check = TypeCheck(tool: "type-coverage")
        if text.hasPrefix("{"), let value = try? JSONReader.value(Array(text.utf8)) {
            if let covered = value.at("/correctCount")?.numeric, let all = value.at("/totalCount")?.numeric, all > 0,
                (0...all).contains(covered)
            {
                // can't trap: floating-point numbers
                check.coverage = covered * 100 / max(1, all)
            }
        }
        for line in text.split(separator: "\n").prefix(100_000) {
            if let match = line.firstMatch(of: #/\((\d+) \/ (\d+)\) [\d.]+%/#), let part = Double(match.1),
                let all = Double(match.2), all > 0, part <= all
            {
                // can't trap: floating-point numbers
                check.coverage = part * 100 / max(1, all)
            } else if let match = line.firstMatch(of: #/^\s*Total\s+(\d+)\s+(\d+)\s+[\d.]+%/#),
                let anys = Double(match.1),
                let all = Double(match.2), all > 0, anys <= all
            {
                check.tool = "mypy"
                // can't trap: floating-point numbers
                check.coverage = (all - anys) * 100 / max(1, all)
            }
        }
        guard check.coverage != nil else { throw Problem(what: "holds no share of typed expressions") }
        return check
    }
}
