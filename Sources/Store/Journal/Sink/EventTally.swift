import Kernel

/// Counts events that are alike, so that a flood becomes a few rows.
///
/// The first of its kind goes out with the next flush; those that follow within the window become one row with their number.
/// How many rows there can be depends on how many ways of being alike there are, never on how many strangers ask.
struct EventTally {
    struct Key: Hashable {
        let reason: ReasonID
        let control: String
        let disposition: SecurityEvent.Disposition
        let status: Int
        let reach: AddressReach?
    }

    /// Events that are one row.
    struct Group: Equatable {
        let kind: EventKind
        let key: Key
        var count = 0
        var first: Timestamp
        var last: Timestamp
    }

    private struct Entry {
        var group: Group
        /// Rows of this key wait until then.
        var quietUntil: Timestamp
    }

    private var entries: [Key: Entry] = [:]
    private let window: Int64
    /// Keys at most.
    private let capacity: Int
    /// Groups with something in them.
    private(set) var open = 0

    init(window: Duration, capacity: Int) {
        let (seconds, attoseconds) = window.components
        self.window = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        self.capacity = capacity
    }

    /// - Returns: false when there are too many keys.
    mutating func add(_ key: Key, of kind: EventKind, at now: Timestamp) -> Bool {
        if let index = entries.index(forKey: key) {
            let wasEmpty = entries.values[index].group.count == 0
            if wasEmpty {
                entries.values[index].group.first = now
                open += 1
            }
            entries.values[index].group.count += 1
            entries.values[index].group.last = now
            return true
        }
        guard entries.count < capacity else { return false }
        entries[key] = Entry(group: Group(kind: kind, key: key, count: 1, first: now, last: now), quietUntil: now)
        open += 1
        return true
    }

    /// Takes out what is due; everything when `isLast`.
    mutating func due(at now: Timestamp, isLast: Bool = false) -> [Group] {
        var groups: [Group] = []
        let until = Timestamp(nanosecondsSinceEpoch: now.nanosecondsSinceEpoch + window)
        for (key, entry) in entries {
            // A clock that was set back must not hold anything for longer than a window.
            let isQuiet = entry.quietUntil > now && entry.quietUntil <= until
            if entry.group.count > 0, isLast || !isQuiet {
                groups.append(entry.group)
                entries[key]?.group.count = 0
                entries[key]?.quietUntil = until
            } else if entry.group.count == 0, !isQuiet {
                entries[key] = nil
            }
        }
        open -= groups.count
        return groups.sorted { ($0.first, $0.key.reason.rawValue) < ($1.first, $1.key.reason.rawValue) }
    }

    /// Puts groups back that couldn't be written.
    mutating func restore(_ groups: [Group]) {
        for group in groups {
            if let index = entries.index(forKey: group.key) {
                if entries.values[index].group.count == 0 {
                    open += 1
                    entries.values[index].group.last = group.last
                }
                entries.values[index].group.count += group.count
                entries.values[index].group.first = group.first
                entries.values[index].quietUntil = group.first
            } else {
                entries[group.key] = Entry(group: group, quietUntil: group.first)
                open += 1
            }
        }
    }
}
