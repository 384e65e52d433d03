/// What an error page of an app shows of its inside.
enum Leak: String, Sendable, CaseIterable {
    case stackTrace = "stack-trace"
    case sql
    case debugPage = "debug-page"
    case path
    case environment
}

/// Finds internals in the beginning of an error body.
///
/// Each rule is a set of marks that must all be there: one mark alone occurs in honest pages too ("at", "line 3",
/// "/home/"). What a rule costs is one search per mark over at most 16 KiB of an error body.
enum LeakDetector {
    struct Rule: Sendable {
        let leak: Leak
        /// All of these, in any order.
        let all: [String]
        /// True when the rule alone is certain enough for a 4xx, where apps have much to say that is meant for people.
        let isCertain: Bool
        init(_ leak: Leak, _ all: String..., certain: Bool = true) {
            self.leak = leak
            self.all = all
            isCertain = certain
        }
    }

    static let rules: [Rule] = [
        // Python
        Rule(.stackTrace, "Traceback (most recent call last)"),
        Rule(.stackTrace, "File \"", "\", line ", ", in "),
        Rule(.stackTrace, "File &quot;", "&quot;, line ", ", in "),
        Rule(.stackTrace, "File &#34;", "&#34;, line ", ", in "),
        // Node
        Rule(.stackTrace, "    at ", ".js:"),
        Rule(.stackTrace, "    at ", ".ts:"),
        Rule(.stackTrace, "\\n    at ", ":"),
        Rule(.stackTrace, "&nbsp; &nbsp;at "),
        Rule(.stackTrace, "at node:internal/"),
        Rule(.stackTrace, "node_modules/", ":", "at "),
        // Java, Kotlin, Scala
        Rule(.stackTrace, "Exception in thread \""),
        Rule(.stackTrace, "at java."), Rule(.stackTrace, "at javax."), Rule(.stackTrace, "at jakarta."),
        Rule(.stackTrace, "at org.springframework."), Rule(.stackTrace, "at org.apache."),
        Rule(.stackTrace, "\tat ", ".java:"), Rule(.stackTrace, "\\tat ", ".java:"),
        Rule(.stackTrace, "    at ", ".java:"), Rule(.stackTrace, "Caused by: java."),
        Rule(.stackTrace, "\tat ", ".kt:"), Rule(.stackTrace, "\tat ", ".scala:"),
        // Ruby
        Rule(.stackTrace, ".rb:", ":in `"), Rule(.stackTrace, ".rb:", ":in '"), Rule(.stackTrace, ".rb:", ":in &#39;"),
        Rule(.stackTrace, ".rb:", ":in &#x27;"), Rule(.stackTrace, "/gems/", ".rb:"),
        // Go
        Rule(.stackTrace, "goroutine ", " [running]"), Rule(.stackTrace, "panic: ", ".go:"),
        Rule(.stackTrace, "runtime error: ", ".go:"),
        // PHP
        Rule(.stackTrace, "Fatal error", " on line "), Rule(.stackTrace, "Parse error", ".php", " on line "),
        Rule(.stackTrace, "Warning</b>:", " on line "), Rule(.stackTrace, "Stack trace:", "#0 "),
        Rule(.stackTrace, "thrown in", " on line "), Rule(.stackTrace, "#0 /", ".php("),
        // Swift and Rust
        Rule(.stackTrace, "Fatal error: ", ".swift"), Rule(.stackTrace, "Swift/", ".swift:", "Fatal error"),
        Rule(.stackTrace, ".swift:", " at /"), Rule(.stackTrace, "Thread 0", "crashed:"),
        Rule(.stackTrace, "0x", " in ", ".swift:"), Rule(.stackTrace, " in ", "() at /", ".swift"),
        Rule(.stackTrace, "thread '", "panicked at"), Rule(.stackTrace, "stack backtrace:"),
        Rule(.stackTrace, "RUST_BACKTRACE"),
        // .NET
        Rule(.stackTrace, "   at ", ".cs:line "), Rule(.stackTrace, "at System."),
        Rule(.stackTrace, "at Microsoft.AspNetCore."), Rule(.stackTrace, "Server Error in '", "' Application"),
        Rule(.stackTrace, "Unhandled exception", "System."),
        // Elixir, Perl
        Rule(.stackTrace, "** (", "Error)", ".ex:"), Rule(.stackTrace, " at ", ".pm line "),
        Rule(.stackTrace, " at ", ".pl line "),
        // A field of its own for it
        Rule(.stackTrace, "\"stack\":", ":"), Rule(.stackTrace, "\"stackTrace\":", certain: false),
        Rule(.stackTrace, "\"traceback\":", certain: false), Rule(.stackTrace, "\"backtrace\":", certain: false),
        Rule(.stackTrace, "<h2>Stack", certain: false), Rule(.stackTrace, "Stack trace", ":", certain: false),
        // SQL
        Rule(.sql, "SQLSTATE["), Rule(.sql, "psycopg2."), Rule(.sql, "psycopg.errors"), Rule(.sql, "PG::"),
        Rule(.sql, "ERROR:  ", "LINE 1:"), Rule(.sql, "pq: "), Rule(.sql, "PSQLException"), Rule(.sql, "PSQLError"),
        Rule(.sql, "syntax error at or near"), Rule(.sql, "unterminated quoted string"),
        Rule(.sql, "You have an error in your SQL syntax"), Rule(.sql, "MySQLSyntaxErrorException"),
        Rule(.sql, "mysqli_"), Rule(.sql, "MySQLdb."), Rule(.sql, "ER_PARSE_ERROR"),
        Rule(.sql, "sqlite3."), Rule(.sql, "SQLITE_ERROR"), Rule(.sql, "SQLITE_CONSTRAINT"),
        Rule(.sql, "SQLite error "), Rule(.sql, "SQLite3::"), Rule(.sql, "sqlalchemy"),
        Rule(.sql, "unrecognized token: "), Rule(.sql, "near \"", "\": syntax error"),
        Rule(.sql, "near &quot;", "syntax error"), Rule(.sql, "no such table: "), Rule(.sql, "no such column: "),
        Rule(.sql, "UNIQUE constraint failed: "), Rule(.sql, "FOREIGN KEY constraint failed"),
        Rule(.sql, "duplicate key value violates unique constraint"), Rule(.sql, "ORA-0"), Rule(.sql, "ORA-1"),
        Rule(.sql, "Unclosed quotation mark after the character string"), Rule(.sql, "System.Data.SqlClient"),
        Rule(.sql, "Incorrect syntax near"), Rule(.sql, "ActiveRecord::"), Rule(.sql, "Sequelize", "Error"),
        Rule(.sql, "PrismaClient"), Rule(.sql, "QueryFailedError"), Rule(.sql, "JdbcSQL"),
        Rule(.sql, "relation \"", "does not exist"), Rule(.sql, "column \"", "\" does not exist"),
        Rule(.sql, "SELECT ", " FROM ", " WHERE ", certain: false), Rule(.sql, "INSERT INTO ", "VALUES", certain: false),
        Rule(.sql, "GRDB.DatabaseError"),
        // Debug pages
        Rule(.debugPage, "Werkzeug", "ebugger"), Rule(.debugPage, "__debugger__"),
        Rule(.debugPage, "You're seeing this error because you have <code>DEBUG = True</code>"),
        Rule(.debugPage, "DEBUG = True"), Rule(.debugPage, "Using the URLconf defined in"),
        Rule(.debugPage, "Whoops, looks like something went wrong"), Rule(.debugPage, "Whoops\\"),
        Rule(.debugPage, "whoops-container"), Rule(.debugPage, "Ignition", "Illuminate"),
        Rule(.debugPage, "Illuminate\\"), Rule(.debugPage, "Symfony\\Component\\"),
        Rule(.debugPage, "Action Controller: Exception caught"), Rule(.debugPage, "Rails.root:"),
        Rule(.debugPage, "Application Trace", "Framework Trace"), Rule(.debugPage, "better-errors"),
        Rule(.debugPage, "Whitelabel Error Page"), Rule(.debugPage, "Starlette debugger"),
        Rule(.debugPage, "pretty-error"), Rule(.debugPage, "DeveloperExceptionPage"),
        Rule(.debugPage, "<title>Internal Server Error</title>", "<code>/"),
        // Environment
        Rule(.environment, "SECRET_KEY", "="), Rule(.environment, "DATABASE_URL"),
        Rule(.environment, "AWS_SECRET_ACCESS_KEY"), Rule(.environment, "DB_PASSWORD"),
    ]

    /// The first leak that is found, or nil for a clean body.
    /// - Parameter onlyCertain: for 4xx answers, whose text is often meant for people.
    static func find(in body: [UInt8], onlyCertain: Bool) -> Leak? {
        let bytes = body.span
        for rule in rules where rule.isCertain || !onlyCertain {
            if rule.all.allSatisfy({ contains($0, in: bytes) }) { return rule.leak }
        }
        return showsPath(body, onlyCertain: onlyCertain) ? .path : nil
    }

    private static func contains(_ mark: String, in bytes: borrowing Span<UInt8>) -> Bool {
        var mark = mark
        return mark.withUTF8 { needle in
            bytes.withUnsafeBufferPointer { hay in
                guard let first = needle.first, hay.count >= needle.count else { return false }
                let last = hay.count - needle.count
                var start = 0
                while start <= last {
                    if hay[start] == first {
                        var offset = 1
                        while offset < needle.count, hay[start + offset] == needle[offset] { offset += 1 }
                        if offset == needle.count { return true }
                    }
                    start += 1
                }
                return false
            }
        }
    }

    /// Directories of servers whose files an error page has no business to name, followed by a source file.
    private static let roots = [
        "/usr/src/", "/usr/local/lib/", "/usr/lib/", "/var/www/", "/var/lib/", "/home/", "/srv/", "/opt/", "/app/src/",
        "/root/", "/Users/", "/workspace/", "/build/", "C:\\", "D:\\", "/etc/",
    ]
    private static let sources = [
        ".py", ".rb", ".php", ".js", ".ts", ".java", ".go", ".rs", ".swift", ".cs", ".ex", ".pl", ".conf", ".sqlite",
        ".db", ".env", ".yml", ".yaml", ".so", ".erb", ".jar",
    ]

    /// An absolute path that ends in a source or data file.
    private static func showsPath(_ body: [UInt8], onlyCertain: Bool) -> Bool {
        let text = String(decoding: body, as: UTF8.self)
        for root in roots {
            var rest = text[...]
            var looked = 0
            while looked < 64, let found = rest.firstRange(of: root) {
                looked += 1
                // A URL's path ("https://x/home/a.js", "/static/opt/b.js") isn't one of the server's.
                let before = text[..<found.lowerBound].utf8.last
                let path = rest[found.lowerBound...].prefix(300).prefix(while: { isPathCharacter($0) })
                let startsPath = before.map { !isWordByte($0) && $0 != 0x2F && $0 != 0x2E } ?? true
                let quotedAsLink = text[..<found.lowerBound].hasSuffix("=\"") || text[..<found.lowerBound].hasSuffix("='")
                if startsPath, !quotedAsLink, sources.contains(where: { path.hasSuffix($0) || path.contains($0 + ":") }) {
                    return true
                }
                rest = rest[found.upperBound...]
            }
        }
        return false
    }

    private static func isPathCharacter(_ character: Character) -> Bool {
        guard let byte = character.asciiValue else { return false }
        return byte > 0x20 && ![0x22, 0x27, 0x3C, 0x3E, 0x29, 0x2C, 0x3B, 0x60].contains(byte)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A) || byte == 0x5F || byte == 0x2D
    }
}
