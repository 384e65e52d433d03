// Reason for length: one table, best read in one piece.

/// Marks that must all be there: one alone often occurs in honest pages too. Marks are in lower case and read after
/// entities and JSON escapes have been undone (see `ErrorText`).
struct LeakRule: Sendable {
    let leak: Leak
    let marks: [Int]
    /// True when the rule is certain enough for a 4xx, where apps have much to say that is meant for people.
    let isCertain: Bool

    /// The table with marks as numbers, and the scanner that finds them.
    static let compiled: [LeakRule] = built.rules
    static let scanner: MarkScanner = built.scanner

    private static let built: (rules: [LeakRule], scanner: MarkScanner) = {
        var numbers: [String: Int] = [:]
        var rules: [LeakRule] = []
        for row in table {
            let marks = row.marks.map { mark -> Int in
                let number = numbers[mark] ?? numbers.count
                numbers[mark] = number
                return number
            }
            rules.append(LeakRule(leak: row.leak, marks: marks, isCertain: row.isCertain))
        }
        return (rules, MarkScanner(marks: numbers))
    }()

    private struct Row {
        let leak: Leak
        let marks: [String]
        let isCertain: Bool
    }

    private static func certain(_ leak: Leak, _ marks: String...) -> Row {
        Row(leak: leak, marks: marks, isCertain: true)
    }
    /// Only believed of a 5xx.
    private static func likely(_ leak: Leak, _ marks: String...) -> Row {
        Row(leak: leak, marks: marks, isCertain: false)
    }

    private static let table: [Row] = secrets + debugPages + databases + traces

    private static let traces: [Row] = [
        // Python
        certain(.stackTrace, "traceback (most recent call"),
        likely(.stackTrace, "attributeerror: '", "object has no attribute"),
        likely(.stackTrace, "typeerror: ", "positional argument"),
        // Node
        certain(.stackTrace, "at node:internal/"), certain(.stackTrace, "at module._compile ("),
        certain(.stackTrace, "at object.<anonymous> ("), certain(.stackTrace, "at process.processticksandrejections"),
        likely(.stackTrace, "typeerror: cannot read propert"),
        likely(.stackTrace, "referenceerror: ", " is not defined"),
        // Java, Kotlin, Scala
        certain(.stackTrace, "exception in thread \""), certain(.stackTrace, "at java.base/"),
        certain(.stackTrace, "at org.springframework."), certain(.stackTrace, "at org.apache.catalina."),
        likely(.stackTrace, "java.lang."), likely(.stackTrace, "java.util."),
        likely(.stackTrace, "nullpointerexception"),
        likely(.stackTrace, "org.springframework."),
        // Ruby
        likely(.stackTrace, "undefined method `", " for "), likely(.stackTrace, "undefined method '", " for "),
        likely(.stackTrace, "nomethoderror"),
        // Go
        certain(.stackTrace, "goroutine ", " [running]"), certain(.stackTrace, "panic: runtime error"),
        certain(.stackTrace, "runtime error: invalid memory address"),
        certain(.stackTrace, "runtime error: index out of range"),
        // PHP
        certain(.stackTrace, "fatal error: uncaught "), certain(.stackTrace, "fatal error</b>:"),
        certain(.stackTrace, "stack trace:\n#0 "),
        certain(.stackTrace, "</b>: ", ".php</b> on line "), certain(.stackTrace, "thrown in <b>"),
        certain(.stackTrace, "thrown in /"), likely(.stackTrace, "undefined index: "),
        likely(.stackTrace, "undefined array key "),
        // Rust, Swift
        certain(.stackTrace, "thread '", "panicked at "), certain(.stackTrace, "stack backtrace:"),
        certain(.stackTrace, "rust_backtrace"), likely(.stackTrace, "fatal error: ", ".swift"),
        likely(.stackTrace, "unexpectedly found nil while"),
        // .NET
        certain(.stackTrace, "server error in '", "' application"), certain(.stackTrace, "at microsoft.aspnetcore."),
        certain(.stackTrace, "   at system."), likely(.stackTrace, "system.nullreferenceexception"),
        likely(.stackTrace, "system.invalidoperationexception"),
        likely(.stackTrace, "unhandled exception", "stack trace"),
        // Elixir
        likely(.stackTrace, "** (", "error)", "(elixir "),
        // A field of its own for it
        certain(.stackTrace, "\"stack\":", "\n    at "), likely(.stackTrace, "\"stacktrace\":"),
        likely(.stackTrace, "\"stack_trace\":"), likely(.stackTrace, "\"backtrace\":"),
        likely(.stackTrace, "\"traceback\":"), likely(.stackTrace, "\"trace\":\""), likely(.stackTrace, "stack trace:"),
    ]

    private static let databases: [Row] = [
        // PostgreSQL
        certain(.sql, "sqlstate["), certain(.sql, "psycopg2."), certain(.sql, "psycopg.errors."),
        certain(.sql, "pg::", "error"), certain(.sql, "psqlexception"), certain(.sql, "psqlerror("),
        certain(.sql, "org.postgresql."), certain(.sql, "npgsql."), certain(.sql, "\"pq: "),
        certain(.sql, "error: pq: "),
        certain(.sql, "syntax error at or near"), certain(.sql, "unterminated quoted string at or near"),
        certain(.sql, "duplicate key value violates unique constraint"),
        certain(.sql, "violates foreign key constraint"), certain(.sql, "violates not-null constraint"),
        certain(.sql, "relation \"", "\" does not exist"), certain(.sql, "column \"", "\" does not exist"),
        // MySQL, MariaDB
        certain(.sql, "you have an error in your sql syntax"), certain(.sql, "mysqlsyntaxerrorexception"),
        certain(.sql, "mysqli_"), certain(.sql, "mysql_fetch_"), certain(.sql, "pymysql.err."),
        certain(.sql, "mysqldb."),
        certain(.sql, "er_parse_error"), certain(.sql, "er_no_such_table"), certain(.sql, "er_dup_entry"),
        certain(.sql, "com.mysql."), certain(.sql, "unknown column '", "' in '"),
        certain(.sql, "duplicate entry '", "' for key '"),
        // SQLite
        certain(.sql, "sqlite3.operationalerror"), certain(.sql, "sqlite3.integrityerror"),
        certain(.sql, "sqlite3.programmingerror"), certain(.sql, "sqlite_error"), certain(.sql, "sqlite_constraint"),
        certain(.sql, "sqlite error "), certain(.sql, "sqlite3::"), certain(.sql, "unrecognized token: \""),
        certain(.sql, "near \"", "\": syntax error"), certain(.sql, "no such table: "),
        certain(.sql, "no such column: "),
        certain(.sql, "unique constraint failed: "), certain(.sql, "foreign key constraint failed"),
        certain(.sql, "grdb.databaseerror"),
        // Oracle, SQL Server, ODBC
        certain(.sql, MarkScanner.oracle), certain(.sql, "unclosed quotation mark after the character string"),
        certain(.sql, "system.data.sqlclient"), certain(.sql, "microsoft.data.sqlclient"),
        certain(.sql, "incorrect syntax near '"), certain(.sql, "[microsoft][odbc"),
        certain(.sql, "odbc sql server driver"),
        // Mappers, MongoDB
        certain(.sql, "sqlalchemy.exc."), certain(.sql, "sqlalche.me/e/"), certain(.sql, "activerecord::"),
        certain(.sql, "sequelizedatabaseerror"), certain(.sql, "sequelizeuniqueconstrainterror"),
        certain(.sql, "prismaclientknownrequesterror"), certain(.sql, "invalid `prisma."),
        certain(.sql, "queryfailederror"), certain(.sql, "jdbcsql"), certain(.sql, "java.sql.sql"),
        certain(.sql, "org.hibernate."), certain(.sql, "django.db.utils."), certain(.sql, "e11000 duplicate key error"),
        certain(.sql, "mongoservererror"), certain(.sql, "illuminate\\database\\queryexception"),
        // A statement as such
        likely(.sql, "select ", " from ", " where ", " = "), likely(.sql, "insert into ", " values"),
        likely(.sql, "update ", " set ", " where ", " = "), likely(.sql, "delete from ", " where "),
    ]

    private static let debugPages: [Row] = [
        certain(.debugPage, "werkzeug", "debugger"), certain(.debugPage, "__debugger__"),
        certain(.debugPage, "you're seeing this error because you have <code>debug = true"),
        certain(.debugPage, "using the urlconf defined in"), certain(.debugPage, "django version:"),
        certain(.debugPage, "<title>starlette debugger"), certain(.debugPage, "action controller: exception caught"),
        certain(.debugPage, "rails.root: "), certain(.debugPage, "application trace", "framework trace"),
        certain(.debugPage, "better_errors"), certain(.debugPage, "rack::showexceptions"),
        certain(.debugPage, "sinatra doesn't know this ditty"), certain(.debugPage, "illuminate\\"),
        certain(.debugPage, "symfony\\component\\"), certain(.debugPage, "whoops\\"),
        certain(.debugPage, "phpdebugbar"), certain(.debugPage, "xdebug-error"),
        certain(.debugPage, "<title>phpinfo()"),
        certain(.debugPage, "phoenix.router.noroute"), certain(.debugPage, "plug.debugger"),
        certain(.debugPage, "developerexceptionpage"), certain(.debugPage, "vite-error-overlay"),
        certain(.debugPage, "__nextjs_original-stack-frame"),
        likely(.debugPage, "an unhandled exception occurred while processing the request"),
        likely(.debugPage, "<b>exception report"), likely(.debugPage, "<b>root cause"),
        likely(.debugPage, "debug = true"),
    ]

    private static let secrets: [Row] = [
        certain(.secret, "aws_secret_access_key"), certain(.secret, "-----begin rsa private key"),
        certain(.secret, "-----begin private key"), certain(.secret, "-----begin ec private key"),
        certain(.secret, "postgres://", "@"), certain(.secret, "postgresql://", "@"), certain(.secret, "mysql://", "@"),
        certain(.secret, "mongodb://", "@"), certain(.secret, "mongodb+srv://", "@"), certain(.secret, "redis://", "@"),
        certain(.secret, "amqp://", "@"), likely(.secret, "database_url", "://"),
        likely(.secret, "secret_key", "debug"),
    ]
}
