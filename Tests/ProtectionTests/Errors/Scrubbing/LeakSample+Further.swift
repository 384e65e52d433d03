/// More error bodies, judged as a 5xx only.
extension LeakSample {
    static let furtherLeaks: [LeakSample] = [
        LeakSample(
            "Python",
            "Traceback (most recent call last):\n  File \"/srv/app/views.py\", line 12, in show\n    raise KeyError('x')\nKeyError: 'x'"
        ),
        LeakSample("Flask, escaped", "<p>File &#34;app.py&#34;, line 20, in index</p>"),
        LeakSample(
            "Werkzeug debugger",
            "<title>ZeroDivisionError // Werkzeug Debugger</title><script src=\"?__debugger__=yes\">"),
        LeakSample(
            "Django DEBUG",
            "<p>You're seeing this error because you have <code>DEBUG = True</code> in your Django settings file.</p>"),
        LeakSample(
            "Django 404", "<p>Using the URLconf defined in <code>shop.urls</code>, Django tried these URL patterns</p>"),
        LeakSample("Starlette", "<title>Starlette debugger</title>"),
        LeakSample(
            "Express",
            "<pre>TypeError: Cannot read properties of undefined<br> &nbsp; &nbsp;at /app/routes/index.js:12:9</pre>"),
        LeakSample(
            "Node",
            "Error: boom\n    at Object.<anonymous> (/app/server.js:3:7)\n    at node:internal/main/run_main_module:28:49"
        ),
        LeakSample("Node in JSON", "{\"message\":\"boom\",\"stack\":\"Error: boom\\n    at handler (/app/x.ts:1:2)\"}"),
        LeakSample(
            "Java",
            "java.lang.NullPointerException\n\tat com.shop.Cart.total(Cart.java:42)\n\tat java.base/java.lang.Thread.run(Thread.java:840)"
        ),
        LeakSample(
            "Spring JSON",
            "{\"status\":500,\"trace\":\"java.lang.IllegalStateException: x\\n\\tat com.shop.A.b(A.java:1)\"}"),
        LeakSample(
            "Tomcat",
            "<h1>HTTP Status 500</h1><pre>org.apache.jasper.JasperException\n\tat org.apache.jasper.servlet.JspServlet.service(JspServlet.java:331)</pre>"
        ),
        LeakSample(
            "Rails",
            "<h1>Action Controller: Exception caught</h1><pre>app/controllers/a_controller.rb:5:in `show'</pre>"),
        LeakSample("Ruby 3.4", "a.rb:5:in 'Object#show': boom (RuntimeError)"),
        LeakSample("Sinatra", "/usr/local/bundle/gems/sinatra-4.0.0/lib/sinatra/base.rb"),
        LeakSample(
            "Go",
            "panic: runtime error: index out of range\n\ngoroutine 7 [running]:\nmain.handler()\n\t/src/main.go:12 +0x1d"
        ),
        LeakSample(
            "PHP",
            "<b>Fatal error</b>:  Uncaught Error: Call to undefined function x() in /var/www/html/a.php:3 on line <b>3</b>"
        ),
        LeakSample(
            "PHP trace",
            "PHP Fatal error: x\nStack trace:\n#0 /var/www/a.php(3): b()\n#1 {main}\n  thrown in /var/www/a.php on line 3"
        ),
        LeakSample("Laravel", "<title>Illuminate\\Database\\QueryException</title>"),
        LeakSample("Symfony", "Symfony\\Component\\HttpKernel\\Exception\\NotFoundHttpException"),
        LeakSample("Swift", "Fatal error: Index out of range: file Swift/ContiguousArrayBuffer.swift, line 600"),
        LeakSample(
            "Swift backtrace", "Thread 0 \"main\" crashed:\n\n0 0x00005581 show() at /app/Sources/App/Show.swift:12:7"),
        LeakSample("Rust", "thread 'main' panicked at src/main.rs:4:5:\nboom\nnote: run with `RUST_BACKTRACE=1`"),
        LeakSample(
            ".NET",
            "System.NullReferenceException: Object reference not set\n   at Shop.Cart.Total() in C:\\src\\Cart.cs:line 42"
        ),
        LeakSample("ASP.NET", "<title>x</title><h1>Server Error in '/' Application.</h1>"),
        LeakSample("Phoenix", "** (KeyError) key :x not found\n    (shop 0.1.0) lib/shop/cart.ex:5: Shop.Cart.total/1"),
        LeakSample("PostgreSQL", "{\"error\":\"syntax error at or near \\\"'\\\"\"}"),
        LeakSample(
            "psycopg2",
            "psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint \"users_email_key\""),
        LeakSample("PDO", "SQLSTATE[42S02]: Base table or view not found"),
        LeakSample(
            "MySQL",
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"),
        LeakSample("SQLite", "{\"detail\":\"sqlite3.OperationalError: no such table: users\"}"),
        LeakSample("GRDB", "{\"error\":\"SQLite error 1: near \\\"'\\\": syntax error - while executing `SELECT`\"}"),
        LeakSample("Oracle", "ORA-00933: SQL command not properly ended"),
        LeakSample("SQL Server", "Unclosed quotation mark after the character string 'x'."),
        LeakSample("Sequelize", "{\"name\":\"SequelizeDatabaseError\"}"),
        LeakSample("a path", "could not open /home/deploy/shop/config/settings.yml"),
        LeakSample("a path in JSON", "{\"error\":\"ENOENT: no such file, open '/srv/shop/data/users.db'\"}"),
        LeakSample("Windows path", "Could not find file 'C:\\inetpub\\shop\\app.py'."),
        LeakSample("environment", "DATABASE_URL=postgres://shop:pw@db/shop"),
    ]

    static let furtherClean: [LeakSample] = [
        LeakSample(
            "a page",
            "<!doctype html><title>Something went wrong | Shop</title><link rel=stylesheet href=/a.css><nav>Home</nav><h1>We are sorry</h1><p>Our team has been told. Please look at our status page.</p>"
        ),
        LeakSample(
            "problem+json",
            "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500,\"detail\":\"Something failed\"}"
        ),
        LeakSample(
            "API error", "{\"error\":{\"code\":\"payment_failed\",\"message\":\"Your bank declined at 12:30.\"}}"),
        LeakSample("validation", "{\"errors\":[{\"field\":\"line1\",\"message\":\"Address line 1 is missing\"}]}"),
        LeakSample("code in text", "<title>Not what you want</title><p>at home, in line 3 of the form</p>"),
        LeakSample("links", "<title>Oops, our fault</title><a href=\"/home/help.js\">help</a><img src='/opt/pic.ts'>"),
        LeakSample("URL", "{\"help\":\"https://docs.example/home/errors.py\"}"),
        LeakSample(
            "a script tag",
            "<title>Down for a while</title><script src=\"/static/app.js\"></script><p>We look at it.</p>"),
        LeakSample("SQL as a word", "{\"message\":\"Select a plan from the list where you live\"}"),
        LeakSample(
            "an exception as a word",
            "<title>Exceptional!</title><p>No exception: every trace of your data is safe.</p>"),
        LeakSample("German", "<title>Fehler</title><p>Bitte versuchen Sie es später erneut.</p>"),
        LeakSample("XML", "<?xml version=\"1.0\"?><error><code>Busy</code><message>Slow down</message></error>"),
        LeakSample(
            "GraphQL",
            "{\"errors\":[{\"message\":\"Unauthorized\",\"locations\":[{\"line\":2,\"column\":3}],\"path\":[\"me\"]}]}"),
        LeakSample("a name that sounds like it", "{\"title\":\"The Panic at the Disco ticket is sold out\"}"),
        LeakSample("minutes", "<title>Maintenance</title><p>Back at 10:30. Our office: /home/ of good food.</p>"),
        LeakSample("validation of a path", "{\"detail\":\"/opt/ is not a valid folder\"}"),
    ]
}
