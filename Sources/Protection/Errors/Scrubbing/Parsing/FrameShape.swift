/// The shapes in which languages write where in their source something went wrong. Each is found by the end of a file
/// name and then looked at closely: `app.js:10` in a text is none, `at handler (/app/app.js:10:7)` is one.
enum FrameShape: CaseIterable, Sendable {
    case python, script, jvm, ruby, golang, rust, swift, dotnet, php, elixir, perl

    /// What file names end in, with what follows at once.
    var marks: [String] {
        switch self {
        case .python: [".py\""]
        case .script: [".js:", ".ts:", ".mjs:", ".cjs:", ".jsx:", ".tsx:", ".vue:"]
        case .jvm: [".java:", ".kt:", ".scala:", ".groovy:"]
        case .ruby: [".rb:", ".erb:", ".rake:"]
        case .golang: [".go:"]
        case .rust: [".rs:"]
        case .swift: [".swift:"]
        case .dotnet: [".cs:line ", ".vb:line ", ".fs:line "]
        case .php: [".php"]
        case .elixir: [".ex:", ".exs:"]
        case .perl: [".pl line ", ".pm line "]
        }
    }

    /// Whether the mark from `start` to `end` belongs to a frame.
    func holds(in text: ErrorText, from start: Int, to end: Int) -> Bool {
        let digits = text.digits(from: end)
        let after = end &+ digits
        switch self {
        case .python: return text.has(", line ", at: end) && text.digits(from: end &+ 7) > 0
        case .php: return isPHP(text, start, end)
        case .dotnet: return digits > 0
        case .jvm: return digits > 0 && text[at: after] == 0x29 && text[at: text.tokenStart(before: start) &- 1] == 0x28
        case .ruby: return digits > 0 && text.has(":in ", at: after)
        case .golang:
            return digits > 0 && (text.has(" +0x", at: after) || text[at: text.tokenStart(before: start)] == 0x2F)
        case .script: return hasColumn(text, digits, after) && text.lineHas("at ", before: start)
        case .rust: return hasColumn(text, digits, after) && text.lineHas("at ", before: start)
        case .swift:
            return digits > 0
                && (text.lineHas("at ", before: start) || text[at: text.tokenStart(before: start)] == 0x2F)
        case .elixir: return digits > 0 && text[at: after] == 0x3A && text.lineHas("lib/", before: start)
        case .perl: return digits > 0 && text[at: text.tokenStart(before: start)] == 0x2F
        }
    }

    private func hasColumn(_ text: ErrorText, _ digits: Int, _ after: Int) -> Bool {
        digits > 0 && text[at: after] == 0x3A && text.digits(from: after &+ 1) > 0
    }

    /// `/x.php:12`, `/x.php(12)`, `/x.php on line 12`, the last with or without `<b>`.
    private func isPHP(_ text: ErrorText, _ start: Int, _ end: Int) -> Bool {
        if text.has(" on line ", at: end) || text.has("</b> on line ", at: end) { return true }
        let opener = text[at: end]
        guard opener == 0x3A || opener == 0x28, text.digits(from: end &+ 1) > 0 else { return false }
        let first = text.tokenStart(before: start)
        return text[at: first] == 0x2F || text[at: first &+ 1] == 0x3A
    }
}

/// Paths of a server's disk, as opposed to those of its web site.
enum ServerPath {
    static let marks = [
        "/usr/", "/var/", "/home/", "/srv/", "/opt/", "/root/", "/users/", "/app/", "/workspace/", "/tmp/", "/etc/",
        "/build/", "c:\\users\\", "c:\\inetpub\\", "c:\\src\\", "c:\\program", "c:\\projects\\", "site-packages/",
        "node_modules/", "/gems/",
    ]
    private static let endings = [
        ".py", ".rb", ".php", ".js", ".mjs", ".cjs", ".ts", ".java", ".class", ".jar", ".go", ".rs", ".swift", ".cs",
        ".dll", ".ex", ".exs", ".pl", ".pm", ".conf", ".sqlite", ".sqlite3", ".db", ".env", ".yml", ".yaml", ".so",
        ".erb", ".log", ".sock", ".pem", ".key",
    ].map { Array($0.utf8) }

    /// Whether an absolute path of a source or data file stands around `place`. A link's path doesn't count, nor does
    /// the path that was asked for.
    static func holds(in text: ErrorText, at place: Int, requestPath: [UInt8]) -> Bool {
        let start = text.tokenStart(before: place)
        guard text[at: start] == 0x2F || text[at: start &+ 1] == 0x3A else { return false }
        // `href="/app/x.js"`, `src=/app/x.js`, `url(/app/x.js)`.
        let before = text[at: start &- 1]
        if before == 0x3D { return false }
        if before == 0x22 || before == 0x27, text[at: start &- 2] == 0x3D { return false }
        if text.has("url(", at: start &- 4) || text.has("url(", at: start &- 5) { return false }
        if requestPath.count > 1, text.has(requestPath, at: start) { return false }
        var end = start
        while end &- start < 300, !ErrorText.isDelimiter(text[at: end]) {
            if text[at: end] == 0x2E {
                for ending in endings where text.has(ending, at: end) {
                    let next = text[at: end &+ ending.count]
                    if !ErrorText.isWord(next), next != 0x2F { return true }
                }
            }
            end &+= 1
        }
        return false
    }
}
