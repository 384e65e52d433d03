/// What a page template must not contain.
enum TemplateRules {
    static func violations(path: String, text: String) -> [String] {
        let rules: [(Regex<Substring>, String)] = [
            (#/\{\{\{|\{\{&/#, "an unescaped value. Instead: `{{ }}` escapes; build markup with partials"),
            (#/<script(?![^>]*\bsrc=)/#, "an inline script. Instead: a file under /static and `src`"),
            (#/<style\b|\sstyle="/#, "inline style. Instead: a class in the style sheet"),
            (#/<[^>]*\son[a-z]+\s*=/#, "an inline event handler. Instead: a listener in a script file"),
        ]
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
            rules.filter { line.contains($0.0) }.map { "\(path):\(index + 1): \($0.1)" }
        }
    }
}
