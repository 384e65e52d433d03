import NIOHTTP1
import Testing
import Web

@Suite("A list of fields")
struct FieldListTests {
    private let fields = FieldList(
        HTTPHeaders([
            ("Host", "app.test"), ("X-Other", "1"), ("COOKIE", "a=1"), ("cookie", "b=2"), ("Server", "nginx"),
            ("X-Powered-By", "PHP"),
        ]))

    @Test("knows its fields in any case, and keeps case and order")
    func looking() {
        #expect(fields.first(.cookie) == "a=1")
        #expect(fields.count(.cookie) == 2)
        #expect(fields.values(.cookie) == ["a=1", "b=2"])
        #expect(fields.count(.banner) == 2)
        #expect(!fields.has(.date) && fields.first(.date) == nil && fields.values(.date).isEmpty)
        #expect(fields.headers.map(\.name) == ["Host", "X-Other", "COOKIE", "cookie", "Server", "X-Powered-By"])
    }

    @Test("no longer has what was taken out")
    func removing() {
        var fields = fields
        fields.remove(.cookie)
        #expect(!fields.has(.cookie) && fields.first(.cookie) == nil)
        fields.remove(anyOf: FieldSet(.banner, .date))
        #expect(fields.headers.map(\.name) == ["Host", "X-Other"])
        #expect(fields.removeAll { name, _ in name == "Host" })
        #expect(!fields.has(.host))
        #expect(!fields.removeAll { name, _ in name == "Host" })
    }

    @Test("has what was put in, once")
    func setting() {
        var fields = fields
        fields.set(.cookie, "Cookie", "c=3")
        #expect(fields.values(.cookie) == ["c=3"])
        fields.set(name: "x-other", value: "2")
        #expect(fields.headers["x-other"] == ["2"])
        fields.set(name: "HOST", value: "b.test")
        #expect(fields.values(.host) == ["b.test"])
        fields.set(name: "X-Powered-By", value: "us")
        #expect(fields.values(.banner) == ["nginx", "us"])
    }

    @Test("is written in as few pieces as it stands in")
    func writing() {
        var fields = fields
        func written(without omitted: FieldSet) -> (text: String, pieces: Int) {
            var text = ""
            var pieces = 0
            fields.forEachRun(without: omitted) {
                text += String(decoding: $0, as: UTF8.self)
                pieces += 1
            }
            return (text, pieces)
        }
        let all = "Host: app.test\r\nX-Other: 1\r\nCOOKIE: a=1\r\ncookie: b=2\r\nServer: nginx\r\nX-Powered-By: PHP\r\n"
        #expect(written(without: FieldSet()) == (all, 1))
        #expect(written(without: FieldSet(.banner)) == (String(all.prefix { $0 != "S" }), 1))
        fields.remove(.cookie)
        fields.add(.via, "Via", upTo: 2) { $0.put("us") }
        fields.add(.xForwardedHost, "X-Forwarded-Host", "app.test")
        let rest = "Server: nginx\r\nX-Powered-By: PHP\r\nVia: us\r\nX-Forwarded-Host: app.test\r\n"
        #expect(written(without: FieldSet()) == ("Host: app.test\r\nX-Other: 1\r\n" + rest, 2))
    }

    @Test("takes over every line of another list")
    func joining() {
        var fields = fields
        fields.remove(.cookie)
        var others = FieldList(HTTPHeaders([("Via", "1.1 us"), ("X-Mine", "2")]))
        others.remove(.via)
        others.add(name: "Date", value: "today")
        fields.add(contentsOf: others)
        #expect(fields.headers.map(\.name) == ["Host", "X-Other", "Server", "X-Powered-By", "X-Mine", "Date"])
        #expect(fields.first(.date) == "today" && !fields.has(.via))
        fields.add(contentsOf: FieldList())
        #expect(fields.count == 6)
        #expect(fields.areAll(in: FieldSet(.host, .banner, .date)) == false)
        #expect(others.removeAll { name, _ in name == "X-Mine" } && others.areAll(in: FieldSet(.date)))
    }

    @Test(
        "is plain as long as every byte is printable ASCII, and remembers only what it saw",
        arguments: ["\r", "\n", "\r\n", "\t", "\0", "\u{7F}", "é", "\u{1F}", "a\r\nb: c"])
    func plain(odd: String) {
        for before in 0..<20 {
            let value = String(repeating: "v", count: before) + odd
            for notes in [true, false] {
                var fields = fields
                #expect(notes ? fields.notePlain() : fields.isPlain)
                fields.remove(.cookie)
                fields.add(name: "X-Sound", value: String(repeating: "~", count: before))
                #expect(notes ? fields.notePlain() : fields.isPlain)
                fields.add(name: "X-Odd", value: value + "behind it")
                #expect(!fields.isPlain && !fields.notePlain())
                fields.add(name: "X-Sound", value: "!")
                // What was taken out stands in the text all the same.
                fields.removeAll { name, _ in name == "X-Odd" }
                #expect(!fields.isPlain && !fields.notePlain())
            }
        }
        #expect(FieldList().isPlain)
    }

    @Test("every known field is known by its name", arguments: KnownField.allCases)
    func known(field: KnownField) {
        #expect(KnownField(fieldName: field.name) == field)
        #expect(KnownField(fieldName: field.name.uppercased()) == field)
        #expect(KnownField(fieldName: field.name + "x") == nil)
        var set = FieldSet(field)
        #expect(set.contains(field) && !FieldSet(.host, .via).subtracting(set).contains(field))
        set.remove(field)
        #expect(set == FieldSet())
    }
}
