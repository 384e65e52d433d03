import Testing

@testable import Readiness

@Suite("Evidence can be shown to anybody")
struct RedactorTests {
    private let site = SiteURL(scheme: .https, host: "127.0.0.1", port: 8443)

    private func answer(_ fields: [(String, String)], _ body: String) -> Answer {
        Answer(
            status: 200, reason: "OK", version: "HTTP/1.1", fields: fields.map { HeaderField(name: $0.0, value: $0.1) },
            body: Array(body.utf8), bodyBytes: body.utf8.count, ending: .complete, interim: [], bodyBytesSent: 0,
            milliseconds: 1)
    }

    @Test("passwords and session cookies are taken out everywhere, and are variables in the curl line")
    func secrets() {
        var redactor = Redactor()
        redactor.learn("correct horse's battery", as: "alice_PASSWORD")
        redactor.learn("s3cr3tt0ken", as: "alice_COOKIE")
        let request = ProbeRequest.form("POST", "/in", [("p", "correct horse's battery")])
            .adding("Cookie", "sid=s3cr3tt0ken")
        let evidence = redactor.evidence(
            request, to: site,
            answer: answer([("Set-Cookie", "sid=s3cr3tt0ken; Secure"), ("X", "s3cr3tt0ken")], "hello s3cr3tt0ken"))
        let all =
            ([evidence.request, evidence.response, evidence.excerpt, evidence.curl] + evidence.requestHeaders
            + evidence.responseHeaders).joined(separator: "\n")
        #expect(!all.contains("s3cr3tt0ken"))
        #expect(!all.contains("battery"))
        #expect(evidence.curl.contains("\"$ALICE_COOKIE\""))
        #expect(evidence.curl.contains("\"$ALICE_PASSWORD\""))
        #expect(evidence.responseHeaders.first == "Set-Cookie: sid=‹11 characters›; Secure")
    }

    @Test("escape sequences of a target reach no terminal")
    func escapes() {
        let evidence = Redactor().evidence(
            .get("/"), to: site,
            answer: answer([("Server", "\u{1B}[31mred\u{7}\u{202E}")], "a\u{1B}]0;title\u{7}b\u{9B}31m"))
        let all = evidence.responseHeaders.joined() + evidence.excerpt
        #expect(
            all.unicodeScalars.allSatisfy {
                ($0.value >= 0x20 || $0.value == 0x0A) && $0.value != 0x9B && $0.value != 0x202E
            })
        #expect(all.contains("\\u{1B}[31mred"))
    }

    @Test("a curl line replays the very request: method, Host, fields and body in single quotes")
    func curl() {
        var request = ProbeRequest("POST", "/a?b='c'", fields: [("X-A", "it's")], body: .bytes(Array("x'y".utf8)))
        request.host = "evil.example"
        let line = Redactor().curl(request, to: site)
        #expect(
            line
                == "curl -sik --path-as-is -X 'POST' -H 'Host: evil.example' -H 'X-A: it'\\''s' --data-binary 'x'\\''y' "
                + "'https://127.0.0.1:8443/a?b='\\''c'\\'''")
    }
}
