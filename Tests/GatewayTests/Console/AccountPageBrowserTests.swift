import Foundation
import HTTPTypes
import Store
import TestKit
import Testing

@testable import Gateway

@Suite("The account pages in a real browser", .serialized)
struct AccountPageBrowserTests {
    @Test("have nothing that axe objects to and don't scroll sideways, signed in or not, at 1280 and 390 pixels")
    func pages() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["email.from=desk@example.com"]) { console in
            try await console.account("root@example.com", role: "administrator")
            let paths = IdentityRoutes.list.filter {
                $0.method == .get && $0.isUnderPrefix && !$0.path.contains(":")
            }.map { $0.path(under: "/seaworthy") }
            #expect(paths.count > 8)
            let lines = try await ConsoleBrowserTests.browse(
                "account", console, ["paths": paths + ["/seaworthy/problems", "/seaworthy/problems/csrf.cross-site"]])
            let seen = lines.filter { $0["page"] != nil }
            #expect(seen.count > 30, "pages were left out: \(seen.count)")
            for line in seen {
                let name = "\(line["page"] ?? "") at \(line["width"] ?? "") \(line["scheme"] ?? "")"
                #expect((line["axe"] as? [String])?.isEmpty == true, "\(name): \(line["axe"] ?? "")")
                #expect(line["sideways"] as? Int == 0, "\(name) scrolls sideways")
            }
        }
    }
}
