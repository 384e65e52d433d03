import Foundation
import TestKit
import Testing

@Suite("Configuration: rules")
struct ConfigurationRuleTests {
    @Test(
        "On loopback it is development and observes; elsewhere production and enforces; a word settles it",
        arguments: [
            (["--listen", "127.0.0.1:8080"], "development", "observe"),
            (["--listen", "localhost:8080"], "development", "observe"),
            (["--listen", "[::1]:8080"], "development", "observe"),
            (["--listen", "127.8.9.1:8080"], "development", "observe"),
            (["--listen", "unix:/run/seaworthy.sock"], "development", "observe"),
            (["--listen", "0.0.0.0:8080"], "production", "enforce"),
            (["--listen", "[::]:8080"], "production", "enforce"),
            (["--listen", "192.0.2.1:8080"], "production", "enforce"),
            (["--listen", "example.com:8080"], "production", "enforce"),
            (["--listen", "127.0.0.1:8080", "--tls-listen", "0.0.0.0:8443"], "production", "enforce"),
            (["--listen", "0.0.0.0:8080", "--environment", "development"], "development", "observe"),
            (["--environment", "production"], "production", "enforce"),
            (["--environment", "production", "--mode", "observe"], "production", "observe"),
            (["--mode", "enforce"], "development", "enforce"),
        ])
    func environment(_ arguments: [String], _ environment: String, _ mode: String) async throws {
        let workspace = try Workspace()
        let running = try workspace.start(["config", "explain", "--format", "json"] + arguments)
        let run = try await running.finish(within: .seconds(20))
        let rows = try Explained.read(run.out)
        #expect(rows["environment"]?.value == environment)
        #expect(rows["mode"]?.value == mode)
    }

    @Test(
        "Doors must not clash with each other, nor the app be the gateway itself",
        arguments: [
            (["--listen", "127.0.0.1:9000", "--operator", "127.0.0.1:9000"], "must be another address than listen"),
            (["--listen", "localhost:9000", "--operator", "127.0.0.1:9000"], "must be another address than listen"),
            (["--listen", "127.0.0.1:8081"], "must be another address than listen"),
            (["--listen", "127.0.0.1:9000", "--tls-listen", "127.0.0.1:9000"], "must be another address than"),
            (["--listen", "127.0.0.1:9000", "--upstream", "http://localhost:9000"], "round in circles"),
            (["--upstream", "http://127.0.0.1:8081"], "round in circles"),
        ])
    func clashes(_ arguments: [String], _ expected: String) async throws {
        let workspace = try Workspace()
        let running = try workspace.start(["config", "check", "--upstream", "http://127.0.0.1:5000"] + arguments)
        let run = try await running.finish(within: .seconds(20))
        #expect(run.status == 78)
        #expect(run.err.contains(expected), "\(run.err)")
    }

    @Test("A certificate that is missing, no certificate, or another key's is refused before anything listens")
    func certificates() async throws {
        let workspace = try Workspace()
        try await makeCertificate(in: workspace.folder, named: "one")
        try await makeCertificate(in: workspace.folder, named: "two")
        try workspace.write("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        let table: [(certificate: String, key: String, expected: String)] = [
            ("missing.pem", "one.key", "tls-certificate = \"missing.pem\""),
            ("one.pem", "missing.key", "tls-key = \"missing.key\""),
            (".", "one.key", "is a directory"),
            ("garbage.pem", "one.key", "holds no certificate in PEM"),
            ("one.key", "one.key", "holds no certificate in PEM"),
            ("one.pem", "one.pem", "holds no private key"),
            ("one.pem", "two.key", "is not the key of the first certificate"),
        ]
        for row in table {
            let run = try await workspace.run(
                "config", "check", "--upstream", "http://127.0.0.1:5000", "--tls-listen", "127.0.0.1:8443",
                "--tls-certificate", row.certificate, "--tls-key", row.key)
            #expect(run.status == 78)
            #expect(run.err.contains(row.expected), "\(row): \(run.err)")
        }
        let good = try await workspace.run(
            "config", "check", "--upstream", "http://127.0.0.1:5000", "--tls-listen", "127.0.0.1:8443",
            "--tls-certificate", "one.pem", "--tls-key", "one.key")
        #expect(good.status == 0, "\(good.err)")
        let alone = try await workspace.run("config", "check", "--tls-certificate", "one.pem")
        #expect(
            alone.err.contains("tls-key") && alone.err.contains("belong together") && alone.err.contains("tls-listen"))
    }

    @Test("Production asks for a certificate of its own and an https address")
    func production() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run(
            "config", "check", "--environment", "production", "--upstream", "http://127.0.0.1:5000", "--tls-listen",
            "127.0.0.1:8443", "--public-url", "http://example.com", "--set", "routes.default=app")
        #expect(run.status == 78)
        #expect(run.err.contains("tls-certificate") && run.err.contains("self-signed"))
        #expect(run.err.contains("public-url = \"http://example.com\""))
    }
}

/// A self-signed certificate `NAME.pem` with its key `NAME.key`.
func makeCertificate(in folder: URL, named name: String) async throws {
    let run = try await ForeignProgram.run(
        "openssl",
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
            folder.appending(path: "\(name).key").path, "-out", folder.appending(path: "\(name).pem").path,
        ])
    try #require(run.status == 0, "openssl makes the test's certificates: \(run.errors)")
}
