import Foundation
import Testing

@testable import Readiness

@Suite("Where in a page a term stands is read as a browser reads it")
struct MarkupEchoTests {
    private static let marker = "zqn0nce"

    @Test(
        "an element counts where a browser makes one, and not where it is text, data or a comment",
        arguments: [
            ("<p>$</p>", true),
            ("<p title=\"$\">x</p>", true),
            ("<p title='$'>x</p>", true),
            ("<title>$</title>", true),
            ("<textarea>$</textarea>", true),
            ("<style>$</style>", true),
            ("<!-- $ -->", true),
            ("<script>var q = \"$\"</script>", true),
            ("<script type=application/json>{\"q\": \"$\"}</script>", true),
        ])
    func elements(page: String, isRaw: Bool) {
        let payload = MarkupEcho.elementPayload(Self.marker)
        #expect(MarkupEcho(Self.marker, in: page.replacing("$", with: payload)).hasElement)
        let escaped = payload.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
        #expect(!MarkupEcho(Self.marker, in: page.replacing("$", with: escaped)).hasElement)
        // What JSON in a script needs, and no more: the end of the script can't come.
        let inScript = payload.replacing("</", with: "<\\/")
        if page.contains("<script") {
            #expect(!MarkupEcho(Self.marker, in: page.replacing("$", with: inScript)).hasElement)
        }
    }

    @Test("a page without end, without sense or without anything is read to its end, and has no element")
    func odd() {
        let many = String(repeating: "<", count: 200_000)
        for page in [
            "", "<", "</", "<!", "<!--", "<a", "<a href", "<a href=", "<a href='", "<script>", "<script>\(Self.marker)",
            many,
            String(repeating: "<a b='", count: 40_000), String(repeating: "<!--", count: 60_000),
            String(repeating: "<script>", count: 30_000), "<b id=\(Self.marker)", "\u{0}<b\u{0}id=x>",
            "<a \(String(repeating: "x ", count: 100_000))>",
        ] {
            #expect(!MarkupEcho(Self.marker, in: page).hasElement, "\(page.prefix(20))")
        }
        var random = Seeded(state: 7)
        for _ in 0..<400 {
            let page = (0..<200).map { _ in Array("<>/'\"= !-a\(Self.marker)\n").randomElement(using: &random) ?? "a" }
            let echo = MarkupEcho(Self.marker, in: String(page))
            _ = (echo.contexts, echo.hasAttribute, echo.hasScriptAddress, echo.leavesString, echo.isStatement)
        }
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    @Test(
        "what it stands in",
        arguments: [
            ("<p>$</p>", [.text]),
            ("<p title=\"$\">", [.attribute(quote: 0x22)]),
            ("<p title='a $'>", [.attribute(quote: 0x27)]),
            ("<p title=$>", [.attribute(quote: nil)]),
            ("<a href=\"$\">", [.attribute(quote: 0x22), .address]),
            ("<a href=\"/x?next=$\">", [.attribute(quote: 0x22)]),
            ("<img src=\"$\">", [.attribute(quote: 0x22)]),
            ("<script>let q = '$'</script>", [.string(0x27)]),
            ("<script>let q = `$`</script>", [.string(0x60)]),
            ("<script>let q = $;</script>", [.code]),
            ("<script>// $\n/* $ */</script>", []),
            ("<script>let r = /['\"$]/;</script>", []),
            ("<script>let r = /[\"]/; let q = '$'</script>", [.string(0x27)]),
            ("<script>let n = 4 / 2; let q = \"$\"</script>", [.string(0x22)]),
            ("<script>let t = 'it\\'s'; let q = \"$\"</script>", [.string(0x22)]),
            ("<script type='application/ld+json'>{\"q\": \"$\"}</script>", []),
            ("<title>$</title><textarea>$</textarea><!-- $ -->", []),
        ] as [(String, Set<MarkupEcho.Context>)])
    func contexts(page: String, wanted: Set<MarkupEcho.Context>) {
        #expect(Set(MarkupEcho(Self.marker, in: page.replacing("$", with: Self.marker)).contexts) == wanted)
    }

    @Test("a term that gets out of its attribute, its link or its string is told from one that stays in it")
    func leaving() {
        let m = Self.marker
        #expect(MarkupEcho(m, in: "<input value=\"\(m)\" on\(m)=\"1\">").hasAttribute)
        #expect(!MarkupEcho(m, in: "<input value=\"\(m)&quot; on\(m)=&quot;1\">").hasAttribute)
        #expect(MarkupEcho(m, in: "<input value=\(m) on\(m)=1>").hasAttribute)
        #expect(MarkupEcho(m, in: "<a href='javascript:\(m)'>").hasScriptAddress)
        #expect(!MarkupEcho(m, in: "<a href='/javascript:\(m)'><img src='javascript:\(m)'>").hasScriptAddress)
        #expect(MarkupEcho(m, in: "<script>q='\(m)'-\(m)-''</script>").leavesString)
        #expect(!MarkupEcho(m, in: "<script>q='\(m)\\'-\(m)-\\''</script>").leavesString)
        #expect(MarkupEcho(m, in: "<script>q='\(m)\\\\'-\(m)//'</script>").leavesString)
        #expect(!MarkupEcho(m, in: "<script>q='\(m)\\\\\\'-\(m)//'</script>").leavesString)
        #expect(!MarkupEcho(m, in: "<script>q='\(m)\\u0027-\(m)-\\u0027'</script>").leavesString)
        #expect(MarkupEcho(m, in: "<script>n=\(m);\(m)</script>").isStatement)
        #expect(!MarkupEcho(m, in: "<script>n='\(m);\(m)'</script>").isStatement)
    }
}
