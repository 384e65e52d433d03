import Testing

@testable import Readiness

func evidence(_ text: String, _ format: EvidenceFormat? = nil, file: String = "report") throws -> ImportedEvidence {
    try EvidenceReader.parse(Array(text.utf8), file: file, format: format, modified: 1_795_000_000)
}

func refusal(_ text: String, _ format: EvidenceFormat? = nil) -> String {
    do throws(EvidenceProblem) {
        _ = try EvidenceReader.parse(Array(text.utf8), file: "report", format: format)
        return ""
    } catch { return error.description }
}

@Suite("Reports of other tools are read for what they say")
struct EvidenceReaderTests {
    static let junit = """
        <?xml version="1.0" encoding="utf-8"?>
        <testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" timestamp="2026-11-26T10:00:00+01:00">
        <properties><property name="commit" value="0123456789abcdef0123456789abcdef01234567"/></properties>
        <testcase classname="a" name="one" time="0.1"/>
        <testcase classname="a" name="two &amp; &lt;three&gt;"><failure message="no &#x26;">long <![CDATA[<b>]]></failure></testcase>
        <testcase classname="a" name="four"><error message="boom"/></testcase>
        <testcase classname="a" name="five"><skipped/></testcase>
        <testcase classname="a" name="six"/>
        </testsuite></testsuites>
        """

    @Test("JUnit: cases are counted, not believed; time with its offset and commit are kept")
    func junit() throws {
        let read = try evidence(Self.junit)
        guard case .tests(let results) = read.content else { throw EvidenceProblem(file: "", what: "no tests") }
        #expect(read.format == .junit)
        #expect([results.total, results.failed, results.errors, results.skipped, results.passed] == [5, 1, 1, 1, 2])
        #expect(results.failures.first?.name == "a.two & <three>")
        #expect(read.commit == "0123456789abcdef0123456789abcdef01234567")
        #expect(read.madeAt == secondsSinceEpoch("2026-11-26T09:00:00Z") && read.saysItsTime)
    }

    private func results(_ text: String) throws -> TestResults {
        guard case .tests(let results) = try evidence(text).content else {
            throw EvidenceProblem(file: "", what: "no tests")
        }
        return results
    }

    @Test(
        "a case that was switched off is no pass, in whatever attribute its tool says so",
        arguments: [
            #"status="notrun" result="suppressed""#, #"status="disabled""#, #"status="run" result="skipped""#,
            #"status="Ignored""#,
        ])
    func switchedOff(attributes: String) throws {
        let read = try results(
            "<testsuite><testcase name='a' status='run' result='completed'/><testcase name='b' \(attributes)/></testsuite>"
        )
        #expect(read.total == 2 && read.skipped == 1 && read.passed == 1)
    }

    @Test("a failure without a message says the first line of what stands inside, as Jest and others write it")
    func withoutMessage() throws {
        let read = try results(
            """
            <testsuites><testsuite><testcase name="a"><failure type="x">

              Error: expect(received).toBe(expected) &lt;b&gt;
              at line two</failure><system-out>noise</system-out></testcase>
            <testcase name="b"><error message="kept"><![CDATA[trace]]></error></testcase></testsuite></testsuites>
            """)
        #expect(read.failures.map(\.message) == ["Error: expect(received).toBe(expected) <b>", "kept"])
    }

    @Test("files of a Cobertura report are where its folders say; of several folders, where the file is")
    func sources() {
        let seen = LineCoverage(files: ["calc.py": [1: true], "routes.py": [1: false], "/w/app/abs.py": [1: true]])
        let several = SourceFolders(
            ["/w/api", "/w/svc/"], here: "/w", exists: { ["/w/svc/calc.py", "/w/api/routes.py"].contains($0) })
        #expect(Set(several.placed(seen).files.keys) == ["svc/calc.py", "api/routes.py", "app/abs.py"])
        let elsewhere = SourceFolders(["/home/runner/work/r/r/svc"], here: "/w", exists: { _ in false })
        #expect(elsewhere.placed(seen).files.keys.contains("/home/runner/work/r/r/svc/calc.py"))
        let unknown = SourceFolders(["/a", "/b"], here: "/w", exists: { _ in false })
        #expect(unknown.placed(seen).files.keys.contains("calc.py"))
        #expect(SourceFolders(["."], here: "/w", exists: { _ in false }).placed(seen).files.keys.contains("calc.py"))
    }

    @Test("coverage.py's report of two folders is placed by its <source> elements")
    func sourceElements() throws {
        let read = try CoberturaReport.read(
            Array(
                "<coverage><sources><source>/w/api</source>\n<source> /w/svc </source></sources><packages/></coverage>"
                    .utf8))
        #expect(read.sources == ["/w/api", "/w/svc"])
    }

    @Test("what type checkers print in colours, and mypy as JSON, is read like the rest")
    func typeForms() throws {
        let pretty =
            "src/a.ts\u{1B}[0m:\u{1B}[93m3\u{1B}[0m:\u{1B}[93m5\u{1B}[0m - \u{1B}[91merror\u{1B}[0m\u{1B}[90m TS2322: \u{1B}[0mType X\n\nFound 1 error in src/a.ts\u{1B}[90m:3\u{1B}[0m\n"
        guard case .types(let tsc) = try evidence(pretty).content else { throw EvidenceProblem(file: "", what: "") }
        #expect(tsc.errors == 1 && tsc.filesWithErrors == 1)
        #expect(tsc.examples == ["src/a.ts:3:5 - error TS2322: Type X"])
        let json =
            #"{"file": "api/routes.py", "line": 3, "column": 11, "message": "Incompatible", "hint": null, "code": "x", "severity": "error"}"#
        guard case .types(let mypy) = try evidence(json).content else { throw EvidenceProblem(file: "", what: "") }
        #expect(mypy.errors == 1 && mypy.examples == ["api/routes.py:3: error: Incompatible"])
    }

    @Test(
        "k6's own schema is read, with metrics as a list or by category",
        arguments: [
            #"[{"name":"http_reqs","type":"counter","values":{"count":200,"rate":1}},{"name":"http_req_failed","type":"rate","values":{"rate":0.02}},{"name":"http_req_duration","type":"trend","values":{"p(95)":42.5}}]"#,
            #"{"http":{"http_reqs":{"name":"http_reqs","values":{"count":200}},"http_req_duration":{"name":"http_req_duration","values":{"p(95)":42.5}},"http_req_failed":{"name":"http_req_failed","values":{"rate":0.02}}},"execution":{"vus":{"name":"vus","values":{"value":1}}}}"#,
        ])
    func k6Schema(metrics: String) throws {
        let read = try evidence(
            #"{"version":"1.0.0","metadata":{"generatedAt":"2026-11-26T09:00:00.123Z"},"results":{"passed":false,"metrics":\#(metrics)}}"#
        )
        guard case .load(let load) = read.content else { throw EvidenceProblem(file: "", what: "no load") }
        #expect(read.format == .k6 && read.saysItsTime)
        #expect(load.requests == 200 && load.failures == 4 && load.p95 == 42.5)
        #expect(load.crossed == ["`passed` is false"])
    }

    @Test("the wrong file of the right tool is told apart from a file of no tool")
    func neighbours() {
        #expect(
            refusal(#"{"type":"Metric","data":{"name":"http_reqs"},"metric":"http_reqs"}"# + "\n{}", .k6).contains(
                "give its summary"))
        #expect(refusal("Method,Name,Error,Occurrences\n").contains("`_stats.csv`"))
        #expect(refusal("Timestamp,User Count,Type,Name\n").contains("`_stats.csv`"))
    }

    @Test("Cobertura and LCOV: lines by file, a file that comes twice counted once")
    func coverage() throws {
        let xml = """
            <?xml version="1.0" ?><!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/xml/coverage-04.dtd'>
            <coverage line-rate="0.5" timestamp="1795000000123"><packages><package><classes>
            <class filename="app\\services\\a.py"><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class>
            <class filename="app\\services\\a.py"><lines><line number="2" hits="3"/><line number="4" hits="0"/></lines></class>
            </classes></package></packages></coverage>
            """
        let read = try evidence(xml)
        guard case .coverage(let lines) = read.content else { throw EvidenceProblem(file: "", what: "no coverage") }
        #expect(lines.files == ["app/services/a.py": [1: true, 2: true, 4: false]])
        #expect(read.madeAt == 1_795_000_000)
        let lcov = try evidence("TN:\nSF:/w/src/b.js\nFN:1,f\nDA:1,5\nDA:2,0\nend_of_record\n")
        guard case .coverage(let more) = lcov.content else { throw EvidenceProblem(file: "", what: "no coverage") }
        #expect(more.files == ["/w/src/b.js": [1: true, 2: false]])
    }

    @Test("SARIF: security-severity, words and levels become weights; suppressed and absent results don't count")
    func sarif() throws {
        let read = try evidence(
            #"""
            {"version":"2.1.0","$schema":"x/sarif-2.1.0.json","runs":[{"tool":{"driver":{"name":"scanner","rules":[
              {"id":"A","properties":{"security-severity":"9.8"}},{"id":"B","defaultConfiguration":{"level":"error"}}]}},
              "versionControlProvenance":[{"repositoryUri":"x","revisionId":"abcdef0123"}],
              "invocations":[{"executionSuccessful":true,"endTimeUtc":"2026-11-26T09:00:00.5Z"}],
              "results":[{"ruleId":"A","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.py"},"region":{"startLine":3}}}]},
              {"ruleIndex":1,"message":{"text":"n"}},{"ruleId":"C","level":"note","message":{"text":"o"}},
              {"ruleId":"A","message":{"text":"p"},"suppressions":[{"kind":"inSource"}]},
              {"ruleId":"A","message":{"text":"q"},"baselineState":"absent"},{"ruleId":"A","kind":"pass","message":{"text":"r"}}]}]}
            """#)
        guard case .findings(let found) = read.content else { throw EvidenceProblem(file: "", what: "no findings") }
        #expect(found.findings.map(\.weight) == [.critical, .high, .low])
        #expect(found.findings.map(\.rule) == ["A", "B", "C"])
        #expect(found.findings.first?.line == 3 && found.suppressed == 2 && found.brokenRuns == 0)
        #expect(read.commit == "abcdef0123")
    }

    @Test("k6 in both of its forms, Locust in both of its forms")
    func load() throws {
        for text in [
            #"{"metrics":{"http_reqs":{"values":{"count":1000}},"http_req_failed":{"values":{"rate":0.002}},"http_req_duration":{"values":{"p(95)":181.5},"thresholds":{"p(95)<100":{"ok":false}}}}}"#,
            #"{"metrics":{"http_reqs":{"count":1000},"http_req_failed":{"value":0.002},"http_req_duration":{"p(95)":181.5,"thresholds":{"p(95)<100":true}}}}"#,
        ] {
            guard case .load(let summary) = try evidence(text).content else {
                throw EvidenceProblem(file: "", what: "")
            }
            #expect(summary.requests == 1_000 && summary.failures == 2 && summary.p95 == 181.5)
            #expect(summary.crossed == ["http_req_duration: p(95)<100"])
        }
        let csv = """
            Type,Name,Request Count,Failure Count,Median Response Time,95%
            GET,"/a,b",90,1,10,40
            ,Aggregated,90,1,10,40

            """
        guard case .load(let table) = try evidence(csv).content else { throw EvidenceProblem(file: "", what: "") }
        #expect(
            table.requests == 90 && table.failures == 1 && table.p95 == 40 && table.routes.first?.name == "GET /a,b")
        let json =
            #"[{"name":"/","method":"GET","num_requests":100,"num_failures":0,"response_times":{"10":94,"50":5,"900":1}}]"#
        guard case .load(let list) = try evidence(json).content else { throw EvidenceProblem(file: "", what: "") }
        #expect(list.p95 == 50 && list.requests == 100)
    }

    @Test(
        "type checkers: their summaries, clean and not",
        arguments: [
            ("Success: no issues found in 12 source files\n", EvidenceFormat.mypy, 0, 12),
            ("a.py:1: error: x  [arg-type]\nFound 1 error in 1 file (checked 7 source files)\n", .mypy, 1, 7),
            ("src/a.ts(3,4): error TS2322: no\nFiles:  3\n", .tsc, 1, 3),
            ("Files:             120\nLines: 4\n", .tsc, 0, 120),
            ("src/a.ts:3:4 - error TS2322: no\n\nFound 1 error in src/a.ts:3\n", .tsc, 1, nil),
            (
                "error[E0308]: mismatched types\n --> src/a.rs:1\nerror: could not compile `x` (lib) due to 1 previous error\n",
                .clippy, 1, nil
            ),
            ("    Finished `dev` profile [unoptimized] target(s) in 0.1s\n", .clippy, 0, nil),
            (#"{"generalDiagnostics":[],"summary":{"filesAnalyzed":4,"errorCount":2}}"#, .mypy, 2, 4),
        ] as [(String, EvidenceFormat, Int, Int?)])
    func types(text: String, format: EvidenceFormat, errors: Int, files: Int?) throws {
        let read = try evidence(text)
        guard case .types(let check) = read.content else { throw EvidenceProblem(file: "", what: "no types") }
        #expect(read.format == format && check.errors == errors && check.files == files)
    }

    @Test(
        "what was written on Windows is read alike: its ends of lines, and the marks and UTF-16 of its shells",
        arguments: [
            (
                "a.py:1: error: x\nb.py:1: error: y\nFound 2 errors in 2 files (checked 7 source files)\n",
                EvidenceFormat.mypy
            ),
            (
                "{\"file\":\"a.py\",\"line\":1,\"message\":\"x\",\"hint\":null,\"severity\":\"error\"}\n"
                    + "{\"file\":\"b.py\",\"line\":1,\"message\":\"y\",\"hint\":null,\"severity\":\"error\"}\n", .mypy
            ),
            ("src/a.ts(3,4): error TS2322: no\nsrc/b.ts(3,4): error TS2322: no\nFiles:  3\n", .tsc),
            ("error: one\nerror[E0308]: two\nerror: could not compile `x` (lib) due to 2 previous errors\n", .clippy),
            (
                "Type,Name,Request Count,Failure Count,95%\nGET,/,5,2,1\n,Aggregated,5,2,1\n", .locust
            ),
            ("<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>\n", .junit),
        ] as [(String, EvidenceFormat)])
    func windows(text: String, format: EvidenceFormat) throws {
        func counts(_ bytes: [UInt8]) throws -> [Int] {
            let read = try EvidenceReader.parse(bytes, file: "x")
            #expect(read.format == format)
            switch read.content {
            case .types(let check): return [check.errors, check.examples.count]
            case .load(let load): return [load.requests, load.failures]
            case .tests(let tests): return [tests.passed, tests.failed]
            default: throw EvidenceProblem(file: "", what: "another content")
            }
        }
        let expected = try counts(Array(text.utf8))
        #expect(expected.contains(2) || expected == [1, 1])
        let ended = text.replacing("\n", with: "\r\n")
        #expect(try counts(Array(ended.utf8)) == expected)
        #expect(try counts([0xEF, 0xBB, 0xBF] + Array(ended.utf8)) == expected)
        let little = ended.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        #expect(try counts([0xFF, 0xFE] + little) == expected)
        let big = ended.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        #expect(try counts([0xFE, 0xFF] + big) == expected)
    }

    @Test(
        "the share of typed expressions is read from type-coverage and from mypy's table",
        arguments: [
            ("(475 / 500) 95.00%\ntype-coverage success.\n", 95.0),
            ("  Name   Anys   Exprs   Coverage\n----\n Total  10  200  95.00%\n", 95.0),
        ])
    func typeShare(text: String, share: Double) throws {
        guard case .types(let check) = try evidence(text).content else { throw EvidenceProblem(file: "", what: "") }
        #expect(check.coverage == share)
    }

    @Test(
        "what is hostile, cut or of another kind is refused with its reason",
        arguments: [
            ("", nil, "is empty"), ("hello", nil, "of no kind"), ("{\"a\":1}", nil, "of no kind"),
            ("<testsuite><testcase name='a'>", .junit, "the text ends inside <testcase>"),
            ("<!DOCTYPE lolz [<!ENTITY lol \"lol\">]><testsuite/>", .junit, "declares entities"),
            ("<testsuite name='&xxe;'/>", .junit, "unknown entity: xxe"), ("<html/>", .junit, "no JUnit report"),
            ("<testsuite tests='-3'/>", .junit, "tests=\"-3\" is no count"),
            ("<testsuite tests='9'><testcase name='a'/></testsuite>", .junit, "says 9 tests, and holds 1"),
            ("<testsuite></testcase></testsuite>", .junit, "</testcase> closes <testsuite>"),
            ("<testsuite/><testsuite/>", .junit, "second root"), ("<testsuite a=b/>", .junit, "isn't quoted"),
            ("<coverage line-rate='NaN'/>", .cobertura, "no rate from 0 to 1"),
            ("<coverage><class filename='a'><line number='1' hits='-2'/></class></coverage>", .cobertura, "no count"),
            ("SF:a\nDA:1,x\nend_of_record\n", .lcov, "line 2: DA must be"),
            ("SF:a\nDA:1,1\n", .lcov, "no end_of_record"),
            ("{\"version\":\"1.0\",\"runs\":[]}", .sarif, "its version is 1.0"),
            ("{\"version\":\"2.1.0\"}", .sarif, "has no `runs`"),
            ("{\"metrics\":{\"http_reqs\":{\"count\":NaN}}}", .k6, "NaN is no JSON number"),
            ("{\"metrics\":{\"http_reqs\":{\"count\":5}}}", .k6, "http_req_failed"),
            ("{\"metrics\":{\"http_reqs\":{\"count\":-5},\"http_req_failed\":{\"rate\":0}}}", .k6, "no count"),
            ("Type,Name,Request Count,Failure Count,95%\nGET,/,5,0,1\n", .locust, "no row `Aggregated`"),
            ("Type,Name,Request Count,Failure Count,95%\n,Aggregated,5,9,1\n", .locust, "no counts"),
            ("a.py:1: error: x\n", .mypy, "no summary"), ("all fine\n", .tsc, "says nothing"),
            ("{\"a\"", .sarif, "line 1: a colon is missing"),
        ] as [(String, EvidenceFormat?, String)])
    func refused(text: String, format: EvidenceFormat?, reason: String) {
        let said = refusal(text, format)
        #expect(said.contains(reason), "\(said)")
    }

    @Test("deep nesting, in XML and JSON, ends in words and not in a crash")
    func deep() {
        let tags = String(repeating: "<testsuite>", count: 100_000)
        #expect(refusal(tags, .junit).contains("nested deeper than 256"))
        #expect(refusal(String(repeating: "[", count: 1_000_000), .sarif).contains("nested deeper than 128"))
    }

    @Test("UTF-16 and declared Latin-1 are read, undeclared bytes are not")
    func encodings() throws {
        let text = "<testsuite><testcase name=\"ä\"/></testsuite>"
        let units = text.utf16.flatMap { (unit: UInt16) -> [UInt8] in [UInt8(unit & 255), UInt8(unit >> 8)] }
        let wide: [UInt8] = [0xFF, 0xFE] + units
        let latin: [UInt8] =
            Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><testsuite><testcase name=\"".utf8) + [0xE4]
            + Array("\"/></testsuite>".utf8)
        for bytes in [wide, latin] {
            guard case .tests(let results) = try EvidenceReader.parse(bytes, file: "f").content else {
                throw EvidenceProblem(file: "", what: "no tests")
            }
            #expect(results.total == 1)
        }
        let bare: [UInt8] = Array("<testsuite><testcase name=\"".utf8) + [0xE4] + Array("\"/></testsuite>".utf8)
        #expect(throws: EvidenceProblem.self) { try EvidenceReader.parse(bare, file: "f") }
    }

    @Test(
        "JSON is read as RFC 8259 has it",
        arguments: [
            (#"{"a":[1,-2.5e3,true,null,"\u00e4\ud83d\ude00\n"]}"#, #"{"a":[1,-2500,true,null,"ä😀\n"]}"#),
            (#" "\ud800" "#, "\"\u{FFFD}\""), ("1.5E2", "150"),
        ])
    func json(text: String, compact: String) throws {
        #expect(try JSONReader.value(Array(text.utf8)).compact == compact)
    }
}
