/// A launch checklist as data: levels, weights, and for every item who or what decides it.
public struct Profile: Sendable, Equatable {
    /// A launch that the checklist knows. It asks for its own criteria and for those of the levels before it.
    public struct Stage: Sendable, Equatable {
        public var name: String
        /// The least weighted total, out of 100.
        public var minimumScore: Int
        /// The least score by area, or by `security` or `all`.
        public var areas: [ScoreCondition] = []
    }

    public var name: String
    public var title: String
    /// From the first launch to the fullest; never empty.
    public var stages: [Stage]
    /// Share of a group in the total; a group that isn't named has a share of 1, or none where others are named.
    public var weights: [String: Int] = [:]
    public var criteria: [Criterion]

    /// The groups in the order in which they first appear.
    public var groups: [String] {
        var seen: Set<String> = []
        return criteria.map(\.group).filter { seen.insert($0).inserted }
    }

    /// The roles whose signatures it asks for.
    public var roles: [String] {
        var seen: Set<String> = []
        return criteria.compactMap { criterion -> String? in
            guard case .signature(let role?) = criterion.decider, seen.insert(role).inserted else { return nil }
            return role
        }
    }

    /// The level that decides unless somebody names another: the first of a shipped checklist. Items of one's own beside
    /// no shipped checklist don't change what decides.
    var decidingLevel: String? { ProfileCatalogue.names.contains(name) ? stages.first?.name : nil }

    func weight(of group: String) -> Int { weights[group] ?? (weights.isEmpty ? 1 : 0) }

    /// What a level asks for.
    func criteria(upTo level: String) -> [Criterion] {
        guard let last = stages.firstIndex(where: { $0.name == level }) else { return [] }
        let names = stages.prefix(through: last).map(\.name)
        return criteria.filter { names.contains($0.level) }
    }
}
