import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Error scrubbing")
struct ErrorScrubbingTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let from: String
        let body: String
        var type = "text/html"
        var testDescription: String { from }
    }

    /// What frameworks and databases really say.
    static let leaks: [Sample] = [
        Sample(from: "Python", body: "Traceback (most recent call last):\n  File \"/srv/app/views.py\", line 12, in show\n    raise KeyError('x')\nKeyError: 'x'"),
        Sample(from: "Flask, escaped", body: "<p>File &#34;app.py&#34;, line 20, in index</p>"),
        Sample(from: "Werkzeug debugger", body: "<title>ZeroDivisionError // Werkzeug Debugger</title><script src=\"?__debugger__=yes\">"),
        Sample(from: "Django DEBUG", body: "<p>You're seeing this error because you have <code>DEBUG = True</code> in your Django settings file.</p>"),
        Sample(from: "Django 404", body: "<p>Using the URLconf defined in <code>shop.urls</code>, Django tried these URL patterns</p>"),
        Sample(from: "Starlette", body: "<title>Starlette debugger</title>"),
        Sample(from: "Express", body: "<pre>TypeError: Cannot read properties of undefined<br> &nbsp; &nbsp;at /app/routes/index.js:12:9</pre>"),
        Sample(from: "Node", body: "Error: boom\n    at Object.<anonymous> (/app/server.js:3:7)\n    at node:internal/main/run_main_module:28:49", type: "text/plain"),
        Sample(from: "Node in JSON", body: "{\"message\":\"boom\",\"stack\":\"Error: boom\\n    at handler (/app/x.ts:1:2)\"}", type: "application/json"),
        Sample(from: "Java", body: "java.lang.NullPointerException\n\tat com.shop.Cart.total(Cart.java:42)\n\tat java.base/java.lang.Thread.run(Thread.java:840)", type: "text/plain"),
        Sample(from: "Spring JSON", body: "{\"status\":500,\"trace\":\"java.lang.IllegalStateException: x\\n\\tat com.shop.A.b(A.java:1)\"}", type: "application/json"),
        Sample(from: "Spring Whitelabel", body: "<h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error</p>"),
        Sample(from: "Tomcat", body: "<h1>HTTP Status 500</h1><pre>org.apache.jasper.JasperException\n\tat org.apache.jasper.servlet.JspServlet.service(JspServlet.java:331)</pre>"),
        Sample(from: "Rails", body: "<h1>Action Controller: Exception caught</h1><pre>app/controllers/a_controller.rb:5:in `show'</pre>"),
        Sample(from: "Ruby 3.4", body: "a.rb:5:in 'Object#show': boom (RuntimeError)", type: "text/plain"),
        Sample(from: "Sinatra", body: "/usr/local/bundle/gems/sinatra-4.0.0/lib/sinatra/base.rb", type: "text/plain"),
        Sample(from: "Go", body: "panic: runtime error: index out of range\n\ngoroutine 7 [running]:\nmain.handler()\n\t/src/main.go:12 +0x1d", type: "text/plain"),
        Sample(from: "PHP", body: "<b>Fatal error</b>:  Uncaught Error: Call to undefined function x() in /var/www/html/a.php:3 on line <b>3</b>"),
        Sample(from: "PHP trace", body: "PHP Fatal error: x\nStack trace:\n#0 /var/www/a.php(3): b()\n#1 {main}\n  thrown in /var/www/a.php on line 3", type: "text/plain"),
        Sample(from: "Laravel", body: "<title>Illuminate\\Database\\QueryException</title>"),
        Sample(from: "Symfony", body: "Symfony\\Component\\HttpKernel\\Exception\\NotFoundHttpException"),
        Sample(from: "Swift", body: "Fatal error: Index out of range: file Swift/ContiguousArrayBuffer.swift, line 600", type: "text/plain"),
        Sample(from: "Swift backtrace", body: "Thread 0 \"main\" crashed:\n\n0 0x00005581 show() at /app/Sources/App/Show.swift:12:7", type: "text/plain"),
        Sample(from: "Rust", body: "thread 'main' panicked at src/main.rs:4:5:\nboom\nnote: run with `RUST_BACKTRACE=1`", type: "text/plain"),
        Sample(from: ".NET", body: "System.NullReferenceException: Object reference not set\n   at Shop.Cart.Total() in C:\\src\\Cart.cs:line 42", type: "text/plain"),
        Sample(from: "ASP.NET", body: "<title>x</title><h1>Server Error in '/' Application.</h1>"),
        Sample(from: "Phoenix", body: "** (KeyError) key :x not found\n    (shop 0.1.0) lib/shop/cart.ex:5: Shop.Cart.total/1", type: "text/plain"),
        Sample(from: "PostgreSQL", body: "{\"error\":\"syntax error at or near \\\"'\\\"\"}", type: "application/json"),
        Sample(from: "psycopg2", body: "psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint \"users_email_key\""),
        Sample(from: "PDO", body: "SQLSTATE[42S02]: Base table or view not found"),
        Sample(from: "MySQL", body: "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"),
        Sample(from: "SQLite", body: "{\"detail\":\"sqlite3.OperationalError: no such table: users\"}", type: "application/json"),
        Sample(from: "GRDB", body: "{\"error\":\"SQLite error 1: near \\\"'\\\": syntax error - while executing `SELECT`\"}", type: "application/json"),
        Sample(from: "Oracle", body: "ORA-00933: SQL command not properly ended"),
        Sample(from: "SQL Server", body: "Unclosed quotation mark after the character string 'x'."),
        Sample(from: "Sequelize", body: "{\"name\":\"SequelizeDatabaseError\"}", type: "application/json"),
        Sample(from: "a path", body: "could not open /home/deploy/shop/config/settings.yml", type: "text/plain"),
        Sample(from: "a path in JSON", body: "{\"error\":\"ENOENT: no such file, open '/srv/shop/data/users.db'\"}", type: "application/json"),
        Sample(from: "Windows path", body: "Could not find file 'C:\\inetpub\\shop\\app.py'.", type: "text/plain"),
        Sample(from: "environment", body: "DATABASE_URL=postgres://shop:pw@db/shop", type: "text/plain"),
    ]

    /// Errors that apps write for people and programs: nothing of these is to be touched.
    static let clean: [Sample] = [
        Sample(from: "a page", body: "<!doctype html><title>Something went wrong | Shop</title><link rel=stylesheet href=/a.css><nav>Home</nav><h1>We are sorry</h1><p>Our team has been told. Please look at our status page.</p>"),
        Sample(from: "problem+json", body: "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500,\"detail\":\"Something failed\"}", type: "application/problem+json"),
        Sample(from: "API error", body: "{\"error\":{\"code\":\"payment_failed\",\"message\":\"Your bank declined at 12:30.\"}}", type: "application/json"),
        Sample(from: "validation", body: "{\"errors\":[{\"field\":\"line1\",\"message\":\"Address line 1 is missing\"}]}", type: "application/json"),
        Sample(from: "code in text", body: "<title>Not what you want</title><p>at home, in line 3 of the form</p>", type: "text/html"),
        Sample(from: "links", body: "<title>Oops, our fault</title><a href=\"/home/help.js\">help</a><img src='/opt/pic.ts'>"),
        Sample(from: "URL", body: "{\"help\":\"https://docs.example/home/errors.py\"}", type: "application/json"),
        Sample(from: "a script tag", body: "<title>Down for a while</title><script src=\"/static/app.js\"></script><p>We look at it.</p>"),
        Sample(from: "SQL as a word", body: "{\"message\":\"Select a plan from the list where you live\"}", type: "application/json"),
        Sample(from: "an exception as a word", body: "<title>Exceptional!</title><p>No exception: every trace of your data is safe.</p>"),
        Sample(from: "German", body: "<title>Fehler</title><p>Bitte versuchen Sie es später erneut.</p>"),
        Sample(from: "XML", body: "<?xml version=\"1.0\"?><error><code>Busy</code><message>Slow down</message></error>", type: "application/xml"),
        Sample(from: "GraphQL", body: "{\"errors\":[{\"message\":\"Unauthorized\",\"locations\":[{\"line\":2,\"column\":3}],\"path\":[\"me\"]}]}", type: "application/json"),
        Sample(from: "a name that sounds like it", body: "{\"title\":\"The Panic at the Disco ticket is sold out\"}", type: "application/json"),
        Sample(from: "minutes", body: "<title>Maintenance</title><p>Back at 10:30. Our office: /home/ of good food.</p>"),
        Sample(from: "validation of a path", body: "{\"detail\":\"/opt/ is not a valid folder\"}", type: "application/json"),
    ]

    private func judge(
        _ status: Int, _ sample: Sample, accept: String = "*/*", encoding: String? = nil, bytes: ByteBuffer? = nil,
        settings: ErrorScrubbingStage.Settings = .init(mode: .enforce)
    ) -> Problem? {
        var exchange = ExchangeFixture.exchange(.GET, "/", [("Accept", accept)])
        var head = ResponseHead(HTTPResponseStatus(statusCode: status), sample.type.isEmpty ? [] : [("Content-Type", sample.type)])
        if let encoding { head.headers.add(name: "Content-Encoding", value: encoding) }
        let plan = ErrorScrubbingStage(settings).respond(&exchange, &head)
        if let bytes {
            guard case .peek(_, let decision) = plan else { return nil }
            return decision(&exchange, &head, bytes, true).problem
        }
        return plan.decide(&exchange, &head, sample.body)?.problem
    }

    @Test("a 5xx that shows the inside becomes a document of the same status", arguments: leaks)
    func leak(sample: Sample) {
        for status in [500, 503] {
            let problem = judge(status, sample, accept: "text/html")
            #expect(problem?.reason == "errors.app-leak")
            #expect(problem?.status == status)
            #expect(problem?.source == .upstream)
        }
    }

    @Test("a 4xx that shows a trace, SQL or a debug page does too", arguments: leaks)
    func leakOfClientError(sample: Sample) {
        #expect(judge(404, sample, accept: "text/html")?.status == 404)
    }

    @Test("the app's own clean documents stay, as 5xx and as 4xx", arguments: clean)
    func keeps(sample: Sample) {
        for status in [400, 404, 409, 422, 500, 502] {
            #expect(judge(status, sample)?.reason.rawValue == nil, "\(status)")
            #expect(judge(status, sample, accept: "text/html")?.reason.rawValue == nil, "\(status)")
        }
    }

    @Test("the table's rates: every leak is found, no clean document is taken for one")
    func rates() {
        let found = ErrorScrubbingTests.leaks.count { LeakDetector.find(in: Array($0.body.utf8), onlyCertain: false) != nil }
        let wrong = ErrorScrubbingTests.clean.count { LeakDetector.find(in: Array($0.body.utf8), onlyCertain: false) != nil }
        #expect(found == ErrorScrubbingTests.leaks.count)
        #expect(wrong == 0)
        #expect(ErrorScrubbingTests.leaks.count >= 30 && ErrorScrubbingTests.clean.count >= 15)
    }

    @Test("a compressed leak is seen through", arguments: ["gzip", "x-gzip", "deflate"])
    func compressed(encoding: String) {
        let transform = GzipTransform(level: 5)
        var bytes = transform.transform(ByteBuffer(string: ErrorScrubbingTests.leaks[0].body))
        var end = transform.finish()
        bytes.writeBuffer(&end)
        #expect(judge(500, ErrorScrubbingTests.leaks[0], encoding: encoding, bytes: bytes)?.reason == "errors.app-leak")
    }

    @Test("an unreadable 5xx isn't shown, an unreadable 4xx is the app's")
    func unreadable() {
        let bytes = ByteBuffer(bytes: [1, 2, 3])
        #expect(judge(500, ErrorScrubbingTests.clean[0], encoding: "br", bytes: bytes)?.reason == "errors.app-leak")
        #expect(judge(404, ErrorScrubbingTests.clean[0], encoding: "br", bytes: bytes) == nil)
    }

    @Test("what only a framework says becomes a document for programs", arguments: [
        Sample(from: "nothing", body: "", type: ""), Sample(from: "plain", body: "Not Found", type: "text/plain"),
        Sample(from: "Go", body: "404 page not found\n", type: "text/plain; charset=utf-8"),
        Sample(from: "Express", body: "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot GET /x</pre></body></html>"),
        Sample(from: "Flask", body: "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server.</p>"),
        Sample(from: "nginx", body: "<html>\r\n<head><title>405 Not Allowed</title></head>".replacing("Not Allowed", with: "Method Not Allowed") + "<body><center><h1>405</h1></center></body></html>"),
        Sample(from: "Django", body: "<h1>Not Found</h1><p>The requested resource was not found.</p>"),
        Sample(from: "digits", body: "404", type: "text/plain"), Sample(from: "no type", body: "Bad Request", type: ""),
    ])
    func bare(sample: Sample) {
        #expect(judge(404, sample)?.reason == "errors.app-shape")
        #expect(judge(404, sample, accept: "text/html,*/*;q=0.8") == nil)
        #expect(judge(404, sample, settings: .init(mode: .enforce, unifiesShape: false)) == nil)
    }

    @Test("a sentence of the app's own is no framework's", arguments: [
        Sample(from: "text", body: "The order 7 does not exist any more.", type: "text/plain"),
        Sample(from: "JSON", body: "{\"error\":\"Not Found\"}", type: "application/json"),
        Sample(from: "page", body: "<title>404 Not Found</title><link rel=stylesheet href=/a.css><h1>Lost?</h1>"),
    ])
    func notBare(sample: Sample) { #expect(judge(404, sample) == nil) }

    @Test("success, HEAD, refusals and our own routes are left alone")
    func leftAlone() {
        let stage = ErrorScrubbingStage(.init(mode: .enforce))
        var exchange = ExchangeFixture.exchange()
        var ok = ResponseHead(.ok, [("Content-Type", "text/html")])
        #expect(stage.respond(&exchange, &ok).isPass)
        var failed = ResponseHead(.internalServerError, [])
        var head = ExchangeFixture.exchange(.HEAD)
        #expect(stage.respond(&head, &failed).isPass)
        exchange.become(.own)
        #expect(stage.respond(&exchange, &failed).isPass)
        exchange.become(.problem, Problem("a.b", status: 500, title: "t"))
        #expect(stage.respond(&exchange, &failed).isPass)
    }

    @Test("no bytes make the detectors trap", arguments: Seeds.first(100))
    func survives(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let body = generator.text(0...400, of: "/home.pyatFile\", linC:\\<title>\u{0}é😀 5")
        _ = LeakDetector.find(in: Array(body.utf8), onlyCertain: false)
        _ = BareError.matches(type: "text/html", body: Array(body.utf8), isWhole: true)
        let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
        _ = LeakDetector.find(in: noise, onlyCertain: true)
    }
}
