/// Finds what an error page should never show: stack traces, statements of a database, paths of a server.
///
/// Looks for shapes that ordinary pages don't have; a word such as "error" alone is none.
enum LeakedInternals {
    private static let marks: [(mark: String, what: String)] = [
        ("Traceback (most recent call last)", "a Python stack trace"),
        ("Werkzeug Debugger", "the Werkzeug debugger"),
        ("You're seeing this error because you have <code>DEBUG = True</code>", "Django's debug page"),
        ("Exception in thread", "a Java stack trace"),
        ("\tat java.", "a Java stack trace"),
        ("at org.springframework", "a Java stack trace"),
        ("System.NullReferenceException", "a .NET exception"),
        ("goroutine ", "a Go stack trace"),
        ("thread 'main' panicked", "a Rust panic"),
        ("Fatal error: ", "a fatal error of the language runtime"),
        ("SQLSTATE[", "an error of the database"),
        ("SQLite error", "an error of the database"),
        ("sqlite3.OperationalError", "an error of the database"),
        ("near \\\"", "an error of the database"),
        ("syntax error at or near", "an error of the database"),
        ("You have an error in your SQL syntax", "an error of the database"),
        ("unrecognized token: ", "an error of the database"),
        ("ORA-0", "an error of the database"),
        ("psycopg2.", "an error of the database"),
        ("/node_modules/", "a path inside node_modules"),
        ("/site-packages/", "a path inside site-packages"),
        ("Stack trace:", "a stack trace"),
        ("stack trace", "a stack trace"),
        ("stackTrace", "a stack trace"),
        ("/usr/src/", "a path of the server"),
        ("/usr/local/lib/", "a path of the server"),
        ("/var/www/", "a path of the server"),
        ("/srv/", "a path of the server"),
        ("/home/", "a path of the server"),
    ]

    /// What leaks, in words; nil when nothing of the kind is seen.
    static func found(in answer: Answer) -> String? {
        guard answer.first("content-encoding") == nil else { return nil }
        let body = text(of: answer.body.prefix(65_536))
        for (mark, what) in marks where body.contains(mark) { return what }
        if statement(in: body) { return "a statement of the database" }
        return frame(in: body)
    }

    /// Lines such as `at handler (/app/server.js:12:7)`, `File "/app/x.py", line 3` or `Store.swift:84`.
    private static func frame(in body: String) -> String? {
        for line in body.split(whereSeparator: \.isNewline).prefix(600) {
            let part = line.prefix(400)
            for ending in [".swift:", ".py\", line ", ".js:", ".ts:", ".rb:", ".php:", ".java:", ".go:", ".rs:"] {
                guard let place = part.range(of: ending) else { continue }
                let after = part[place.upperBound...]  // can't trap: the place was found in this very line
                // `app.js:1` in a source map or a stylesheet link doesn't count; a line number after a path does.
                guard after.first?.isNumber ?? false else { continue }
                let before = part[..<place.lowerBound]  // can't trap: the same
                if before.contains("/") || before.contains("at ") || ending == ".swift:" {
                    return "the file and line of its own source"
                }
            }
        }
        return nil
    }

    private static func statement(in body: String) -> Bool {
        let upper = body.prefix(16_384)
        return (upper.contains("SELECT ") && upper.contains(" FROM ") && upper.contains(" WHERE "))
            || (upper.contains("INSERT INTO ") && upper.contains(" VALUES"))
    }
}
