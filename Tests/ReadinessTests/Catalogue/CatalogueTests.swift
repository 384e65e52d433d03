import FoundationEssentials
import Testing
import TradingDeskApp

@testable import Readiness

@Suite("The catalogue is complete and says what it does")
struct CatalogueTests {
    private let sheets = CheckCatalogue.sheets

    @Test("ids are unique, well-formed and stable in number")
    func ids() {
        #expect(Set(sheets.map(\.id)).count == sheets.count)
        #expect(sheets.count >= 49)
        for sheet in sheets {
            #expect(sheet.id.split(separator: ".").count == 2, "\(sheet.id)")
            #expect(sheet.id.allSatisfy { $0.isLowercase || $0 == "-" || $0 == "." }, "\(sheet.id)")
            #expect(
                !sheet.title.isEmpty && !sheet.title.hasSuffix("."),
                "\(sheet.id): the title is a sentence without its dot")
            #expect(sheet.rationale.hasSuffix(".") && sheet.remediation.hasSuffix("."), "\(sheet.id)")
        }
    }

    @Test("requirements are cited as ASVS 5.0 numbers them")
    func requirements() {
        for sheet in sheets {
            guard let asvs = sheet.asvs else { continue }
            let parts = asvs.dropFirst().split(separator: ".").compactMap { Int($0) }
            #expect(
                asvs.hasPrefix("V") && parts.count == 3 && (1...17).contains(parts.first ?? 0), "\(sheet.id): \(asvs)")
        }
        // How fast and how usable a page is isn't what that standard is about.
        #expect(sheets.count { $0.asvs == nil && $0.area != .pages } <= 4)
    }

    @Test("every check but the one about the origin has a flaw of its own in TradingDesk, of the same side")
    func canaries() throws {
        var flaws: Set<String> = []
        for sheet in sheets where sheet.id != "origin.not-reachable" {
            _ = try #require(sheet.flaw, "\(sheet.id) has no canary")
            for name in sheet.canaries {
                #expect(sheet.sharesFlaw || flaws.insert(name).inserted, "\(name) is the canary of two checks")
                let flaw = try #require(Flaw(rawValue: name), "\(name) is no flaw of TradingDesk")
                #expect(flaw.side.rawValue == sheet.side.rawValue, "\(sheet.id)")
            }
        }
    }

    @Test("at most ten checks are about the value of a single header")
    func headers() { #expect(sheets.count { $0.area == .headers && $0.id != "headers.on-every-status" } <= 10) }

    @Test("the checks that use the allowance up come last")
    func order() {
        let first = sheets.firstIndex { $0.area == .limits } ?? 0
        #expect(sheets[first...].allSatisfy { $0.area == .limits })
        #expect(sheets.count - first == 3)
    }

    @Test("docs/checks.md says what the catalogue says; write it with `seaworthy check --list --format markdown`")
    func document() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/checks.md").path
        let data = try #require(FileManager.default.contents(atPath: path))
        #expect(String(decoding: data, as: UTF8.self) == CatalogueDocument.markdown())
    }

    @Test("the list fits into eighty columns")
    func list() {
        for line in CatalogueDocument.text().split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
}
