import Foundation
import Kernel
import Protection
import Readiness
import Testing

@testable import Gateway

@Suite("Every manifest says by what it is proved")
struct CapabilityManifestTests {
    private let checks = Set(CheckCatalogue.sheets.map(\.id))

    @Test(
        "it names checks that exist, or what only the inside shows and why",
        arguments: (Capabilities.controls + Capabilities.identityControls).map(\.id)
    )
    func provedBy(id: String) throws {
        let capability = try #require(Capabilities.all.first { $0.id == id })
        // What signing in does beside the stage has a key of its own to switch it off.
        #expect(!capability.stages.isEmpty || capability.modeKey != nil)
        for check in capability.provedBy { #expect(checks.contains(check), "there is no check \(check)") }
        if capability.provedBy.isEmpty {
            let witness = try #require(capability.witness, "neither a check nor a sign inside proves it")
            #expect(witness.reason.count > 20 && !witness.reason.hasSuffix("."))
        }
    }

    @Test(
        "one that is no control of requests claims no check, and names suites that exist",
        arguments: Capabilities.services)
    func rehearsedBy(capability: Capability) throws {
        #expect(capability.stages.isEmpty && capability.modeKey == nil && capability.provedBy.isEmpty)
        #expect(!capability.rehearsedBy.isEmpty, "nothing proves it")
        let name = capability.page
        let page = ProjectDocument.text("docs/capabilities/\(name).md")
        let suites = ProjectDocument.suites
        #expect(suites.count > 50)
        for suite in capability.rehearsedBy {
            #expect(suites.contains(suite), "there is no suite \(suite)")
            #expect(page.contains("`\(suite)`"), "\(name).md doesn't name \(suite)")
        }
    }

    @Test("each check that is named is one that a layer in front can be held to")
    func claims() {
        let named = Capabilities.controls.flatMap(\.provedBy)
        for sheet in CheckCatalogue.sheets where named.contains(sheet.id) { #expect(sheet.side == .edge) }
    }

    @Test("its page names each of its checks", arguments: Capabilities.all)
    func page(capability: Capability) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/capabilities")
        let name = capability.page
        let file = folder.appending(path: "\(name).md")
        // A page that isn't there is missed by another test.
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return }
        for check in capability.provedBy { #expect(text.contains("`\(check)`"), "\(name).md doesn't name \(check)") }
    }

    @Test("a shadow has everything on but one control, and no key can take a stage out")
    func shadow() throws {
        var plan = ShadowPlan(tlsPort: 8443)
        plan.upstream = "http://127.0.0.1:9"
        let whole = try GatewayConfiguration.shadow(plan)
        #expect(whole.leftOut.isEmpty && whole.protection.csrf.mode == .enforce)
        for capability in Capabilities.controls {
            plan.without = capability
            let cut = try GatewayConfiguration.shadow(plan)
            #expect((capability.modeKey == nil) == !cut.leftOut.isEmpty, "\(capability.id)")
            #expect(cut.listen.isLoopback && cut.operatorListen.isLoopback)
            #expect(cut.database.address == nil)
        }
        plan.accounts = "/nowhere/shadow.db"
        for capability in Capabilities.identityControls {
            plan.without = capability
            let cut = try GatewayConfiguration.shadow(plan)
            #expect(cut.database.place == "/nowhere/shadow.db")
            #expect((capability.modeKey == nil) == !cut.leftOut.isEmpty, "\(capability.id)")
            let off = Set(cut.modes.filter { $0.value == .off }.keys)
            #expect(off == (capability.modeKey == nil ? [] : [capability.id]))
        }
        #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration.load(
                ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "left-out=[Record]"]))
        }
    }
}
