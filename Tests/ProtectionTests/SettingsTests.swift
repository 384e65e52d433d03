import Kernel
import TestKit
import Testing
import Web

@testable import Protection

@Suite("The settings of Protection")
struct SettingsTests {
    private func read(
        _ values: [String: ConfigurationNode], environment: DeploymentEnvironment = .development,
        mode: ControlMode = .observe
    ) -> (ProtectionSettings, ConfigurationReader) {
        var reader = ConfigurationReader(
            values: values.mapValues { ConfigurationValue($0, origin: "test") }, defaultMode: mode,
            environment: environment)
        let settings = ProtectionSettings.read(&reader)
        reader.reportUnknownKeys()
        return (settings, reader)
    }

    @Test("defaults are sound in development, and production asks for one decision only")
    func defaults() {
        #expect(read([:]).1.errors.isEmpty)
        #expect(read([:], environment: .production).1.errors.map(\.key) == ["routes.default"])
        #expect(read(["routes.default": .scalar("app")], environment: .production).1.errors.isEmpty)
    }

    @Test("every key is read once and documented")
    func keys() {
        let settings = read([:]).1.settings
        let modes = settings.filter { $0.key.hasSuffix(".mode") }.map(\.key)
        // `protection.errors` has two stages and one mode.
        #expect(Set(settings.map(\.key)).count >= settings.count - 1)
        #expect(modes.contains("protection.csrf.mode") && modes.contains("protection.headers.mode"))
        for setting in settings {
            #expect(!setting.summary.isEmpty && !setting.form.isEmpty && !setting.defaultText.isEmpty, "\(setting.key)")
        }
    }

    @Test(
        "a wrong value is an error that names its key",
        arguments: [
            ("protection.csrf.mode", "on"), ("trusted-hops", "10.0.0.0/99"), ("hosts", "a b"),
            ("routes.default", "public"),
            ("routes.default", "role:x"), ("routes", "x"), ("protection.rate-limit.address", "100"),
            ("protection.rate-limit.address", "0/min"), ("protection.rate-limit.address", "5/fortnight"),
            ("protection.rate-limit.exempt", "me"), ("protection.cors.origins", "*"),
            ("protection.cors.origins", "null"),
            ("protection.cors.origins", "app.test"), ("protection.csrf.trusted-origins", "*"),
            ("protection.headers.content-security-policy", "default-src 'self'\r\nX: y"),
            ("protection.headers.strict-transport-security", "forever"),
            ("protection.headers.content-security-policy.mode", "on"),
            ("protection.request-shape.body.limit", "-1"), ("protection.request-shape.headers.count", "1"),
            ("protection.request-shape.methods", "G T"), ("protection.exposure.hide", "everything"),
            ("protection.error-scrubbing.shape", "html"), ("protection.method-override", "maybe"),
            ("own-prefix", "seaworthy"),
            ("protection.route-policy.denied-status", "200"), ("protection.compression.level", "0"),
            ("protection.csrf.mod", "off"),
        ])
    func errors(key: String, value: String) {
        #expect(read([key: .scalar(value)]).1.errors.map(\.key).contains(key))
    }

    @Test("an unknown key names the nearest that exists")
    func nearest() {
        let error = read(["protection.csrf.mod": .scalar("off")]).1.errors.first
        #expect(error?.nearestKey == "protection.csrf.mode")
    }

    private func rule(_ entries: [(String, ConfigurationNode)]) -> ConfigurationNode {
        .mapping(entries.map { ConfigurationEntry(key: $0.0, value: $0.1) })
    }

    @Test("routes are read with all that they may say")
    func routes() throws {
        let node = ConfigurationNode.list([
            rule([("path", .scalar("/admin/**")), ("access", .scalar("deny"))]),
            rule([
                ("path", .scalar("/hooks/*")), ("methods", .list([.scalar("post")])), ("csrf", .scalar("off")),
                ("cors", .scalar("public")), ("body-limit", .scalar("1MiB")),
            ]),
        ])
        let (settings, reader) = read(["routes": node])
        #expect(reader.errors.isEmpty)
        let hook = try #require(settings.routePolicy.rules.last)
        #expect(settings.routePolicy.rules.first?.access == .deny)
        #expect(hook.methods == ["POST"])
        #expect(hook.bodyLimit == 1 << 20)
        #expect(!hook.checksCSRF && hook.isPublicToOrigins)
    }

    @Test(
        "a route that says something unknown is an error",
        arguments: [
            [("path", "admin")], [("path", "/a"), ("access", "everybody")], [("path", "/a"), ("acess", "deny")],
            [("access", "deny")], [("path", "/a"), ("csrf", "maybe")], [("path", "/a"), ("cors", "*")],
            [("path", "/a"), ("body-limit", "big")], [("path", "/a"), ("methods", "G T")],
        ] as [[(String, String)]])
    func wrongRoutes(entries: [(String, String)]) {
        let node = ConfigurationNode.list([rule(entries.map { ($0.0, .scalar($0.1)) })])
        #expect(read(["routes": node]).1.errors.map(\.key) == ["routes"])
    }

    @Test("a rule may ask for a sign-in or a role, and then says that it needs accounts")
    func signedIn() {
        for (access, role) in [("signed-in", String?.none), ("role:auditor", "auditor")] {
            let node = ConfigurationNode.list([rule([("path", .scalar("/a")), ("access", .scalar(access))])])
            let (settings, reader) = read(["routes": node])
            #expect(reader.errors.isEmpty)
            #expect(settings.routePolicy.keyThatNeedsAccounts == "routes")
            #expect(settings.routePolicy.rules.first?.access == .signedIn)
            #expect(settings.routePolicy.rules.first?.role == role)
        }
        for wrong in ["role:", "role:A", "role:a b", "roles:a"] {
            let node = ConfigurationNode.list([rule([("path", .scalar("/a")), ("access", .scalar(wrong))])])
            #expect(read(["routes": node]).1.errors.map(\.key) == ["routes"], "\(wrong)")
        }
    }

    @Test("one mode for all, and each control its own")
    func modes() {
        let (settings, _) = read(["protection.csrf.mode": .scalar("enforce")], mode: .observe)
        #expect(settings.csrf.mode == .enforce)
        #expect(settings.cors.mode == .observe)
    }

    @Test(
        "a limit is read in every unit",
        arguments: [
            ("100/min", 100, 60), ("10/s", 10, 1), ("1000/h", 1000, 3600), ("5000/day", 5000, 86_400),
            ("20/10s", 20, 10),
        ])
    func rates(text: String, quota: Int, window: Int) {
        let limit = read(["protection.rate-limit.address": .scalar(text)]).0.rateLimit.address
        #expect(limit?.quota == quota)
        #expect(limit?.windowSeconds == window)
    }

    @Test("no limit is a choice too")
    func unlimited() {
        let settings = read([
            "protection.rate-limit.address": .scalar("none"), "protection.request-shape.body.limit": .scalar("none"),
        ]).0
        #expect(settings.rateLimit.address == nil)
        #expect(settings.requestShape.bodyLimit == .max)
    }

    @Test("manifests have ids of their own, and name stages, checks and mode keys that exist")
    func capabilities() {
        let known = Set(read([:]).1.settings.map(\.key))
        let all = ProtectionSettings.capabilities
        #expect(Set(all.map(\.id)).count == all.count)
        for capability in all {
            #expect(!capability.stages.isEmpty)
            if let key = capability.modeKey { #expect(known.contains(key), "\(key)") }
        }
    }
}
