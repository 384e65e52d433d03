/// Sizes and names that a file must keep.
enum TidySize {
    static let longestFile = 400
    static let longestFunction = 70
    /// Names that say nothing about what is inside.
    static let emptyNames = ["Utils", "Util", "Utilities", "Helper", "Helpers", "Manager", "Common", "Misc"]

    static func fileViolations(path: String, source: StrippedSource) -> [String] {
        let lines = source.original.last == "" ? source.original.count - 1 : source.original.count
        guard lines > longestFile else { return [] }
        if source.original.contains(where: { $0.contains("// Reason for length:") }) { return [] }
        return [
            "\(path):1: \(lines) lines, over \(longestFile). "
                + "Instead: split it by what it is about, or write `// Reason for length: …` at the top"
        ]
    }

    static func nameViolations(path: String, source: StrippedSource) -> [String] {
        var found: [String] = []
        for part in path.split(separator: "/").dropFirst() {
            let words = part.split(whereSeparator: { $0 == "." || $0 == "+" })
            if let word = words.first(where: { word in emptyNames.contains { word.hasSuffix($0) } }) {
                found.append("\(path):1: the name `\(word)` says nothing. Instead: a noun for what it is")
            }
        }
        for (index, line) in source.code.enumerated() where emptyNames.contains(where: { line.contains($0) }) {
            guard let match = line.firstMatch(of: #/\b(?:struct|class|enum|protocol|actor|typealias) (\w+)/#) else {
                continue
            }
            if emptyNames.contains(where: { match.1.hasSuffix($0) }) {
                found.append("\(path):\(index + 1): the name `\(match.1)` says nothing. Instead: a noun for what it is")
            }
        }
        return found
    }

    static func functionViolations(path: String, source: StrippedSource) -> [String] {
        FunctionFinder.functions(in: source.code).compactMap { function in
            guard function.lines > longestFunction else { return nil }
            return
                "\(path):\(function.start): `\(function.name)` has \(function.lines) lines, over \(longestFunction). "
                + "Instead: give its steps names of their own"
        }
    }
}

/// Finds functions and their lengths by counting brackets in stripped code.
enum FunctionFinder {
    struct Function: Equatable {
        let name: String
        /// From 1.
        let start: Int
        /// From the declaration to the closing brace.
        let lines: Int
    }

    static func functions(in code: [String]) -> [Function] {
        code.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: #/\b(?:func\s+([^\s(<]+)|(init|subscript)[?<(]|(deinit)\b)/#) else {
                return nil
            }
            // A call of an initialiser is no declaration.
            if line.contains(#/[.\w]\.?(?:init|subscript)[?<(]/#), match.1 == nil { return nil }
            let name = String(match.1 ?? match.2 ?? match.3 ?? "")
            guard let end = end(of: code, from: index, column: match.range.upperBound) else { return nil }
            return Function(name: name, start: index + 1, lines: end - index + 1)
        }
    }

    /// The line of the closing brace; nil where there is no body (a protocol's requirement).
    private static func end(of code: [String], from first: Int, column: String.Index) -> Int? {
        var round = code[first][..<column].last == "(" ? 1 : 0
        var curly = 0
        for index in first..<code.count {
            let line = index == first ? code[index][column...] : code[index][...]
            if index > first, curly == 0, round == 0, startsSomethingElse(line) { return nil }
            for character in line {
                switch character {
                case "(", "[": round += 1
                case ")", "]": round -= 1
                case "{" where round == 0: curly += 1
                case "}" where round == 0:
                    curly -= 1
                    if curly == 0 { return index }
                    if curly < 0 { return nil }
                default: break
                }
            }
        }
        return nil
    }

    private static func startsSomethingElse(_ line: Substring) -> Bool {
        let word = line.drop(while: { $0 == " " }).prefix(while: { $0.isLetter || $0 == "@" })
        return ["func", "var", "let", "init", "case", "static", "mutating", "associatedtype", "public", "@"].contains(
            word)
    }
}
