public import Kernel
import Store

/// How far a plan is: what was not tried counts as not passed.
public struct PlanProgress: Sendable, Equatable {
    public struct Part: Sendable, Equatable, Encodable {
        /// A component, or a browser or device.
        public let name: String
        /// Items of a component; tries of a browser or device.
        public var all = 0
        public var passed = 0
        public var failed = 0
        public var blocked = 0
        public var open: Int { all - passed - failed - blocked }
        /// Percent, rounded down: 100 is said only of what lost nothing.
        public var rate: Int { all == 0 ? 0 : passed * 100 / all }

        enum CodingKeys: String, CodingKey { case name, all, passed, failed, blocked }
    }

    /// An item passed when every browser and device that tried it did, and at least one has.
    public var components: [Part] = []
    public var profiles: [Part] = []

    public var items: Int { components.reduce(0) { $0 + $1.all } }
    public var passed: Int { components.reduce(0) { $0 + $1.passed } }
    /// Percent of the items that passed.
    public var passRate: Double { items == 0 ? 0 : Double(passed) * 100 / Double(items) }
    /// Percent of the tries, all items on all browsers and devices, that passed.
    public var compatibility: Double {
        let all = profiles.reduce(0) { $0 + $1.all }
        return all == 0 ? 0 : Double(profiles.reduce(0) { $0 + $1.passed }) * 100 / Double(all)
    }
    /// Items that somebody tried.
    public var worked: Int { components.reduce(0) { $0 + $1.all - $1.open } }

    public static let passRateWanted = 90
    public static let compatibilityWanted = 95
}

/// A plan by its name.
public struct PlanSheet: Sendable, Equatable {
    public let name: String
    public let importedAt: Timestamp
    public let items: Int
}

/// An item in a list, with what counts of it.
public struct ItemLine: Sendable, Equatable {
    public let item: PlanItem
    /// By browser or device; what was not tried is missing.
    public let outcomes: [String: ItemOutcome]

    /// `open` while something is to be tried, else the worst that came of it.
    public var state: String {
        if outcomes.values.contains(.fail) { return "fail" }
        if outcomes.values.contains(.blocked) { return "blocked" }
        return item.profiles.allSatisfy { outcomes[$0] != nil } ? "pass" : "open"
    }
}

extension LaunchDesk {
    public func plans() async throws -> [PlanSheet] {
        try await database.read("uat.plans") { db in
            try db.rows(
                """
                SELECT p.name, p.imported_at, COUNT(i.id) AS items FROM uat_plans p
                LEFT JOIN uat_items i ON i.plan = p.name AND i.removed_at IS NULL
                GROUP BY p.name, p.imported_at ORDER BY p.imported_at DESC, p.name
                """
            ).map { PlanSheet(name: try $0["name"], importedAt: try $0["imported_at"], items: try $0["items"]) }
        }
    }

    /// Items in the plan's order with what counts of each.
    ///
    /// - Parameter plan: nil for all plans.
    public func lines(of plan: String?) async throws -> [ItemLine] {
        try await database.read("uat.items", limit: .seconds(20)) { db in try LaunchDesk.lines(of: plan, in: db) }
    }

    static func lines(of plan: String?, in db: ReadTransaction) throws -> [ItemLine] {
        let only: SQL = plan.map { "AND i.plan = \($0)" } ?? ""
        var outcomes: [String: [String: ItemOutcome]] = [:]
        try db.forEach(
            """
            SELECT r.item, r.profile, r.outcome FROM uat_results r JOIN uat_items i ON i.id = r.item
            WHERE r.is_current = 1 AND i.removed_at IS NULL \(only)
            """
        ) { row in
            let (item, profile): (String, String) = (try row["item"], try row["profile"])
            let outcome: ItemOutcome = try row["outcome"]
            outcomes[item, default: [:]][profile] = outcome
        }
        return try db.rows(
            "SELECT \(itemColumns) FROM uat_items i WHERE i.removed_at IS NULL \(only) ORDER BY i.plan, i.position"
        ).map { row in
            let item = try PlanItem(row)
            // A browser that is no longer in the plan counts no more.
            return ItemLine(
                item: item, outcomes: (outcomes[item.id] ?? [:]).filter { item.profiles.contains($0.key) })
        }
    }

    public static func progress(of lines: [ItemLine]) -> PlanProgress {
        var components: [String: PlanProgress.Part] = [:]
        var profiles: [String: PlanProgress.Part] = [:]
        var order: (components: [String], profiles: [String]) = ([], [])
        for line in lines {
            let name = line.item.component
            if components[name] == nil { order.components.append(name) }
            var part = components[name] ?? PlanProgress.Part(name: name)
            part.all += 1
            if line.outcomes.values.contains(.fail) {
                part.failed += 1
            } else if line.outcomes.values.contains(.blocked) {
                part.blocked += 1
            } else if !line.outcomes.isEmpty {
                part.passed += 1
            }
            components[name] = part
            for profile in line.item.profiles {
                if profiles[profile] == nil { order.profiles.append(profile) }
                var part = profiles[profile] ?? PlanProgress.Part(name: profile)
                part.all += 1
                switch line.outcomes[profile] {
                case .pass: part.passed += 1
                case .fail: part.failed += 1
                case .blocked: part.blocked += 1
                case nil: break
                }
                profiles[profile] = part
            }
        }
        return PlanProgress(
            components: order.components.compactMap { components[$0] },
            profiles: order.profiles.compactMap { profiles[$0] })
    }

    /// One item with all that came of it, the latest first, and the files beside it.
    public func item(_ id: String) async throws -> ItemSheet {
        try await database.read("uat.item") { db in
            guard
                let row = try db.row(
                    "SELECT \(LaunchDesk.itemColumns) FROM uat_items WHERE id = \(id) AND removed_at IS NULL")
            else { throw Failure.noItem(id) }
            return ItemSheet(
                item: try PlanItem(row),
                results: try db.rows(
                    """
                    SELECT \(LaunchDesk.resultColumns) FROM uat_results WHERE item = \(id)
                    ORDER BY at DESC, profile, number DESC LIMIT 200
                    """
                ).map { try ItemResult($0) },
                files: try db.rows(
                    "SELECT id, name, type, size_bytes, actor, at FROM uat_files WHERE item = \(id) ORDER BY at, id"
                ).map { try ItemFile($0) })
        }
    }

    /// Every result of a plan that counts, by item and profile, for an export.
    public func current(of plan: String?) async throws -> [String: [ItemResult]] {
        try await database.read("uat.current", limit: .seconds(20)) { db in
            let only: SQL = plan.map { "AND i.plan = \($0)" } ?? ""
            var found: [String: [ItemResult]] = [:]
            try db.forEach(
                """
                SELECT r.item, r.profile, r.number, r.outcome, r.note, r.actor, r.at, r.is_current
                FROM uat_results r JOIN uat_items i ON i.id = r.item
                WHERE r.is_current = 1 AND i.removed_at IS NULL \(only)
                """
            ) { row in
                let item: String = try row["item"]
                found[item, default: []].append(try ItemResult(row))
            }
            return found
        }
    }
}

public struct ItemSheet: Sendable {
    public let item: PlanItem
    public let results: [ItemResult]
    public let files: [ItemFile]

    /// The result that counts.
    public func current(on profile: String) -> ItemResult? {
        results.first { $0.isCurrent && $0.profile == profile }
    }
}
