public import Kernel
public import Store

/// What came of an item on one browser or device.
public enum ItemOutcome: String, Sendable, CaseIterable, SQLEncodable, SQLDecodable, Codable {
    case pass, fail, blocked

    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue, let value = ItemOutcome(rawValue: text) else { return nil }
        self = value
    }
}

public struct ItemResult: Sendable, Equatable {
    public let profile: String
    /// Counted from 1, for each item and profile.
    public let number: Int
    public let outcome: ItemOutcome
    public let note: String
    public let actor: String
    public let at: Timestamp
    /// Whether it is the one that counts.
    public let isCurrent: Bool

    init(_ row: Row) throws {
        profile = try row["profile"]
        number = try row["number"]
        outcome = try row["outcome"]
        note = try row["note"]
        actor = try row["actor"]
        at = try row["at"]
        isCurrent = try row["is_current"]
    }
}

extension LaunchDesk {
    public static let longestNote = 4_000

    /// Writes down what came of an item; what was written before stays and counts no more.
    ///
    /// - Throws: `Failure` where there is no such item or profile, or a failure has no note.
    @discardableResult
    public func record(
        _ item: String, on profile: String, _ outcome: ItemOutcome, note: String
    ) async throws -> ItemResult {
        guard note.utf8.count <= LaunchDesk.longestNote else { throw Failure.tooLong("note", LaunchDesk.longestNote) }
        guard outcome == .pass || !note.isEmpty else { throw Failure.noteMissing }
        let now = clock.now()
        return try await database.transaction("uat.record") { [self] db in
            let known = try locked(item, in: db)
            guard known.profiles.contains(profile) else { throw Failure.noProfile(profile, known.profiles) }
            let last: Int =
                try db.value(
                    """
                    SELECT COALESCE(MAX(number), 0) FROM uat_results WHERE item = \(known.id) AND profile = \(profile)
                    """) ?? 0
            try db.execute(
                """
                UPDATE uat_results SET is_current = 0
                WHERE item = \(known.id) AND profile = \(profile) AND is_current = 1
                """)
            try db.execute(
                """
                INSERT INTO uat_results (item, profile, number, outcome, note, actor, at, is_current)
                VALUES (\(known.id), \(profile), \(last + 1), \(outcome), \(note), \(actor), \(now), 1)
                """)
            try audit.append(
                AuditEvent(
                    "uat.recorded", actor: actor,
                    details: [
                        "plan": known.plan, "item": known.key, "profile": profile, "outcome": outcome.rawValue,
                        "number": "\(last + 1)",
                    ]), in: db)
            guard
                let row = try db.row(
                    """
                    SELECT \(LaunchDesk.resultColumns) FROM uat_results
                    WHERE item = \(known.id) AND profile = \(profile) AND number = \(last + 1)
                    """)
            else { throw Failure.noItem(item) }
            return try ItemResult(row)
        }
    }

    /// Gives an item, or all of a component, to somebody; nil takes it back.
    ///
    /// - Returns: how many items.
    @discardableResult
    public func assign(_ item: String, wholeComponent: Bool, to assignee: String?) async throws -> Int {
        if let assignee, !(1...200).contains(assignee.utf8.count) { throw Failure.tooLong("assignee", 200) }
        return try await database.transaction("uat.assign") { [self] db in
            let known = try locked(item, in: db)
            let count =
                wholeComponent
                ? try db.execute(
                    """
                    UPDATE uat_items SET assignee = \(assignee)
                    WHERE plan = \(known.plan) AND component = \(known.component) AND removed_at IS NULL
                    """)
                : try db.execute("UPDATE uat_items SET assignee = \(assignee) WHERE id = \(known.id)")
            try audit.append(
                AuditEvent(
                    "uat.assigned", actor: actor, subject: assignee,
                    details: ["plan": known.plan, "item": known.key, "count": "\(count)"]), in: db)
            return count
        }
    }

    func locked(_ item: String, in db: Transaction) throws -> PlanItem {
        guard
            let row = try db.lockedRow(
                "SELECT \(LaunchDesk.itemColumns) FROM uat_items WHERE id = \(item) AND removed_at IS NULL")
        else { throw Failure.noItem(item) }
        return try PlanItem(row)
    }

    static let resultColumns: SQL = "profile, number, outcome, note, actor, at, is_current"
}
