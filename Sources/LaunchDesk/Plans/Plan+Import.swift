import Kernel
import Store

extension LaunchDesk {
    /// What an import changed.
    public struct Imported: Sendable, Equatable, Encodable {
        public let plan: String
        public var items = 0
        public var added = 0
        /// Their text changed, so their results count no more.
        public var changed = 0
        /// Their results stay.
        public var unchanged = 0
        /// No longer in the plan; what came of them is kept.
        public var removed = 0
    }

    /// Takes a plan in, or in again: results of items that are as they were stay.
    @discardableResult
    public func importPlan(_ plan: AcceptancePlan) async throws -> Imported {
        let now = clock.now()
        return try await database.transaction("uat.import", limit: .seconds(60)) { [self] db in
            try db.execute(
                """
                INSERT INTO uat_plans (name, imported_at, actor) VALUES (\(plan.title), \(now), \(actor))
                ON CONFLICT (name) DO UPDATE SET imported_at = \(now), actor = \(actor)
                """)
            var known: [String: (id: String, text: [String?], isRemoved: Bool)] = [:]
            for row in try db.lockedRows(
                "SELECT \(LaunchDesk.itemColumns) FROM uat_items WHERE plan = \(plan.title) ORDER BY id")
            {
                let item = try PlanItem(row)
                let removed: Timestamp? = try row["removed_at"]
                known[item.key] = (item.id, item.text, removed != nil)
            }
            var outcome = Imported(plan: plan.title, items: plan.items.count)
            for (position, item) in plan.items.enumerated() {
                if let before = known.removeValue(forKey: item.key) {
                    let isSame = before.text == LaunchDesk.text(of: item)
                    if isSame { outcome.unchanged += 1 } else { outcome.changed += 1 }
                    try update(before.id, item, position, in: db)
                    if !isSame {
                        try db.execute(
                            "UPDATE uat_results SET is_current = 0 WHERE item = \(before.id) AND is_current = 1")
                    }
                } else {
                    outcome.added += 1
                    try insert(item, of: plan.title, position, in: db, at: now)
                }
            }
            for left in known.values.sorted(by: { $0.id < $1.id }) where !left.isRemoved {
                outcome.removed += 1
                try db.execute("UPDATE uat_items SET removed_at = \(now) WHERE id = \(left.id)")
            }
            try audit.append(
                AuditEvent(
                    "uat.imported", actor: actor,
                    details: [
                        "plan": plan.title, "items": "\(outcome.items)", "added": "\(outcome.added)",
                        "changed": "\(outcome.changed)", "removed": "\(outcome.removed)",
                    ]), in: db)
            return outcome
        }
    }

    private func insert(
        _ item: AcceptancePlan.Item, of plan: String, _ position: Int, in db: Transaction, at now: Timestamp
    ) throws {
        try db.execute(
            """
            INSERT INTO uat_items (id, plan, item_key, position, component, title, steps, expected, url, expect_status,
                expect_text, profiles)
            VALUES (\(newID(at: now)), \(plan), \(item.key), \(position), \(item.component), \(item.title),
                \(item.steps), \(item.expected), \(item.url), \(item.expectation.status), \(item.expectation.text),
                \(item.profiles.joined(separator: "\n")))
            """)
    }

    private func update(_ id: String, _ item: AcceptancePlan.Item, _ position: Int, in db: Transaction) throws {
        try db.execute(
            """
            UPDATE uat_items SET position = \(position), component = \(item.component), title = \(item.title),
                steps = \(item.steps), expected = \(item.expected), url = \(item.url),
                expect_status = \(item.expectation.status), expect_text = \(item.expectation.text),
                profiles = \(item.profiles.joined(separator: "\n")), removed_at = NULL
            WHERE id = \(id)
            """)
    }

    static let itemColumns: SQL =
        """
        id, plan, item_key, position, component, title, steps, expected, url, expect_status, expect_text, profiles,
        assignee, removed_at
        """

    /// What makes an item another one: where it stands and on what it is tried doesn't.
    static func text(of item: AcceptancePlan.Item) -> [String?] {
        [
            item.component, item.title, item.steps, item.expected, item.url,
            item.expectation.status.map { "\($0)" }, item.expectation.text,
        ]
    }
}

/// An item of a plan as it is kept.
public struct PlanItem: Sendable, Equatable {
    public let id: String
    public let plan: String
    public let key: String
    public let position: Int
    public let component: String
    public let title: String
    public let steps: String
    public let expected: String
    public let url: String
    public let expectation: AcceptancePlan.Expectation
    public let profiles: [String]
    /// An account's id, or a name where nobody has one; nil for nobody.
    public let assignee: String?

    init(_ row: Row) throws {
        id = try row["id"]
        plan = try row["plan"]
        key = try row["item_key"]
        position = try row["position"]
        component = try row["component"]
        title = try row["title"]
        steps = try row["steps"]
        expected = try row["expected"]
        url = try row["url"]
        expectation = AcceptancePlan.Expectation(status: try row["expect_status"], text: try row["expect_text"])
        let names: String = try row["profiles"]
        profiles = names.split(separator: "\n").map(String.init)
        assignee = try row["assignee"]
    }

    var text: [String?] {
        [component, title, steps, expected, url, expectation.status.map { "\($0)" }, expectation.text]
    }
}
