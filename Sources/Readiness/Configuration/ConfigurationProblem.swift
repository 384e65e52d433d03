/// One thing wrong in `readiness.yaml`.
public struct ConfigurationProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var line: Int?
    public var key: String
    /// The value as written; never a password.
    public var value: String?
    /// What would be valid.
    public var valid: String
    public var nearest: String?

    public var description: String {
        var text = line.map { "line \($0): " } ?? ""
        text += key.isEmpty ? "the file" : "`\(visible(key, limit: 80))`"
        if let value { text += " is `\(visible(value, limit: 80))`" }
        text += ": \(valid)"
        if let nearest { text += " (did you mean `\(nearest)`?)" }
        return text
    }
}

/// Everything wrong in a file, at once.
public struct ConfigurationProblems: Error, Sendable, CustomStringConvertible {
    public var problems: [ConfigurationProblem]
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// The nearest of some words by edit distance; nil when none is near.
public func nearest(to word: String, among words: [String]) -> String? {
    var best: (String, Int)?
    for candidate in words {
        let distance = editDistance(word.lowercased(), candidate.lowercased())
        if distance <= max(2, candidate.count / 3), best.map({ distance < $0.1 }) ?? true {
            best = (candidate, distance)
        }
    }
    return best?.0
}

private func editDistance(_ one: String, _ other: String) -> Int {
    let target = Array(other.prefix(64))
    var row = Array(0...target.count)
    for (index, letter) in one.prefix(64).enumerated() {
        var diagonal = index
        var left = index + 1
        var next = [left]
        for (column, candidate) in target.enumerated() {
            let above = row.dropFirst(column + 1).first ?? 0
            let value = min(above + 1, left + 1, diagonal + (letter == candidate ? 0 : 1))
            diagonal = above
            left = value
            next.append(value)
        }
        row = next
    }
    return row.last ?? 0
}
