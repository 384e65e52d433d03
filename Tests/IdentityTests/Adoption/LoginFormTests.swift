import Kernel
import TestKit
import Testing

@testable import Identity

@Suite("Who a login form names")
struct LoginFormTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        var type: String? = "application/x-www-form-urlencoded"
        var encoding: String?
        var query: String?
        var fields = ["username", "email"]
        let body: String
        let expected: LoginForm
        var testDescription: String { what }
    }

    private static let json = "application/json"
    private static let multipart = "multipart/form-data; boundary=xyz"

    static let cases: [Case] = [
        Case(what: "a form", body: "username=alice&password=x", expected: .attempt("alice")),
        Case(
            what: "hidden fields around it", body: "csrf=1&password=x&username=alice&next=%2F",
            expected: .attempt("alice")),
        Case(what: "an encoded name", body: "username=al%69ce+b%C3%A9&password=", expected: .attempt("alice bé")),
        Case(what: "another field", body: "email=a%40b.example&password=x", expected: .attempt("a@b.example")),
        Case(what: "a broken encoding", body: "username=%zz%4&password=x", expected: .attempt("%zz%4")),
        Case(what: "a NUL", body: "username=al%00ice&password=x", expected: .attempt("al\0ice")),
        Case(what: "right-to-left", body: "username=%E2%80%AEalice&password=x", expected: .attempt("\u{202E}alice")),
        Case(what: "the same name twice", body: "username=a&username=a&password=x", expected: .attempt("a")),
        Case(
            what: "two names in one field", body: "username=alice&username=bob&password=x",
            expected: .unreadable("it names more than one person")),
        Case(
            what: "two names in two fields", body: "username=decoy&email=alice&password=x",
            expected: .unreadable("it names more than one person")),
        Case(
            what: "another name in the query", query: "username=bob", body: "username=alice&password=x",
            expected: .unreadable("it names more than one person")),
        Case(what: "all of it in the query", query: "username=bob&password=x", body: "", expected: .attempt("bob")),
        Case(
            what: "a semicolon between fields", body: "username=alice;username=bob&password=x",
            expected: .unreadable("it names more than one person")),
        Case(what: "no name", body: "password=x", expected: .unreadable("it names nobody")),
        Case(what: "a blank name", body: "username=+&password=x", expected: .unreadable("it names nobody")),
        Case(what: "no password", body: "username=alice&resend=1", expected: .notASignIn),
        Case(what: "nothing at all", body: "", expected: .notASignIn),
        Case(
            what: "another alphabet", type: "application/x-www-form-urlencoded; charset=utf-16",
            body: "username=alice&password=x", expected: .unreadable("its characters are not UTF-8")),
        Case(
            what: "a compressed body", encoding: "gzip", body: "username=alice&password=x",
            expected: .unreadable("its body is compressed")),
        Case(
            what: "an unknown kind", type: "application/xml", body: "<a/>",
            expected: .unreadable("its body can't be read")),
        Case(what: "JSON", type: json, body: #"{"username":"alice","password":"x"}"#, expected: .attempt("alice")),
        Case(
            what: "JSON with escapes", type: json, body: #"{"user\u006eame":"\u0061l\ud83d\ude00","password":1}"#,
            expected: .attempt("al😀")),
        Case(
            what: "JSON with a pointer", type: json, fields: ["/user/0/e~1mail"],
            body: #"{"user":[{"e/mail":"a@b"}],"password":"x"}"#, expected: .attempt("a@b")),
        Case(
            what: "a JSON name twice", type: json, body: #"{"username":"a","username":"b","password":"x"}"#,
            expected: .unreadable("it names more than one person")),
        Case(what: "cut JSON", type: json, body: #"{"username":"a","#, expected: .unreadable("its body can't be read")),
        Case(
            what: "JSON with a rest", type: json, body: #"{"username":"a","password":""} x"#,
            expected: .unreadable("its body can't be read")),
        Case(what: "a JSON list", type: json, body: "[]", expected: .unreadable("its body can't be read")),
        Case(
            what: "deep JSON", type: json, body: String(repeating: #"{"a":"#, count: 60),
            expected: .unreadable("its body can't be read")),
        Case(
            what: "JSON that says it is a form", body: #"{"username":"alice","password":"x"}"#,
            expected: .attempt("alice")),
        Case(
            what: "JSON that says nothing", type: nil, body: #" {"username":"alice","password":"x"}"#,
            expected: .attempt("alice")),
        Case(
            what: "multipart", type: multipart,
            body: "--xyz\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n--xyz\r\n"
                + "content-disposition: form-data; name=password\r\n\r\nx\r\n--xyz--\r\n", expected: .attempt("alice")),
        Case(
            what: "multipart that doesn't end", type: multipart,
            body: "--xyz\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice",
            expected: .unreadable("its body can't be read")),
        Case(
            what: "multipart without a boundary", type: "multipart/form-data", body: "--xyz--",
            expected: .unreadable("its body can't be read")),
    ]

    @Test("is read as any framework might", arguments: cases)
    func read(example: Case) {
        var settings = AdoptionSettings()
        settings.userFields = example.fields
        let head = LoginForm.Head(type: example.type, encoding: example.encoding, query: example.query)
        #expect(LoginForm.read(Array(example.body.utf8), head, settings) == example.expected)
    }

    @Test("no bytes at all bring it down, and a name of a megabyte is one name")
    func hostile() {
        let settings = AdoptionSettings()
        for seed in Seeds.first(200) {
            var generator = SeededGenerator(seed: seed)
            let bytes = (0..<generator.number(0...400)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            for type in [nil, "application/json", Self.multipart, "application/x-www-form-urlencoded"] {
                let marked = Array("username=a&password=".utf8) + bytes
                for body in [bytes, marked, Array(#"{"username":"a","password":""#.utf8) + bytes] {
                    _ = LoginForm.read(body, .init(type: type), settings)
                }
            }
        }
        let long = String(repeating: "a", count: 1 << 20)
        #expect(
            LoginForm.read(Array("username=\(long)&password=x".utf8), .init(type: nil), settings) == .attempt(long))
    }

    @Test("spellings that an app may take for one name are counted together, people are told apart")
    func people() throws {
        let keys = TestKeys()
        let alice = try AppPerson("alice", keys: keys)
        for name in ["ALICE", " alice ", "\u{FF41}lice", "ali\u{200B}ce", "\u{202E}alice", "al\0ice"] {
            #expect(try AppPerson(name, keys: keys).counted == alice.counted, "\(name.debugDescription)")
        }
        // Other letters that look alike are another name to every app.
        #expect(try AppPerson("\u{0430}lice", keys: keys).counted != alice.counted)
        #expect(try AppPerson("Alice", keys: keys).account != alice.account)
        #expect(try AppPerson("A@B.example", keys: keys) == AppPerson("a@b.example ", keys: keys))
        #expect(!alice.account.contains("alice") && alice.account.utf8.count == 28)
    }
}
