import Foundation
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("A second factor over foreign apps, in Chromium", .serialized)
struct ForeignFactorBrowserTests {
    @Test(
        "the app's own form leads to our page, which needs no script, and from there into the app",
        arguments: [ForeignFactorTests.flask, ForeignFactorTests.django, ForeignFactorTests.desk])
    func browser(site: ForeignFactorTests.Site) async throws {
        try await site.run { app in
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Browser/factors.py")
            let field = site.fields["email"] == nil ? "username" : "email"
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = [
                script.path(), "http://127.0.0.1:\(app.port)", site.path, site.home, site.logout, field,
                site.fields[field] ?? "", site.fields["password"] ?? "",
                "\(app.clock.now().nanosecondsSinceEpoch / 1_000_000_000)",
            ]
            if let folder = ProcessInfo.processInfo.environment["SEAWORTHY_TEST_PICTURES"] {
                process.arguments?.append(folder)
            }
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            let (out, err) = (output.fileHandleForReading, errors.fileHandleForReading)
            async let reading = onThread { out.readDataToEndOfFile() }
            let trouble = try await onThread { err.readDataToEndOfFile() }
            let text = try await reading
            try await onThread { process.waitUntilExit() }
            let seen = try #require(
                (try? JSONSerialization.jsonObject(with: text)) as? [String: Any],
                "\(String(decoding: trouble, as: UTF8.self))")
            for moment in ["before", "goes on", "after", "recovered"] {
                #expect(seen[moment] as? String == site.home, "\(moment)")
            }
            #expect(seen["codes"] as? Int == 10 && seen["scrolls"] as? Bool == false)
            #expect((seen["led"] as? String)?.hasPrefix("/seaworthy/sign-in/second-factor?return-to=") == true)
            #expect(seen["focus"] as? String == "code" && seen["lang"] as? String == "en")
            for moment in ["wrong", "again"] {
                #expect((seen[moment] as? String)?.hasPrefix("That code did not work.") == true, "\(moment)")
            }
        }
    }
}
