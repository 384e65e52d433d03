import Foundation
import Kernel
import Testing

@testable import Gateway

/// The list that explains every reason, against what the sources do.
@Suite("The catalogue of reasons")
struct ReasonCatalogueTests {
    private static let rooms = ["Web", "Protection", "Observability", "Proxy", "Gateway", "Store", "Identity"]
    private static let areas = Set(
        [
            "body", "correlation", "cors", "csrf", "database", "errors", "exposure", "gateway", "headers", "host",
            "https",
        ]
            + [
                "adopt", "api-key", "console", "identity", "openid", "own", "passkey", "rate-limit", "request-shape",
                "route-policy", "second-factor", "sign-in", "sign-up", "token", "upstream", "websocket",
            ])
    /// Ids of another kind that look like one.
    private static let others: Set = ["gateway.engine", "gateway.operator-door", "upstream.invalid", "database.url"]

    /// Every literal of the sources that reads like a reason, with the file that it stands in.
    private static func used() -> [String: String] {
        var found: [String: String] = [:]
        for (path, text) in ProjectDocument.sources(of: rooms)
        where !path.hasSuffix("+Config.swift") && !path.contains("/Gateway/Problems/") {
            // What statements are called in metrics is no reason.
            let text = text.replacing(#/(?:transaction|read)\(\s*"[^"]*"/#, with: "")
            for match in text.matches(of: #/"([a-z0-9-]+)\.([a-z0-9-]+)"/#) where areas.contains(String(match.1)) {
                found["\(match.1).\(match.2)"] = path
            }
        }
        let checks = Set(Capabilities.all.flatMap(\.provedBy))
        // Nor are capabilities, keys, or events that no problem has the name of.
        let names = Set(Capabilities.all.map(\.id) + GatewayConfiguration.definedSettings.map(\.key))
        let events = Set(EventRegistry.all.map(\.id)).subtracting(ReasonCatalogue.all.map(\.id))
        return found.filter { entry in
            !others.contains(entry.key) && !checks.contains(entry.key) && !names.contains(entry.key)
                && !events.contains(entry.key)
        }
    }

    @Test("explains every reason that the sources use")
    func complete() {
        let used = Self.used()
        #expect(used.count > 70, "the sources were not found")
        for (reason, path) in used {
            #expect(
                ReasonCatalogue.reason(reason) != nil, "\(reason) of \(path) has no entry in Sources/Gateway/Problems")
        }
        for reason in Capabilities.all.flatMap(\.reasons) {
            #expect(ReasonCatalogue.reason(reason.rawValue) != nil, "\(reason.rawValue) of a capability has no entry")
        }
    }

    @Test("knows the areas of every problem that is made")
    func areas() {
        for (path, text) in ProjectDocument.sources(of: Self.rooms) {
            for match in text.matches(of: #/Problem\(\s*"([a-z0-9-]+)\./#) {
                #expect(Self.areas.contains(String(match.1)), "\(path): the area \(match.1) isn't looked for here")
            }
        }
    }

    @Test("explains nothing that the sources don't use", arguments: ReasonCatalogue.all.map(\.id))
    func used(id: String) { #expect(Self.used()[id] != nil) }

    @Test("has each reason once, with the title that the sources give it and a key that exists")
    func entries() {
        let ids = ReasonCatalogue.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        let keys = Set(GatewayConfiguration.definedSettings.map(\.key))
        let sources = ProjectDocument.sources(of: Self.rooms).filter { !$0.path.contains("/Gateway/Problems/") }
        for reason in ReasonCatalogue.all {
            if let key = reason.key { #expect(keys.contains(key), "\(reason.id): \(key)") }
            #expect([reason.title, reason.meaning, reason.client].allSatisfy { $0.hasSuffix(".") }, "\(reason.id)")
            guard case .refusal(let statuses) = reason.answer else { continue }
            #expect(!statuses.isEmpty && statuses.allSatisfy { (400...599).contains($0) })
            #expect(sources.contains { $0.text.contains("\"\(reason.title)\"") }, "\(reason.id): “\(reason.title)”")
        }
    }
}
