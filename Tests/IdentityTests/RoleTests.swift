import Kernel
import Testing

@testable import Identity

@Suite("Roles and permissions")
struct RoleTests {
    private func read(_ node: ConfigurationNode) -> (RoleTable, [ConfigurationError]) {
        var reader = ConfigurationReader(
            values: ["identity.roles": ConfigurationValue(node, origin: "test")], defaultMode: .enforce,
            environment: .production)
        let table = RoleTable.read(&reader)
        return (table, reader.errors)
    }

    private func map(_ entries: [(String, [String])]) -> ConfigurationNode {
        .mapping(entries.map { .init(key: $0.0, value: .list($0.1.map { .scalar($0) })) })
    }

    @Test("nobody may what no role says: unknown roles and permissions are worth nothing")
    func denied() {
        let table = RoleTable.builtIn
        for role in ["", "root", "Administrator", "administrator ", "person\u{0}"] {
            #expect(table.permissions(of: role).isEmpty && !table.knows(role: role))
        }
        #expect(table.permissions(of: "person") == ["account.read", "account.write"])
        #expect(table.permissions(of: "operator") == ["account.read", "account.write", "tokens.introspect"])
        #expect(table.permissions(of: "administrator") == Set(Permission.ours.map(\.rawValue)))
        #expect(!table.knows(permission: "*") && !table.knows(permission: ""))
    }

    @Test("the configuration adds roles, and permissions of the app's own; the administrator has them all")
    func custom() {
        let (table, errors) = read(
            map([("auditor", ["reports.read"]), ("person", ["orders:write"]), ("guest-2", [])]))
        #expect(errors.isEmpty)
        #expect(table.permissions(of: "auditor") == ["account.read", "account.write", "reports.read"])
        #expect(table.permissions(of: "person").contains("orders:write"))
        #expect(!table.permissions(of: "auditor").contains("orders:write"))
        #expect(table.permissions(of: "administrator").isSuperset(of: ["reports.read", "orders:write"]))
        #expect(table.permissions(of: "guest-2") == ["account.read", "account.write"])
        #expect(table.nearestPermission(to: "report.read") == "reports.read")
        #expect(table.nearestRole(to: "auditer") == "auditor")
    }

    @Test(
        "what can't be a role or a permission is refused",
        arguments: [
            ("Auditor", ["a.b"]), ("", ["a.b"]), ("-x", ["a.b"]), ("administrator", ["a.b"]), ("auditor", ["A"]),
            ("auditor", [""]), ("auditor", ["*"]), ("auditor", ["a b"]), ("auditor", ["é"]), ("auditor", ["a\u{0}"]),
            ("auditor", [String(repeating: "a", count: 65)]), ("auditor", ["1a"]),
        ] as [(String, [String])])
    func bad(role: String, permissions: [String]) {
        let (table, errors) = read(map([(role, permissions)]))
        #expect(errors.count == 1 && errors.first?.key == "identity.roles" && table == .builtIn)
    }

    @Test("a slip in a name of ours is told, with the nearest")
    func slip() {
        let (_, errors) = read(map([("auditor", ["account.raed"])]))
        #expect(errors.count == 1 && errors[0].valid.contains("account.read"))
        let twice = ConfigurationNode.mapping([
            .init(key: "auditor", value: .list([])), .init(key: "auditor", value: .list([])),
        ])
        #expect(read(twice).1.count == 1)
        for node in [ConfigurationNode.scalar("x"), .list([.scalar("x")])] { #expect(read(node).1.count == 1) }
    }
}
