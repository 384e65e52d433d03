import Foundation
import Kernel
import TestKit
import Testing

@testable import Gateway

/// A real Chromium, driven by `factor-browser.py`.
@Suite("A second factor over foreign apps' own login, in a real browser", .serialized)
struct ForeignFactorBrowserTests {
    typealias Site = ForeignFactorTests.Site

    /// What the browser's script said, line by line.
    static func browse(_ site: Site, _ app: GuardedApp, _ welcome: String) async throws -> [[String: Any]] {
        // FACTOR_SHOTS=FOLDER keeps pictures: those of docs/img/adopt are made so.
        let shots = ProcessInfo.processInfo.environment["FACTOR_SHOTS"] ?? ""
        func typed(_ fields: [String: String]) -> [[String]] {
            fields.sorted { $1.key == "password" && $0.key != "password" }.map { [$0.key, $0.value] }
        }
        let isFlask = site.program == .flaskLogin
        let job: [String: Any] = [
            "app": "http://localhost:\(app.port)", "login": site.path, "home": site.home, "welcome": welcome,
            "fields": typed(site.fields), "other-welcome": "Hello bob",
            "other": isFlask ? typed(["username": "bob", "password": "builder-of-things"]) : [],
            "now": app.clock.now().nanosecondsSinceEpoch / 1_000_000_000,
            "shots": isFlask ? shots : "",
        ]
        let directory = try TemporaryDirectory("browser")
        defer { directory.remove() }
        let input = directory.file("job.json")
        try JSONSerialization.data(withJSONObject: job).write(to: URL(filePath: input))
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "factor-browser.py").path
        let process = try RunningProcess(
            "/bin/sh", ["-c", "exec python3 -W ignore \"$0\" < \"$1\"", script, input])
        let code: Int32
        do {
            code = try await process.exitCode(within: .seconds(240))
        } catch {
            await process.stop()
            throw error
        }
        try #require(code == 0, "\(process.text)")
        return try process.text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("{") else { return nil }
            return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
    }

    @Test(
        "is set up, asked for and shown by keys alone and without scripts, on pages that axe has nothing against",
        arguments: [
            (ForeignFactorTests.flask, "Hello alice"), (ForeignFactorTests.django, "Site administration"),
            (ForeignFactorTests.desk, "Good to see you"),
        ])
    func pages(site: Site, welcome: String) async throws {
        try await site.run { app in
            let lines = try await Self.browse(site, app, welcome)
            func said<Value>(_ name: String, as type: Value.Type = Value.self) -> [Value] {
                lines.compactMap { $0[name] as? Value }
            }
            for line in lines where line["page"] != nil {
                let name = "\(line["page"] ?? "") at \(line["width"] ?? "") \(line["scheme"] ?? "")"
                #expect((line["axe"] as? [String])?.isEmpty == true, "\(name): \(line["axe"] ?? "")")
                #expect(line["sideways"] as? Int == 0, "\(name) scrolls sideways")
            }
            var pages = ["offer", "enrolment", "recovery-codes", "code", "wrong-code"]
            let hasPasskeys = site.program == .flaskLogin
            if hasPasskeys { pages += ["passkeys", "passkey-asked", "passkey-step-up"] }
            #expect(Set(said("page", as: String.self)) == Set(pages))
            #expect(said("qr") == [true], "the picture holds the secret that is written below")
            #expect(said("owner") == [true])
            #expect(said("begins") == ["code"] && said("again") == ["code"], "the field has the focus")
            #expect(said("alert", as: String.self).allSatisfy { $0.contains("did not work") })
            #expect(said("without") == ["code", "recovery"])
            #expect(said("asked") == [true, true] && said("refused") == [true, true])
            let entered = Array(repeating: true, count: hasPasskeys ? 4 : 3)
            #expect(said("entered") == entered, "each of them lands in the app")
            #expect(said("passkey") == (hasPasskeys ? ["my key"] : []))
            #expect(said("stepped") == (hasPasskeys ? ["Where you are signed in"] : []))
            let unseen = lines.first { $0["unseen"] != nil }?["unseen"] as? [Any]
            #expect(unseen?.isEmpty == true, "\(unseen ?? [])")
            #expect(lines.contains { $0["end"] as? Bool == true })
        }
    }
}
