import TestKit
import Testing

@Suite("The sources are tidy")
struct TidyTests {
    private static let swift = ProjectTree.files(in: ["Sources", "Tests", "Examples"]).map { file in
        (path: file.path, source: StrippedSource(file.text))
    }

    @Test("nothing that the conventions ban is written, or it says why")
    func bans() async throws {
        try await expectNone {
            let rules = TidyRule.all
            return TidyTests.swift.filter { $0.path.hasPrefix("Sources/") }.flatMap { file in
                rules.flatMap { $0.violations(path: file.path, source: file.source) }
            }
        }
    }

    @Test("no file is longer than 400 lines without its reason")
    func fileLength() async throws {
        try await expectNone {
            TidyTests.swift.flatMap { TidySize.fileViolations(path: $0.path, source: $0.source) }
        }
    }

    @Test("no function is longer than 70 lines")
    func functionLength() async throws {
        try await expectNone {
            TidyTests.swift.filter { !$0.path.contains("Tests/") }
                .flatMap { TidySize.functionViolations(path: $0.path, source: $0.source) }
        }
    }

    @Test("no file or type has a name that says nothing")
    func names() async throws {
        try await expectNone {
            TidyTests.swift.flatMap { TidySize.nameViolations(path: $0.path, source: $0.source) }
        }
    }

    @Test("templates escape everything and hold no inline script or style")
    func templates() async throws {
        try await expectNone {
            ProjectTree.files(in: ["Sources", "Examples"], suffix: "mustache")
                .flatMap { TemplateRules.violations(path: $0.path, text: $0.text) }
        }
    }

    /// On a thread of its own: three of these compute for ten seconds and more, and on both threads of Swift's pool nothing else
    /// of the whole run would answer meanwhile.
    private func expectNone(_ find: @escaping @Sendable () -> [String]) async throws {
        let violations = try await onThread(find)
        #expect(TidyTests.swift.count > 20, "the sources were not found under \(ProjectTree.root)")
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }
}

@Suite("The tidy test can fail")
struct TidyTestsThemselves {
    @Test(
        "a planted violation is found on its line",
        arguments: [
            ("Sources/Web/A.swift", "let a = Date()"),
            ("Sources/Web/A.swift", "let a = Date.now.timeIntervalSince1970"),
            ("Sources/Web/A.swift", "var g = SystemRandomNumberGenerator()"),
            ("Sources/Web/A.swift", "let n = Int.random(in: 0..<9)"),
            ("Sources/Web/A.swift", "let id = UUID()"),
            ("Sources/Web/A.swift", "print(1)"),
            ("Sources/Web/A.swift", "    print(\"a\")"),
            ("Sources/Gateway/A.swift", "let a = try! f()"),
            ("Sources/Web/A.swift", "let a = b as! C"),
            ("Sources/Web/A.swift", "let a = b!"),
            ("Sources/Web/A.swift", "let a = b.c()!.d"),
            ("Sources/Web/A.swift", "let a = b[0]!"),
            ("Sources/Web/A.swift", "let a: String! = nil"),
            ("Sources/Web/A.swift", "f(\"\\(a!)\")"),
            ("Sources/Web/A.swift", "let a = URL(string: \"x\")!"),
            ("Sources/seaworthy/A.swift", "fatalError(\"x\")"),
            ("Sources/Web/A.swift", "final class A: @unchecked Sendable {}"),
            ("Sources/Web/A.swift", "nonisolated(unsafe) var a = 1"),
            ("Sources/Web/A.swift", "static let shared = A()"),
            ("Sources/Web/Parsing/A.swift", "let a = bytes[i]"),
            ("Sources/Web/Parsing/A.swift", "let a = bytes[i..<j]"),
            ("Sources/Web/Parsing/A.swift", "let a = b + c"),
            ("Sources/Web/Parsing/A.swift", "a += 1"),
            ("Sources/Web/Parsing/A.swift", "let a = b * 16"),
            ("Sources/Web/Parsing/A.swift", "let a = b / c"),
            ("Sources/Web/Parsing/A.swift", "let a = UInt8(b)"),
            ("Sources/Web/Parsing/A.swift", "rest.removeFirst()"),
            ("Sources/Web/Parsing/A.swift", "for i in start..<end {}"),
            ("Sources/Web/A.swift", "let k = Setting<Int>(\"a.b\")"),
            ("Sources/Web/A.swift", "let k = getenv(\"HOME\")"),
        ])
    func finds(path: String, line: String) {
        let source = StrippedSource("// first line\n\(line)\n")
        let found = TidyRule.all.flatMap { $0.violations(path: path, source: source) }
        #expect(found.contains { $0.hasPrefix("\(path):2: ") && $0.contains("Instead: ") }, "\(found)")
    }

    @Test(
        "what is allowed, commented or quoted is not found",
        arguments: [
            ("Sources/Gateway/A.swift", "let a = Date()"),
            ("Sources/seaworthy/A.swift", "print(1)"),
            ("Sources/Web/A.swift", "// Date() and try! and a!"),
            ("Sources/Web/A.swift", "let a = \"try! print(1) b! as! \\\" c!\""),
            ("Sources/Web/A.swift", "let a = #\"say \"hi\"! fatalError(\"#"),
            ("Sources/Web/A.swift", "let a = /x!\"/; let b = 1"),
            ("Sources/Web/A.swift", "/* a! /* b! */ c! */ let d = 1"),
            ("Sources/Web/A.swift", "if !a, b != c, !(d) {}"),
            ("Sources/Web/A.swift", "let n = Int.random(in: 0..<9, using: &generator)"),
            ("Sources/Web/A.swift", "writer.print(a)"),
            ("Sources/Web/A.swift", "// @unchecked: only its own loop touches it\nclass A: @unchecked Sendable {}"),
            ("Sources/Web/Parsing/A.swift", "let a = b &+ c"),
            ("Sources/Web/Parsing/A.swift", "let a = [1, 2]; let b: [String] = []"),
            ("Sources/Web/Parsing/A.swift", "let a = bytes[i]  // can't trap: i came from indices"),
            ("Sources/Web/Parsing/A.swift", "let a = table[safe: i]"),
            ("Sources/Web/Parsing/A.swift", "let a = b / 2; let c = UInt8(ascii: \"x\"); let d = -1"),
            ("Sources/Web/Parsing/A.swift", "for i in 0..<count where a > b {}"),
            ("Sources/Web/Parsing/A.swift", "case 0x30...0x39: return 1"),
            ("Sources/Web/Parsing/A.swift", "func f() -> Int { 1 }"),
            ("Sources/Protection/A+Config.swift", "static let k = Setting<Int>(\"a.b\")"),
        ])
    func passes(path: String, text: String) {
        let found = TidyRule.all.flatMap { $0.violations(path: path, source: StrippedSource(text)) }
        #expect(found.isEmpty, "\(found)")
    }

    @Test("a file of 401 lines is found, one of 400 or with a reason isn't")
    func fileLength() {
        let lines = [String](repeating: "let a = 1\n", count: 400).joined()
        func found(_ text: String) -> Int {
            TidySize.fileViolations(path: "Sources/Web/A.swift", source: StrippedSource(text)).count
        }
        #expect(found(lines) == 0)
        #expect(found(lines + "let b = 2\n") == 1)
        #expect(found("// Reason for length: one table\n" + lines) == 0)
    }

    @Test("a function of 71 lines is found, one of 70 isn't")
    func functionLength() {
        func found(_ body: Int) -> [String] {
            let text = "struct S {\n    func long(\n        a: Int = f({ 1 })\n    ) async throws -> [Int: (Int)] {\n"
            let end =
                [String](repeating: "        if a { b() }\n", count: body).joined() + "    }\n    func g() {}\n}\n"
            return TidySize.functionViolations(path: "Sources/Web/A.swift", source: StrippedSource(text + end))
        }
        #expect(found(66).isEmpty)
        #expect(found(67).count == 1 && found(67)[0].contains("`long` has 71 lines"))
    }

    @Test("functions are measured apart from protocol requirements, calls of init and braces in texts")
    func functionFinder() {
        let text = """
            protocol P {
                func a() -> Int
                func b(_ c: () -> Void)
            }
            struct S {
                init(x: Int) {
                    self.init(y: "}")
                }
                func d() -> String {
                    let e = T.init(f: 1)
                    return "\\(g { $0 }) {"
                }
                deinit { }
            }
            """
        let found = FunctionFinder.functions(in: StrippedSource(text).code)
        #expect(found.map(\.name) == ["init", "d", "deinit"])
        #expect(found.map(\.lines) == [3, 4, 1])
    }

    @Test(
        "a name that says nothing is found",
        arguments: [
            ("Sources/Web/StringUtils.swift", ""), ("Sources/Web/Helpers/A.swift", ""),
            ("Sources/Web/A.swift", "final class SessionManager {}"), ("Sources/Web/Common.swift", ""),
        ])
    func names(path: String, text: String) {
        #expect(TidySize.nameViolations(path: path, source: StrippedSource(text)).count == 1)
    }

    @Test("an ordinary name isn't")
    func goodNames() {
        let source = StrippedSource("struct CommonPasswordList {}\nenum Management {}")
        #expect(TidySize.nameViolations(path: "Sources/Web/CommonPasswords.swift", source: source).isEmpty)
    }

    @Test(
        "an unsafe template is found",
        arguments: [
            "<p>{{{name}}}</p>", "{{& name}}", "<script>let a</script>", "<p style=\"color: red\">", "<style>p {}",
            "<button class=\"x\" onclick=\"go()\">",
        ])
    func templates(line: String) {
        #expect(TemplateRules.violations(path: "a.mustache", text: "<p>\n" + line).count == 1)
        #expect(TemplateRules.violations(path: "a.mustache", text: "<script src=\"/a.js\"></script>{{name}}").isEmpty)
    }
}
