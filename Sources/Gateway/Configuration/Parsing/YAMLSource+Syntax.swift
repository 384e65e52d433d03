import Kernel
import Yams

extension YAMLSource {
    /// Text that isn't YAML as we take it, in words for its author.
    struct SyntaxProblem: Error {
        let explanation: String
        let line: Int?
        init(_ explanation: String, line: Int? = nil) {
            self.explanation = explanation
            self.line = line
        }
    }

    static func compose(_ text: String) -> Result<Node?, SyntaxProblem> {
        if let line = lineOfAnchor(in: text) {
            return .failure(
                SyntaxProblem("anchors (&name) are not taken here; write the value out, or quote it", line: line))
        }
        do {
            return .success(try Parser(yaml: text).singleRoot())
        } catch let error as YamlError {
            return .failure(problem(of: error, in: text))
        } catch {
            return .failure(SyntaxProblem("is not YAML"))
        }
    }

    private static func problem(of error: YamlError, in text: String) -> SyntaxProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            let line = line(mark.line, of: text)
            if let line, line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
                return SyntaxProblem("a tab can't indent YAML; use spaces", line: mark.line)
            }
            if let line, line.contains("\t"), problem.contains("cannot start any token") {
                return SyntaxProblem("a tab can't stand here in YAML; use spaces", line: mark.line)
            }
            if problem.contains("alphabetic or numeric character") { return startsWithAsterisk(mark.line) }
            return SyntaxProblem("is not YAML: \(problem)", line: mark.line)
        case .composer(_, let problem, let mark, _):
            if problem.contains("undefined alias") { return startsWithAsterisk(mark.line) }
            return SyntaxProblem("must be one YAML document", line: mark.line)
        case .duplicatedKeysInMapping(let keys, let context):
            return SyntaxProblem(
                "given twice: \(keys.sorted().joined(separator: ", ")); keep one of each", line: context.mark.line)
        case .reader(let problem, _, _, _):
            return SyntaxProblem("has a character that YAML does not allow: \(problem)")
        default:
            return SyntaxProblem("is not YAML")
        }
    }

    private static func startsWithAsterisk(_ line: Int) -> SyntaxProblem {
        SyntaxProblem("a value that starts with * must be quoted, such as \"*.example.com\"", line: line)
    }

    private static func line(_ number: Int, of text: String) -> Substring? {
        text.split(separator: "\n", maxSplits: number, omittingEmptySubsequences: false).dropFirst(number &- 1).first
    }

    /// The first line on which a node would be given an anchor: `&` where a value may start, outside quotes and comments.
    private static func lineOfAnchor(in text: String) -> Int? {
        var line = 1
        var quote: UInt8?
        var previous: UInt8 = 0x0A
        var isComment = false
        for byte in text.utf8 {
            defer { previous = byte }
            if byte == 0x0A {
                line &+= 1
                isComment = false
                continue
            }
            if isComment { continue }
            if let open = quote {
                if byte == open, !(open == 0x22 && previous == 0x5C) { quote = nil }
                continue
            }
            let startsToken = [0x0A, 0x20, 0x09, 0x2C, 0x5B, 0x7B, 0x3A, 0x2D].contains(previous)
            switch byte {
            case 0x22, 0x27: if startsToken { quote = byte }
            case 0x23: if startsToken { isComment = true }
            case 0x26: if startsToken { return line }
            default: break
            }
        }
        return nil
    }
}
