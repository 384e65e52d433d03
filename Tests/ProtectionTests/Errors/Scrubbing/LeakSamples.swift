// Reason for length: real error answers of frameworks, shortened, best read in one piece.

import Testing

@testable import Protection

/// Error bodies as apps send them, with what is in them. Taken from the frameworks' own output, shortened.
struct LeakSample: Sendable, CustomTestStringConvertible {
    let name: String
    let body: String
    /// Whether it is certain enough for a 4xx.
    let isCertain: Bool
    var testDescription: String { name }

    init(_ name: String, certain: Bool = true, _ body: String) {
        self.name = name
        isCertain = certain
        self.body = body
    }

    static let leaks: [LeakSample] = [
        LeakSample(
            "Python, plain",
            """
            Traceback (most recent call last):
              File "/srv/app/views.py", line 42, in show
                return rows[0]
            IndexError: list index out of range
            """),
        LeakSample(
            "Python frames in HTML",
            """
            <p>File <cite>&quot;/srv/app/views.py&quot;, line 42, in show</p><p>File &quot;/srv/app/db.py&quot;, line 7, in one</p>
            """),
        LeakSample(
            "Python in JSON",
            #"{"detail":"Traceback (most recent call last):\n  File \"/app/main.py\", line 10, in root\nKeyError: 'id'"}"#
        ),
        LeakSample(
            "Flask debugger",
            """
            <!doctype html><html lang=en><head><title>ZeroDivisionError: division by zero // Werkzeug Debugger</title>
            <link rel="stylesheet" href="?__debugger__=yes&amp;cmd=resource&amp;f=style.css">
            """),
        LeakSample(
            "Django debug 404",
            """
            <title>Page not found at /nope</title><p>Using the URLconf defined in <code>shop.urls</code>,
            Django tried these URL patterns, in this order:</p><p>You&#x27;re seeing this error because you have <code>DEBUG = True</code>
            """),
        LeakSample(
            "Starlette debugger", "<html><head><title>Starlette Debugger</title></head><body><h1>500 Server Error</h1>"),
        LeakSample(
            "Express development page",
            """
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Error</title></head><body>
            <pre>Error: boom<br> &nbsp; &nbsp;at /home/jo/shop/server.js:12:9<br> &nbsp; &nbsp;at Layer.handle [as handle_request] (/home/jo/shop/node_modules/express/lib/router/layer.js:95:5)</pre>
            """),
        LeakSample(
            "Node stack in JSON",
            #"{"message":"boom","stack":"Error: boom\n    at get (/app/src/orders.ts:31:11)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"}"#
        ),
        LeakSample(
            "Node message alone", certain: false,
            #"{"error":"TypeError: Cannot read properties of undefined (reading 'id')"}"#),
        LeakSample(
            "Java stack",
            """
            java.lang.NullPointerException: Cannot invoke "User.name()" because "user" is null
            \tat com.shop.UserController.show(UserController.java:42)
            \tat java.base/java.lang.Thread.run(Thread.java:840)
            """),
        LeakSample(
            "Spring error JSON with trace",
            #"{"timestamp":"2026-01-02T03:04:05","status":500,"error":"Internal Server Error","trace":"java.lang.IllegalStateException: x\n\tat com.shop.A.b(A.java:1)\n\tat com.shop.C.d(C.java:2)","path":"/x"}"#
        ),
        LeakSample(
            "Java exception name alone", certain: false, #"{"status":500,"message":"java.lang.NullPointerException"}"#),
        LeakSample("Kotlin frames", "\n\tat shop.RoutesKt.main(Routes.kt:12)\n\tat shop.RoutesKt.other(Routes.kt:20)"),
        LeakSample(
            "Rails development page",
            """
            <title>Action Controller: Exception caught</title><h1>NoMethodError in OrdersController#show</h1>
            <code>Rails.root: /home/jo/shop</code><a href="#">Application Trace</a> | <a href="#">Framework Trace</a>
            """),
        LeakSample(
            "Ruby backtrace", "app/models/order.rb:12:in `total'\napp/controllers/orders_controller.rb:7:in `show'"),
        LeakSample(
            "Ruby 3.4 backtrace, escaped",
            "/srv/shop/app.rb:12:in &#39;Shop#total&#39;\n/srv/shop/app.rb:7:in &#39;Object#show&#39;"),
        LeakSample(
            "Sinatra's helpful 404",
            "<h2>Sinatra doesn&rsquo;t know this ditty.</h2><h2>Sinatra doesn't know this ditty.</h2><pre>get '/x' do</pre>"
        ),
        LeakSample(
            "Go panic",
            """
            http: panic serving 127.0.0.1:5000: runtime error: index out of range [3] with length 2
            goroutine 18 [running]:
            main.show(0xc0000a4000)
            \t/srv/shop/main.go:31 +0x1d
            """),
        LeakSample("Go wrapped pq error", #"{"error":"pq: relation \"orders\" does not exist"}"#),
        LeakSample(
            "PHP fatal error",
            """
            <br /><b>Fatal error</b>:  Uncaught TypeError: strlen(): Argument #1 in /var/www/html/index.php:12
            Stack trace:
            #0 {main}
              thrown in <b>/var/www/html/index.php</b> on line <b>12</b><br />
            """),
        LeakSample(
            "PHP warning", "<b>Warning</b>:  Undefined variable $x in <b>/var/www/html/a.php</b> on line <b>3</b><br />"
        ),
        LeakSample(
            "Laravel JSON",
            #"{"message":"SQLSTATE[42S02]: Base table or view not found","exception":"Illuminate\\Database\\QueryException","file":"/var/www/vendor/laravel/framework/src/Illuminate/Database/Connection.php","line":760}"#
        ),
        LeakSample(
            "Symfony exception page",
            #"<title>Uncaught: Symfony\Component\HttpKernel\Exception\NotFoundHttpException</title>"#),
        LeakSample(
            "Rust panic",
            "thread 'tokio-runtime-worker' panicked at src/main.rs:14:9:\nindex out of bounds: the len is 2\nnote: run with `RUST_BACKTRACE=1`"
        ),
        LeakSample(
            "Rust frames", certain: true,
            "   3: shop::main\n             at ./src/main.rs:14:9\n   4: core::ops\n             at /rustc/abc/library/core/src/ops/function.rs:250:5"
        ),
        LeakSample(
            "Swift frames",
            "Fatal error: no route\n  at App.Router.dispatch (/srv/app/Sources/Router.swift:214:17)\n  at App.Handlers.index (/srv/app/Sources/Handlers.swift:88:9)"
        ),
        LeakSample(
            ".NET developer page",
            """
            <h1>Server Error in '/' Application.</h1><b>Exception Details: </b>System.NullReferenceException: Object reference not set
            """),
        LeakSample(
            ".NET JSON",
            #"{"type":"x","detail":"System.InvalidOperationException: no\r\n   at Shop.Orders.Get(Int32 id) in C:\\src\\Shop\\Orders.cs:line 42\r\n   at Shop.Api.Run() in C:\\src\\Shop\\Api.cs:line 7"}"#
        ),
        LeakSample(
            "Elixir", certain: false,
            "** (FunctionClauseError) no function clause matching\n    (shop 0.1.0) lib/shop_web/router.ex:12: ShopWeb.Router.call/2"
        ),
        LeakSample("Perl", certain: false, "Can't locate object method at /usr/lib/cgi-bin/shop.pl line 12."),
        LeakSample("PostgreSQL syntax error", #"{"error":"syntax error at or near \"'\""}"#),
        LeakSample(
            "PostgreSQL unique key", #"ERROR: duplicate key value violates unique constraint "users_email_key""#),
        LeakSample("psycopg", "psycopg2.errors.UndefinedTable: relation \"x\" does not exist"),
        LeakSample(
            "MySQL syntax error",
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"),
        LeakSample("MySQL duplicate", "Duplicate entry &#39;a@b.example&#39; for key &#39;users.email&#39;"),
        LeakSample("SQLite", "SQLite error 1: near \"'\": syntax error - while executing `SELECT * FROM t`"),
        LeakSample(
            "SQLAlchemy",
            "(sqlite3.OperationalError) no such table: orders (Background on this error at: https://sqlalche.me/e/20/e3q8)"
        ),
        LeakSample("Oracle", "ORA-00942: table or view does not exist"),
        LeakSample("SQL Server", "Unclosed quotation mark after the character string ''."),
        LeakSample("MongoDB", "MongoServerError: E11000 duplicate key error collection: shop.users"),
        LeakSample(
            "Prisma", #"{"message":"\nInvalid `prisma.user.create()` invocation:\n\nUnique constraint failed"}"#),
        LeakSample("A statement", certain: false, "Query failed: SELECT id, secret FROM accounts WHERE email = 'x'"),
        LeakSample(
            "A path", certain: false, "ENOENT: no such file or directory, open '/srv/shop/config/production.yml'"),
        LeakSample("A Windows path", certain: false, #"Could not find file "C:\inetpub\wwwroot\shop\web.conf""#),
        LeakSample("A connection string", "could not connect to postgresql://shop:example@db.internal:5432/shop"),
        LeakSample("A key", "config: AWS_SECRET_ACCESS_KEY=example"),
    ]

    /// What must be left alone: as 5xx unless the name says otherwise.
    static let clean: [LeakSample] = [
        LeakSample(
            "Problem document",
            #"{"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/orders/12"}"#),
        LeakSample("Short JSON", #"{"error":"internal_error","message":"Something went wrong. Please quote 8f2c."}"#),
        LeakSample(
            "GraphQL error",
            #"{"errors":[{"message":"Internal server error","path":["orders",0,"total"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}"#
        ),
        LeakSample(
            "Branded page",
            """
            <!doctype html><html lang="en"><head><title>We're sorry</title><link rel="stylesheet" href="/app/css/main.css">
            <script src="/node_modules/alpinejs/dist/cdn.min.js"></script></head><body><nav><a href="/home/index.php">Home</a></nav>
            <h1>Something broke at our end</h1><p>We've been told. Try again at 12:30, or write to help@shop.example.</p>
            <img src="/usr/img/cat.js.png"><style>body{background:url(/opt/x.js)}</style></body></html>
            """),
        LeakSample(
            "Rails production 500",
            """
            <!DOCTYPE html><html><head><title>We're sorry, but something went wrong (500)</title></head><body>
            <p>If you are the application owner check the logs for more information.</p></body></html>
            """),
        LeakSample(
            "Laravel production 500", "<title>Server Error</title><div class=\"code\">500</div><div>Server Error</div>"),
        LeakSample(
            "Flask production 500",
            """
            <!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>
            <p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>
            """),
        LeakSample(
            "nginx 502",
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body></html>"
        ),
        LeakSample(
            "Spring error without trace",
            #"{"timestamp":"2026-01-02T03:04:05.000+00:00","status":500,"error":"Internal Server Error","path":"/orders"}"#
        ),
        LeakSample(
            "Whitelabel page",
            "<h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error.</p>"),
        LeakSample(
            "A sentence with at", "We look at every report: meet us at noon (room 12:30) or at shop.example:443."),
        LeakSample("Words of a query", "Please select a country from the list, or tell us where you live."),
        LeakSample("A stack that isn't one", #"{"stack":"MERN","queue":"full","traceable":true}"#),
        LeakSample("A file name", "app.js:10 is missing a semicolon"),
        LeakSample(
            "German text", "Es ist ein Fehler aufgetreten. Bitte versuchen Sie es später erneut – Vorgang 4711."),
        LeakSample(
            "Support page with versions",
            "<p>Our API speaks HTTP/1.1 and HTTP/2; see /docs/errors.html, line up with v1.2.</p>"),
        LeakSample("Aurora", "The AURORA-12345 job will be retried."),
        LeakSample("Maintenance", "503 Service Unavailable: back at 06:00 UTC"),
        LeakSample("JSON with a link", #"{"help":"https://shop.example/home/help.php","code":17}"#),
        LeakSample(
            "Mail in a page",
            "Write to <a href=\"mailto:ops@shop.example\">ops@shop.example</a> and mention the redis cache."),
        LeakSample("Empty", ""),
        LeakSample(
            "HTML with entities", "Tom &amp; Jerry&#39;s &lt;shop&gt; isn&#x27;t open &nbsp; now \\u00e4 \\ud83d\\ude00"
        ),
    ]

    /// 4xx answers that talk about technology with people: certain marks only.
    static let cleanAs4xx: [LeakSample] = [
        LeakSample("Validation", #"{"errors":{"email":["has already been taken"],"file":["must be a .py file"]}}"#),
        LeakSample("A linter's answer", #"{"errors":["src/app.js:10:5 missing semicolon at end"]}"#),
        LeakSample(
            "A search without hits", "<h1>No results for NullPointerException</h1><p>Try java.lang.String instead.</p>"),
        LeakSample("A forum's 404", "<p>This topic was moved: \"select * from users where id = 1\" explained</p>"),
        LeakSample("A path that was asked for", "The requested URL /srv/report.php was not found on this server."),
        LeakSample("A compiler's message", #"{"error":"stack trace: unsupported option"}"#),
    ]
}
