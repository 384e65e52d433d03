import LaunchDesk
import Testing

@Suite("Acceptance plans as people write them")
struct PlanReaderTests {
    static func faults(_ text: String, _ form: PlanReader.Form) -> [String] {
        faults(Array(text.utf8), form)
    }

    static func faults(_ bytes: [UInt8], _ form: PlanReader.Form) -> [String] {
        do {
            _ = try PlanReader.read(bytes, as: form, name: "plan")
            return []
        } catch { return error.problems.map(\.description) }
    }

    static func plan(_ text: String, _ form: PlanReader.Form = .markdown) throws -> AcceptancePlan {
        try PlanReader.read(Array(text.utf8), as: form, name: "plan")
    }

    // MARK: Bad input

    @Test(
        "says the line of what is wrong in comma-separated values",
        arguments: [
            ("", "1: no heading"), ("component\nSign-in\n", "1: there is no column “item”"),
            ("component,item\n", "no rows below the heading"),
            ("component,item\nA,\"never closed\nB,b\n", "2: a quotation mark that is never closed"),
            ("component,item\nA,\"a\" b\n", "2: text behind a closing quotation mark"),
            ("component,item\nA\n", "2: the row has 1 value, its heading 2"),
            ("component,item,item\nA,b,c\n", "1: two columns are called “item”"),
            ("component,item,weather\nA,b,c\n", "1: the column “weather” is unknown"),
            ("component,item\nA,\n", "2: an item without a title"),
            ("component,item\n,b\n", "2: “b” stands in no component"),
            ("id,component,item\nX-1,A,a\nX-1,A,b\n", "3: the id `X-1` is that of line 2"),
            ("component,item\nA,a\nA,a\n", "3: “a” stands in line 2 already"),
            ("component,item,url\nA,a,javascript:alert(1)\n", "2: url: `javascript:alert(1)` is no path"),
            ("component,item,url\nA,a,//evil.example\n", "2: url: `//evil.example` is no path"),
            ("component,item,expect\nA,a,200\n", "2: expect: needs a url"),
            ("component,item,url,expect\nA,a,/x,99\n", "2: expect: `99` is no status"),
            ("component,item,url,expect\nA,a,/x,soon\n", "2: expect: `soon`: write a status"),
            ("component,item,profiles\nA,a,<b>\n", "2: profiles: `<b>` is no name"),
        ])
    func table(_ text: String, _ fault: String) {
        let found = Self.faults(text, .csv)
        #expect(found.first?.hasPrefix(fault) == true, "\(found)")
    }

    @Test(
        "says the line of what is wrong in Markdown",
        arguments: [
            ("", "no items"), ("# Only a title\n", "no items"),
            ("- [ ] Sign in\n", "1: “Sign in” stands in no component"),
            ("## A\n- X-1: a\n- X-1: b\n", "3: the id `X-1` is that of line 2"),
            ("## A\n```\n- a\n", "2: a block of code that is never closed"),
            ("## A\n| item | steps |\n|---|---|\n| a |\n", "4: the row has 1 cells, its heading 2"),
            ("##\n- a\n", "1: a heading without words"),
            ("## A\n- a\n  - url: ftp://x\n", "2: url: `ftp://x` is no path"),
        ])
    func markdown(_ text: String, _ fault: String) {
        let found = Self.faults(text, .markdown)
        #expect(found.first?.hasPrefix(fault) == true, "\(found)")
    }

    @Test("refuses what is too large or no text, before it reads it", arguments: [PlanReader.Form.markdown, .csv])
    func bounds(_ form: PlanReader.Form) {
        let huge = [UInt8](repeating: 0x61, count: 50 * 1_048_576)
        #expect(Self.faults(huge, form) == ["more than 8 MB: is it the right file?"])
        #expect(Self.faults(Array("a\nb\u{0}c".utf8), form) == ["2: a zero byte: this is no text"])
        let long = "## A\n- " + String(repeating: "x", count: 9_000)
        #expect(Self.faults(long, form) == ["2: the line has more than 8000 bytes"])
        let many = "component,item\n" + (0..<20_500).map { "A,item \($0)\n" }.joined()
        #expect(Self.faults(many, .csv) == ["20002: more than 20000 items"])
        // At most so many faults, however many there are.
        let wrong = "component,item\n" + String(repeating: "A\n", count: 5_000)
        #expect(Self.faults(wrong, .csv).count == PlanProblems.most)
        let unclosed = "component,item\nA," + String(repeating: "\"x\"\"\n", count: 100_000)
        #expect(!Self.faults(unclosed, .csv).isEmpty)
    }

    @Test("ends with a plan or with faults, whatever the bytes are", arguments: 0..<40 as Range<UInt64>)
    func anything(_ seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let marks = [
            "component", "item", ",", "\"", "\n", "|", "##", "- ", "[ ]", "url:", "expect:", "é", "\r\n", ";", "\t",
            "`", " ",
        ]
        var bytes: [UInt8] = seed % 2 == 0 ? Array("component,item,url,expect\n".utf8) : []
        for _ in 0..<400 {
            if next() % 5 == 0 {
                bytes.append(UInt8(truncatingIfNeeded: next() | 1))
            } else {
                bytes += Array(marks[Int(next() % UInt64(marks.count))].utf8)
            }
        }
        for form in [PlanReader.Form.markdown, .csv] {
            do {
                let plan = try PlanReader.read(bytes, as: form, name: "plan")
                #expect(!plan.items.isEmpty)
            } catch { #expect(!error.problems.isEmpty) }
        }
    }

    // MARK: What it reads

    @Test("reads lists: components, ids, steps, addresses, expectations, profiles")
    func lists() throws {
        let plan = try Self.plan(
            """
            # Trading desk

            Profiles: Chromium desktop, Firefox desktop

            ## Sign-in
            - [ ] AUTH-01: Sign in with the right password
              - Open the form
              - Send it
              - expected: The desk is shown
              - url: /sign-in
              - expect: 200
              - expect text: Welcome
            - [x] **Sign out**
              steps: press Sign out

            ## Charts
            profiles: Phone
            1. Draw a year
            """)
        #expect(plan.title == "Trading desk" && plan.components == ["Sign-in", "Charts"])
        let first = try #require(plan.items.first)
        #expect(first.key == "AUTH-01" && first.title == "Sign in with the right password" && first.line == 6)
        #expect(first.steps == "Open the form\nSend it" && first.expected == "The desk is shown")
        #expect(first.url == "/sign-in" && first.expectation == .init(status: 200, text: "Welcome"))
        #expect(first.profiles == ["Chromium desktop", "Firefox desktop"])
        #expect(plan.items[1].title == "Sign out" && plan.items[1].steps == "press Sign out")
        #expect(plan.items[1].key.hasPrefix("item-") && plan.items[2].profiles == ["Phone"])
    }

    @Test("reads tables of Markdown, and leaves those alone that aren't about items")
    func tables() throws {
        let plan = try Self.plan(
            """
            ## Orders
            | Version | Date |
            |---|---|
            | 1 | today |

            | ID | Test case | Expected result | URL | Expect |
            |----|-----------|-----------------|-----|--------|
            | O-1 | Buy \\| sell | It is there | /orders | 200; text: Orders |
            """)
        let item = try #require(plan.items.first)
        #expect(plan.items.count == 1 && item.key == "O-1" && item.title == "Buy | sell")
        #expect(item.expectation == .init(status: 200, text: "Orders") && item.profiles == ["desktop", "phone"])
    }

    @Test("reads values with other separators, quotes, line ends and encodings")
    func encodings() throws {
        let text = "Component;Item;Steps\r\nA;\"a; \"\"quoted\"\"\nand more\";Grüße\r\n"
        let utf8 = try Self.plan(text, .csv)
        #expect(utf8.items.first?.title == "a; \"quoted\"\nand more" && utf8.items.first?.steps == "Grüße")
        let windows = try PlanReader.read(
            text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }, as: .csv, name: "plan")
        #expect(windows.items.first?.steps == "Grüße" && windows.encoding == "Windows-1252")
        let units = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let wide = try PlanReader.read([0xFF, 0xFE] + units, as: .csv, name: "plan")
        #expect(wide.items.first?.steps == "Grüße" && wide.encoding == "UTF-16")
        let tabs = try Self.plan("component\titem\nA\tb\n", .csv)
        #expect(tabs.items.first?.title == "b")
    }
}
